#!/bin/sh
# The real service is killed with SIGKILL under load, again and again: kill9.sh [ROUNDS [SEED]]. Nothing it
# acknowledged may be lost, it starts again within a second, and its store is sound at the end.
# 40 rounds, or 300 with NIGHTSHIFT_LONG=1. A kill cannot find a missing fsync: that is what tests/fault is for.
. "$(dirname "$0")/../support/service.sh"
need python3
rounds=${1:-40}
[ -z "$NIGHTSHIFT_LONG" ] || rounds=${1:-300}
unset NIGHTSHIFT_LONG # the service would take it for a setting
service_start
mkdir "$WORK/in"
random_file "$WORK/in/system.img" 10000
release=$(make_release "$WORK/in" 1.0) || die "no release"
tenant=$(api GET /backup-custody | jq -re .recipient) || die "no backup custody"
mkdir "$WORK/sealed"
"$BIN_DIR/tests/backup_tool" "$WORK/sealed" 500 "$tenant" || die "nothing is sealed"
service_stop

export PYTHONDONTWRITEBYTECODE=1
# load DIR OPTION...
load() {
    where=$1
    shift
    python3 "$SOURCE_DIR/tests/crash/load.py" --bin "$BIN_DIR/nightshiftd" --dir "$where" --port "$PORT" --ca "$CA" \
        --admin "$ADMIN" --tenant "$TENANT" --release "$release" --log "$where.log" --book "$where.book" --sealed "$WORK/sealed" --sealed-count 500 "$@"
}

cp -r "$DIR" "$WORK/forgetful"
load "$WORK/forgetful" --rounds 3 --forget >"$WORK/forgetful.out" 2>&1
expect "a store that forgets is noticed" grep -E ' [1-9][0-9]* lost' "$WORK/forgetful.out"

load "$DIR" --rounds "$rounds" ${2:+--seed "$2"}
loop=$?
expect "nothing acknowledged is lost" test $loop = 0
expect "the store is sound" ns store check "$DIR"
cat "$WORK/expect.out"
verdict
