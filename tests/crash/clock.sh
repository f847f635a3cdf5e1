#!/bin/sh
# The wall clock jumps under a running service, forth and back: nobody is called silent, no stage opens by itself, and
# when the clock is right again everything goes on. What a person may believe of a clock that is ten years off is less:
# then it answers, and loses nothing.
. "$(dirname "$0")/../support/service.sh"
library=$(ls /usr/lib/*/faketime/libfaketimeMT.so.1 2>/dev/null | head -1)
[ -n "$library" ] || skip "there is no libfaketime"
! grep -qE '__(asan|tsan)_init' "$BIN_DIR/nightshiftd" || skip "libfaketime and a sanitizer want to be first, both"

jump() {
    echo "$1" >"$WORK/clock.new" && mv "$WORK/clock.new" "$WORK/clock"
}
jump +0
export FAKETIME_TIMESTAMP_FILE="$WORK/clock" FAKETIME_NO_CACHE=1 DONT_FAKE_MONOTONIC=1 NIGHTSHIFT_TICK_MS=50
export NIGHTSHIFT_SANDBOX=off # libfaketime reads its file again and again
LD_PRELOAD=$library
export LD_PRELOAD
service_start
unset LD_PRELOAD

mkdir "$WORK/in"
random_file "$WORK/in/system.img" 10000
release=$(make_release "$WORK/in" 1.0) || die "no release"
one=$(device_make one plain) && two=$(device_make two plain) || die "no devices"
rollout=$(api POST /rollouts "{\"name\":\"walk\",\"release\":$release,\"window\":null,
    \"stages\":[{\"kind\":\"count\",\"value\":1}],\"thresholds\":{\"soak_min\":0}}" | jq -re .id) || die "no rollout"
api POST "/rollouts/$rollout/start" '{}' >/dev/null || die "it does not start"

# offer TOKEN DEVICE: the action it is offered
offer() {
    ddi "$1" GET "/$2" | jq -r '._links.deploymentBase.href // empty | split("?")[0] | split("/") | last'
}
rollout_is() {
    is "$1" sh -c "'$BIN_DIR/nightshift' rollout show $rollout --json | jq -r '\"\\(.state) \\(.stage)\"'"
}
wait_for '[ -n "$(offer "$one" one)$(offer "$two" two)" ]' || die "nobody is offered anything"
device=one token=$one action=$(offer "$one" one)
[ -n "$action" ] || { device=two token=$two action=$(offer "$two" two); }

# seen SECONDS: the service's clock is so far off, give or take three
seen() {
    wait_for "off=\$((\$(service_clock) - \$(now) - ($1))); [ \$off -ge -3 ] && [ \$off -le 3 ]" 5
}
service_clock() {
    date -d "$(curl -sSI --cacert "$CA" "$URL/healthz" | tr -d '\r' | sed -n 's/^[Dd]ate: //p')" +%s
}
now() { date +%s; }

for by in 1 -1 3600 -3600 172800 -172800 0; do
    jump "$(printf '%+d' "$by")"
    expect "$by s: the service sees it" seen "$by"
    sleep 1 # twenty ticks
    expect "$by s: a poll is answered" is "$action" offer "$token" "$device"
    expect "$by s: the action is where it was" is offered action_state "$action"
    expect "$by s: no stage opens" rollout_is "running 0"
done

for to in "+10y" "@2038-01-19 03:14:05" "@2028-02-29 23:59:58" "-10y" "+0"; do
    jump "$to"
    sleep 1
    expect "$to: it is alive" curl -fsS --cacert "$CA" "$URL/healthz"
    expect "$to: and answers" is 200 api_status GET "/rollouts/$rollout"
done
expect "in right time again, it can write" wait_for '[ "$(api_status GET /devices/one)" = 200 ] && device_make three plain >/dev/null'
expect "the store is sound" ns store check "$DIR"
expect "and the service is the one that was started" service_is_up
[ $failures = 0 ] || { tail -30 "$WORK/service.log"; exit 1; }
