#!/bin/sh
# Clients that waste the service's time are cut when their deadline says so, by the hundred (300; 3,000 and the deadlines
# as they come with NIGHTSHIFT_LONG=1), while a good client polls undisturbed and readers of 100 bytes a second go on.
# What only stalls costs next to nothing.
long=$NIGHTSHIFT_LONG
unset NIGHTSHIFT_LONG
. "$(dirname "$0")/../support/service.sh"
need pgrep
if [ -n "$long" ]; then
    count=3000 head=10 body=30 stall=60 stalled=1000 seconds=20
else
    count=300 head=2 body=3 stall=15 stalled=300 seconds=5
fi
drip=$BIN_DIR/tests/drip
export NIGHTSHIFT_HTTP_PORT=0 NIGHTSHIFT_HEAD_DEADLINE_S=$head NIGHTSHIFT_BODY_GRACE_S=$body \
    NIGHTSHIFT_SEND_STALL_S=$stall
service_start
random_file "$WORK/system.img" 30000000
make_foreign "$WORK/system.img" 1.0 >"$WORK/release" || die "no release"
sum=$(sha256sum <"$WORK/system.img" | cut -d' ' -f1)
file=/$TENANT/tuf/image/targets/demo/1.0/$sum.system.img
token=$(device_make printer plain) || die "no device"
expect "the file is there" sh -c "curl -fsS --cacert '$CA' -r 0-99 '$URL$file' | wc -c | grep -qx 100"

plain_port() {
    sed -n 's/^http //p' "$DIR/port"
}
service_process() {
    pgrep -P "$SERVICE_PID"
}
# metric NAME
metric() {
    ask body "Bearer $ADMIN" GET "$URL/metrics" | sed -n "s/^nightshift_$1 //p"
}
drip() {
    how=$1
    shift
    "$drip" "$how" --port "$PORT" --plain "$(plain_port)" --file "$file" --poll "/$TENANT/controller/v1/printer" \
        --authorization "TargetToken $token" "$@"
}

drip crowd --count $count --head $head --body $body --stall $stall >"$WORK/crowd"
crowd=$?
cat "$WORK/crowd"
expect "$count that drip or never read are cut in time, and nobody else is" test $crowd = 0
expect "each was counted" test "$(metric connections_reaped_total)" -ge $count
expect "and they left nothing open" wait_for '[ "$(metric connections)" -le 8 ]' 10

service_stop
export NIGHTSHIFT_HEAD_DEADLINE_S=600 NIGHTSHIFT_SEND_STALL_S=600
service_start
for kind in handshake download; do
    drip stall --kind $kind --count $stalled --seconds $seconds --pid "$(service_process)" >"$WORK/stall"
    stall=$?
    cat "$WORK/stall"
    expect "$stalled of them stalled take less than a hundredth of a core" test $stall = 0
done

# Told to end, it waits for readers, and not for ever. Its end takes its deadline: only in the long run.
if [ -n "$long" ]; then
    for number in $(seq 20); do
        curl -sS --limit-rate 1000 --cacert "$CA" -o /dev/null "$URL$file" 2>/dev/null &
        later $!
    done
    wait_for '[ "$(metric connections)" -ge 20 ]' || die "nobody reads"
    process=$(service_process)
    began=$(now_ms)
    kill -TERM "$process"
    expect "it is gone within ten seconds" wait_for "! kill -0 $process 2>/dev/null" 10
    echo "measured: gone after $(($(now_ms) - began)) ms"
    service_stop
    service_start
fi
verdict
