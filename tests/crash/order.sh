#!/bin/sh
# The order of durable writes, as the kernel sees it while a package is uploaded and becomes a release: bytes, name, folder,
# and only then the rows.
. "$(dirname "$0")/../support/service.sh"
. "$(dirname "$0")/../support/crash.sh"
need python3 strace
strace -f -o /dev/null -e trace=none true 2>/dev/null || skip "strace may not look into processes here"
service_start
pid=$(fuser "$DIR/lock" 2>/dev/null | tr -dc 0-9)
[ -n "$pid" ] || pid=$(pgrep -f "nightshiftd.*$DIR" | head -1)
[ -n "$pid" ] || die "which process is the service?"

strace -f -y -o "$WORK/trace" -e trace=fsync,fdatasync,rename,ftruncate -p "$pid" 2>"$WORK/strace.err" &
strace_pid=$!
later $strace_pid
wait_for "grep -q attached '$WORK/strace.err'" || die "strace does not attach"
mkdir "$WORK/in"
random_file "$WORK/in/system.img" 300000
random_file "$WORK/in/engine.img" 200000
expect "a package becomes a release" make_release "$WORK/in" 1.0
kill -INT $strace_pid
wait_for "! kill -0 $strace_pid 2>/dev/null" || die "strace stays"

python3 "$SOURCE_DIR/tests/crash/order.py" "$WORK/trace" >"$WORK/order.out" 2>&1
order=$?
cat "$WORK/order.out"
expect "bytes, name, folder, rows: in this order" test $order = 0
verdict
