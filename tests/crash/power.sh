#!/bin/sh
# The power of the real service's disk is cut under load, again and again: power.sh [ROUNDS [SEED]], ROUNDS on ext4 and
# as many on xfs. What it acknowledged is written down elsewhere, and must be there byte for byte when the disk is
# mounted again. 10 rounds each, or 100 with NIGHTSHIFT_LONG=1. The same harness must notice a disk that lies.
. "$(dirname "$0")/../support/service.sh"
. "$(dirname "$0")/../support/crash.sh"
rounds=${1:-10}
[ -z "$NIGHTSHIFT_LONG" ] || rounds=${1:-100}
unset NIGHTSHIFT_LONG # the service would take it for a setting
need python3 mount umount losetup mkfs.ext4
[ "$(id -u)" = 0 ] || skip "cutting the power of a disk needs root, to mount one"
# A fresh image now and then: what has to be looked at grows with each round.
CUTS_PER_IMAGE=20
AT=$WORK/disk
mkdir "$AT"

# What is still mounted when the test ends, however it ends.
let_go() {
    status=$?
    trap - EXIT INT TERM
    mountpoint -q "$AT" && umount -l "$AT"
    (exit $status)
    cleanup
}
trap let_go EXIT

# new_disk KIND: a fresh, empty one, mounted; false when there is none of this kind here
new_disk() {
    rm -f "$WORK/image"
    truncate -s 448M "$WORK/image" && "mkfs.$1" -q "$WORK/image" >/dev/null 2>&1 &&
        mount -o loop,noatime "$WORK/image" "$AT" 2>"$WORK/mount.err"
}

new_disk ext4 || skip "an ext4 image cannot be mounted: $(head -1 "$WORK/mount.err")"
crash_prepare

# cuts NAME OPTION...: on the disk that is mounted
cuts() {
    name=$1
    shift
    cp -a "$DIR" "$AT/service" && sync -f "$AT" || die "no folder on the disk"
    harm load "$AT/service" "$name" --image "$WORK/image" --mount "$AT" --after-min 50 --after-max 500 "$@"
}

cuts lying --rounds 10 --preload "$BIN_DIR/tests/libno_fsync.so" >"$WORK/lying.out" 2>&1
expect "with a disk that lies about fsync, writes are acknowledged" grep -E ' [1-9][0-9]* acknowledged' "$WORK/lying.out"
expect "and their loss is noticed" grep -E ' [1-9][0-9]* lost|the service ended by itself' "$WORK/lying.out"
umount "$AT" || die "the disk stays busy"

# cut_all KIND
cut_all() {
    left=$rounds bad=0
    while [ "$left" -gt 0 ]; do
        now=$((left < CUTS_PER_IMAGE ? left : CUTS_PER_IMAGE))
        cuts "$1" --rounds $now ${SEED:+--seed "$SEED"} || bad=1
        "$BIN_DIR/nightshift" store check "$AT/service" || bad=1
        umount "$AT" || die "the disk stays busy"
        [ $bad = 0 ] || return 1
        left=$((left - now))
        [ "$left" = 0 ] || new_disk "$1" || die "no fresh disk"
    done
}

SEED=$2
for kind in ext4 xfs; do
    if ! command -v "mkfs.$kind" >/dev/null || ! new_disk $kind; then
        echo "skipped: no $kind here: there is no mkfs.$kind, or it cannot be mounted"
        continue
    fi
    cut_all $kind >"$WORK/$kind.out" 2>&1
    cut=$?
    cat "$WORK/$kind.out"
    expect "$kind: nothing acknowledged is lost with the power" test $cut = 0
done
verdict
