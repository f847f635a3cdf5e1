#!/bin/sh
# A full disk: full.sh [ROUNDS]. Below the reserve uploads are refused while polls, downloads and feedback go on; at zero
# bytes free nothing that was acknowledged goes; the power is cut then, and the service starts again on the full disk; and
# when there is room it takes uploads without a restart. 20 rounds.
. "$(dirname "$0")/../support/service.sh"
rounds=${1:-20}
unset NIGHTSHIFT_LONG
need python3 mount umount losetup mkfs.ext4 fallocate
[ "$(id -u)" = 0 ] || skip "filling a disk of our own needs root, to mount one"
AT=$WORK/disk
mkdir "$AT"
truncate -s 60M "$WORK/image"
mkfs.ext4 -q -m 0 "$WORK/image" >/dev/null 2>&1 && mount -o loop,noatime "$WORK/image" "$AT" 2>"$WORK/mount.err" ||
    skip "an ext4 image cannot be mounted: $(head -1 "$WORK/mount.err")"
let_go() {
    status=$?
    trap - EXIT INT TERM
    mountpoint -q "$AT" && umount -l "$AT"
    (exit $status)
    cleanup
}
trap let_go EXIT

MIB=1048576
export NIGHTSHIFT_DISK_RESERVE_BYTES=$((16 * MIB))
DIR=$AT/service
service_start
mkdir "$WORK/in"
random_file "$WORK/in/system.img" 300000
release=$(make_release "$WORK/in" 1.0) || die "no release"
file=/$TENANT/tuf/image/targets/demo/1.0/$(sha256sum <"$WORK/in/system.img" | cut -d' ' -f1).system.img
token=$(device_make printer plain) || die "no device"
action=$(assign printer "$release") || die "no action"
expect "there is a ballast, a small one on a small disk" sh -c "[ \$(stat -c %s '$DIR/ballast') -ge $((8 * MIB)) ]"

upload() {
    curl -sS --max-time 30 -o "$WORK/answer" -w '%{http_code}' --cacert "$CA" -H "Authorization: Bearer $ADMIN" \
        -H "Tus-Resumable: 1.0.0" -H "Upload-Length: 1000" -X POST "$URL/api/v1/uploads"
}
feedback() {
    ddi_status "$token" POST "/printer/deploymentBase/$action/feedback" \
        "{\"id\":\"$action\",\"status\":{\"execution\":\"proceeding\",\"result\":{\"finished\":\"none\"},\"details\":[\"$1\"]}}"
}
comes_down() {
    curl -fsS --cacert "$CA" "$URL$file" | cmp - "$WORK/in/system.img"
}
free_bytes() {
    df --output=avail -B1 "$AT" | tail -1
}

# fill BYTES: so many stay free
fill() {
    fallocate -l $(($(free_bytes) - $1)) "$AT/filler.$1" 2>/dev/null || true
    [ "$1" != 0 ] || cat /dev/zero >"$AT/filler" 2>/dev/null
    sync -f "$AT"
}
make_room() {
    rm -f "$AT"/filler*
}

expect "with room uploads are taken" is 201 upload
fill $((12 * MIB))
expect "below the reserve uploads are refused" is 507 upload
expect "a poll is answered" is 200 ddi_status "$token" GET /printer
expect "a file comes down" comes_down
expect "feedback is taken" is 200 feedback "below the reserve"
make_room

# A mutating request with a key: what a full disk said to it is never said again.
keyed() {
    curl -sS --max-time 30 -o "$WORK/answer" -w '%{http_code}' --cacert "$CA" -H "Authorization: Bearer $ADMIN" \
        -H "Content-Type: application/json" -H "Idempotency-Key: once" -d '{"count":1}' "$URL/api/v1/claims"
}
fill 0
said=0
while [ "$(feedback "word $said")" = 200 ] && [ $said -lt 500 ]; do
    said=$((said + 1))
done
expect "at zero bytes free a write with a key is refused" is 507 keyed
expect "and again" is 507 keyed
make_room
expect "with room the same key is taken at once" is 201 keyed
expect "and then it is done" is 409 keyed

round() {
    fill 0
    said=0
    while [ "$(feedback "round $1 word $said")" = 200 ] && [ $said -lt 500 ]; do
        said=$((said + 1))
    done
    expect "$1: at zero bytes free feedback is refused, not lost" is 507 feedback "too much"
    expect "$1: a poll is answered" is 200 ddi_status "$token" GET /printer
    expect "$1: a file comes down" comes_down
    expect "$1: uploads are refused" is 507 upload

    # The service's own process: `dev` is its parent and goes with it.
    PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$SOURCE_DIR/tests/crash python3 -c \
        "from disk import Disk; Disk('$WORK/image', '$AT').cut()" || die "the power stays on"
    kill -9 "$(fuser "$DIR/lock" 2>/dev/null | tr -dc 0-9)" 2>/dev/null
    service_stop
    wait_for "umount '$AT' 2>/dev/null" || die "the disk stays busy"
    mount -o loop,noatime "$WORK/image" "$AT" || die "the disk does not come back"

    expect "$1: the disk is as full as it was" sh -c "[ $(free_bytes) -lt $MIB ]"
    service_start
    expect "$1: it starts on the full disk" is 200 ddi_status "$token" GET /printer
    expect "$1: what was acknowledged is there" sh -c "[ $said = 0 ] ||
        '$BIN_DIR/nightshift' action entries $action --limit 500 --json | jq -e '[.items[].messages[]] | index(\"round $1 word $((said - 1))\")'"
    expect "$1: feedback is taken again" is 200 feedback "round $1 over"
    expect "$1: a file comes down" comes_down
    make_room
    expect "$1: with room uploads are taken, without a restart" is 201 upload
    service_stop
    service_start
    expect "$1: there is a ballast again" test -s "$DIR/ballast"
}
for round in $(seq "$rounds"); do
    round "$round"
done

service_stop
rm "$DIR/ballast"
fill 0
"$BIN_DIR/nightshiftd" --dir "$DIR" --port 0 2>"$WORK/why"
expect "with neither room nor ballast it does not start" test $? = 1
expect "and says what helps" grep -q 'make room' "$WORK/why"
make_room
service_start
expect "then it does" is 200 ddi_status "$token" GET /printer
expect "and its store is sound" ns store check "$DIR"
[ $failures = 0 ] || { tail -30 "$WORK/service.log"; exit 1; }
