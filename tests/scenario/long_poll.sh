#!/bin/sh
# A machine that keeps its poll open, against the service as it is started: an assignment reaches it in a moment though
# it is told to sleep five minutes, a rollout too, and a service with waiting machines stops at once.
. "$(dirname "$0")/../support/service.sh"
[ -x "$BIN_DIR/nightshift-agent" ] || skip "nightshift-agent is not built"
service_start

mfp=$WORK/mfp
mkdir -p "$mfp/install.d" "$WORK/in"
cat >"$mfp/agent.conf" <<CONF
url = $URL
ca = $CA
id = mfp-1
family = demo
model = demo-200
serial = SN-1
component = system=1.0.0
CONF
printf '#!/bin/sh\ncat "$2" >/dev/null\n' >"$mfp/install.d/10-flash"
chmod +x "$mfp/install.d/10-flash"

# Restarted as an init would; it ends when this shell is told to.
machine() {
    trap 'kill "$agent"; exit' TERM
    while :; do
        "$BIN_DIR/nightshift-agent" --dir "$mfp" "$@" &
        agent=$!
        wait $agent
        [ $? = 75 ] || break
    done
}

waiting() {
    curl -sS --cacert "$CA" "$URL/metrics" -H "Authorization: Bearer $ADMIN" | sed -n 's/^nightshift_polls_parked //p'
}

claim=$(api POST /claims '{"controller_id":"mfp-1"}' | jq -re '.claims[0].code') || die "no claim"
machine --claim "$claim" 2>"$WORK/agent.log" &
later $!
expect "an idle machine waits at the service" wait_for '[ "$(waiting)" = 1 ]' 30

random_file "$WORK/in/system.img" 10000
make_release "$WORK/in" 2.0 >/dev/null || die "no release"
from=$(now_ms)
action=$(assign mfp-1 "$release") || die "no action"
expect "it hears of an assignment at once" wait_for '[ "$(action_state $action)" != offered ]' 10
echo "heard after $(($(now_ms) - from)) ms"
expect "and installs it" wait_for '[ "$(action_state $action)" = healthy ]' 30
expect "then it waits again" wait_for '[ "$(waiting)" = 1 ]' 30

random_file "$WORK/in/system.img" 10000
make_release "$WORK/in" 3.0 >/dev/null || die "no second release"
from=$(now_ms)
rollout=$(api POST /rollouts "{\"name\":\"night\",\"release\":$release,\"stages\":[],\"window\":null}" | jq -re .id) ||
    die "no rollout"
expect "it starts" is 200 api_status POST "/rollouts/$rollout/start" '{}'
expect "a rollout that starts reaches it too" \
    wait_for 'ns device show mfp-1 --json | jq -e ".components.system == \"3.0\"" >/dev/null' 30
echo "installed after $(($(now_ms) - from)) ms"

token=$(cat "$mfp/token")
expect "a plain poll is not kept" is 200 ddi_status "$token" GET /mfp-1
expect "it waits once more" wait_for '[ "$(waiting)" = 1 ]' 30
from=$(now_ms)
service_stop
took=$(($(now_ms) - from))
echo "stopped after $took ms"
expect "who waits does not hold up the end" [ $took -lt 5000 ]
verdict
