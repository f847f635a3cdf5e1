#!/bin/sh
# Fifty machines that back up around an update, at a real service; and what that costs the program which plays them.
. "$(dirname "$0")/../support/service.sh"
[ -x "$BIN_DIR/nightshift-fleet" ] || skip "nightshift-fleet is not built"
service_start --clock-rate 240
[ "$(api_status GET /backup-custody)" = 200 ] || skip "this service takes no backups"
ns tenant patch --poll-sleep 240 >>"$WORK/cli.log" 2>&1 || die "no poll sleep"

mkdir "$WORK/in"
random_file "$WORK/in/system.img" 50000
first=$(make_release "$WORK/in" 5.0) || die "no release"
random_file "$WORK/in/system.img" 50000
second=$(make_release "$WORK/in" 5.1) || die "no second release"

# fleet_start ...: fifty machines, until they are stopped
fleet_start() {
    "$BIN_DIR/nightshift-fleet" --dir "$DIR" --devices 50 --seed 7 --components system --flash-seconds 20 \
        --timeout 300 --quiet "$@" >>"$WORK/fleet.out" 2>&1 &
    FLEET=$!
    later $FLEET
}

rollout() {
    ns rollout make --name "$1" --release "$2" --stage 50 --start --json >>"$WORK/cli.log" 2>&1
}

# at VERSION: how many machines have it
at() {
    api GET /fleet/summary | jq --arg of "$1" '[.by_version[] | select(.version == $of) | .devices] | add // 0'
}

# backed_up TRIGGER: how many machines have such a backup
backed_up() {
    api GET '/backups?limit=500' | jq --arg of "$1" '[.items[] | select(.trigger == $of) | .device] | unique | length'
}

resident_kb() {
    sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$FLEET/status"
}

fleet_start --backups
expect "fifty machines are there" wait_for '[ "$(at 1.0.0)" = 50 ]' 60
expect "a release goes out" rollout first "$first"
expect "all fifty take it" wait_for '[ "$(at 5.0)" = 50 ]' 90
expect "each with a backup before it" is 50 backed_up before-update
expect "and one after it" wait_for '[ "$(backed_up after-update)" = 50 ]' 30
with=$(resident_kb)
stop_pid $FLEET
count=$(api GET '/backups?limit=500' | jq '.items | length')
expect "and no other" [ "$count" = 100 ]

fleet_start
expect "without backups they take the next one" rollout second "$second"
expect "all fifty again" wait_for '[ "$(at 5.1)" = 50 ]' 90
without=$(resident_kb)
expect "and none was made" is 100 sh -c "echo '$(api GET '/backups?limit=500' | jq '.items | length')'"
echo "measured: $count backups of 50 machines; resident: $((with / 50)) kB a machine, $((without / 50)) kB without backups"
verdict
