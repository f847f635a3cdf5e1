#!/bin/sh
# What the service lives beside stops in the middle of its work (SIGSTOP): clients, a proxy, the reader of its syslog, a
# check and a backup of its folder. Others notice nothing; what was stopped goes on where it was. It has no other service
# behind it: its database and its files are its own.
. "$(dirname "$0")/../support/service.sh"
need nginx python3 pgrep
export NIGHTSHIFT_HTTP_PORT=0 NIGHTSHIFT_AUDIT_CHECKPOINT_EVERY=1 NIGHTSHIFT_AUDIT_SYSLOG="$WORK/syslog"
service_start
plain=$(sed -n 's/^http //p' "$DIR/port")
random_file "$WORK/system.img" 60000000
make_foreign "$WORK/system.img" 1.0 >"$WORK/release" || die "no release"
file=/$TENANT/tuf/image/targets/demo/1.0/$(sha256sum <"$WORK/system.img" | cut -d' ' -f1).system.img
token=$(device_make printer plain) || die "no device"

halt() {
    kill -STOP "$@" || die "$* cannot be stopped"
}
go_on() {
    kill -CONT "$@"
}
# others_go_on WHAT: a good client polls, and an operator's write is taken
others_go_on() {
    "$BIN_DIR/tests/drip" poll --port "$PORT" --poll "/$TENANT/controller/v1/printer" \
        --authorization "TargetToken $token" --seconds 3 >"$WORK/good"
    well=$?
    cat "$WORK/good"
    expect "while $1 is stopped a good client polls on" test $well = 0
    made=$((made + 1))
    expect "and a write is taken" device_make "made-$made" plain
}
made=0

# ---- clients ------------------------------------------------------------------------------------------------

downloads=
for i in 1 2 3 4 5 6 7 8; do
    curl -sS --limit-rate 10M --cacert "$CA" -o "$WORK/down.$i" "$URL$file" &
    downloads="$downloads $!"
done
upload=$(curl -sS -D - -o /dev/null --cacert "$CA" -H "Authorization: Bearer $ADMIN" -H "Tus-Resumable: 1.0.0" \
    -H "Upload-Length: 60000000" -X POST "$URL/api/v1/uploads" | tr -d '\r' | sed -n 's/^[Ll]ocation: //p')
curl -sS --limit-rate 10M --cacert "$CA" -H "Authorization: Bearer $ADMIN" -H "Tus-Resumable: 1.0.0" \
    -H "Upload-Offset: 0" -H "Content-Type: application/offset+octet-stream" -o /dev/null -w '%{http_code}' \
    --data-binary "@$WORK/system.img" -X PATCH "$upload" >"$WORK/up.status" &
sending=$!
later $downloads $sending
wait_for '[ -s "$WORK/down.1" ] && [ -s "$WORK/down.8" ]' || die "the downloads did not begin"
# shellcheck disable=SC2086
halt $downloads $sending
others_go_on "each of nine clients"
# shellcheck disable=SC2086
go_on $downloads $sending
# shellcheck disable=SC2086
wait $downloads $sending
for i in 1 2 3 4 5 6 7 8; do
    expect "download $i is whole" same_bytes "$WORK/down.$i" "$WORK/system.img"
done
expect "the upload is whole" is 204 cat "$WORK/up.status"

# ---- a proxy ---------------------------------------------------------------------------------------------------

mkdir "$WORK/nginx"
read -r front <<END
$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
END
{
    [ "$(id -u)" != 0 ] || echo "user root;"
    cat <<END
daemon off; worker_processes 1; pid $WORK/nginx.pid; error_log $WORK/nginx.log warn;
events { worker_connections 256; }
http {
    access_log off; proxy_temp_path $WORK/nginx/proxy; proxy_max_temp_file_size 0; client_body_temp_path $WORK/nginx/body;
    fastcgi_temp_path $WORK/nginx/fastcgi; uwsgi_temp_path $WORK/nginx/uwsgi; scgi_temp_path $WORK/nginx/scgi;
    server { listen 127.0.0.1:$front; location / { proxy_pass http://127.0.0.1:$plain; } }
}
END
} >"$WORK/nginx.conf"
nginx -p "$WORK" -e "$WORK/nginx.log" -c "$WORK/nginx.conf" >>"$WORK/nginx.log" 2>&1 &
nginx=$!
later $nginx
wait_for 'curl -sf -o /dev/null "http://127.0.0.1:$front/healthz"' || { cat "$WORK/nginx.log"; die "nginx did not start"; }
curl -sS --limit-rate 20M -o "$WORK/through" "http://127.0.0.1:$front$file" &
through=$!
later $through
wait_for '[ -s "$WORK/through" ]' || die "nothing comes through the proxy"
workers=$(pgrep -P $nginx)
# shellcheck disable=SC2086
halt $nginx $workers
others_go_on "the proxy"
# shellcheck disable=SC2086
go_on $workers $nginx
wait $through
expect "what came through it is whole" same_bytes "$WORK/through" "$WORK/system.img"

# ---- syslog: its socket is there, and nobody reads ------------------------------------------------------------------

python3 - "$WORK/syslog" >"$WORK/told" <<'END' &
import socket
import sys
at = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
at.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
at.bind(sys.argv[1])
print("ready", flush=True)
while True:
    print(at.recv(4096).decode(), flush=True)
END
syslog=$!
later $syslog
wait_for '[ -s "$WORK/told" ]' || die "no syslog"
device_make told plain >/dev/null
expect "syslog is told of a checkpoint" wait_for 'grep -q nightshift "$WORK/told"' 10
halt $syslog
for i in $(seq 1 30); do
    device_make "untold-$i" plain >/dev/null || die "device $i is not taken"
done
others_go_on "the reader of syslog"
go_on $syslog

# ---- its own programs beside it ---------------------------------------------------------------------------------

# beside WHAT PROGRAM...: stopped as soon as it has read something
beside() {
    what=$1
    shift
    "$@" >"$WORK/beside" 2>&1 &
    child=$!
    later $child
    wait_for "grep -q '^rchar: [0-9]\{6,\}' /proc/$child/io 2>/dev/null || ! kill -0 $child 2>/dev/null" 20
    kill -0 $child 2>/dev/null || die "$what was over before it could be stopped"
    halt $child
    others_go_on "$what"
    ns operator add "op-$made" --role viewer >/dev/null 2>&1
    go_on $child
    wait $child
    ended=$?
    expect "$what ends well" sh -c "cat '$WORK/beside'; exit $ended"
}
beside "a check of the store" "$BIN_DIR/nightshift" store check "$DIR"
beside "a backup of the service" "$BIN_DIR/nightshift" admin backup "$WORK/copy" --dir "$DIR"
verdict
