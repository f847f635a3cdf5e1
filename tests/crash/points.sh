#!/bin/sh
# Every durable system call of every door that the load writes through meets a fault, one after the other: the process
# is killed there; the fsync fails; the disk is full. points.sh [FAULT...]; NIGHTSHIFT_LONG=1 kills at every write, too.
. "$(dirname "$0")/../support/service.sh"
. "$(dirname "$0")/../support/crash.sh"
faults=${*:-kill sync full}
[ -z "$NIGHTSHIFT_LONG" ] || faults=${*:-kill kill-all sync full}
unset NIGHTSHIFT_LONG # the service would take it for a setting
need python3 strace
strace -f -o /dev/null -e trace=none true 2>/dev/null || skip "strace may not look into processes here"
crash_prepare

for fault in $faults; do
    rm -rf "$WORK/points" && cp -r "$DIR" "$WORK/points"
    harm points "$WORK/points" "points-$fault" --fault "$fault" >"$WORK/$fault.out" 2>&1
    walked=$?
    cat "$WORK/$fault.out"
    expect "$fault: every point keeps what was acknowledged" test $walked = 0
    expect "$fault: the store is sound" ns store check "$WORK/points"
done
verdict
