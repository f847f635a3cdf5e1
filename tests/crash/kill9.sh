#!/bin/sh
# The real service is killed with SIGKILL under load, again and again: kill9.sh [ROUNDS [SEED]]. Nothing it
# acknowledged may be lost, it starts again within a second, and its store is sound at the end.
# 200 rounds, or 1,000 with NIGHTSHIFT_LONG=1. A kill cannot find a missing fsync: power.sh can.
. "$(dirname "$0")/../support/service.sh"
need python3
rounds=${1:-200}
[ -z "$NIGHTSHIFT_LONG" ] || rounds=${1:-1000}
unset NIGHTSHIFT_LONG # the service would take it for a setting
. "$(dirname "$0")/../support/crash.sh"
crash_prepare

cp -r "$DIR" "$WORK/forgetful"
harm load "$WORK/forgetful" forgetful --rounds 3 --forget >"$WORK/forgetful.out" 2>&1
expect "a store that forgets is noticed" grep -E ' [1-9][0-9]* lost' "$WORK/forgetful.out"

harm load "$DIR" kill9 --rounds "$rounds" ${2:+--seed "$2"}
loop=$?
expect "nothing acknowledged is lost" test $loop = 0
expect "the store is sound" ns store check "$DIR"
cat "$WORK/expect.out"
verdict
