#!/bin/sh
# The audit log taken away and verified where the service is not: whole, then edited, cut, swapped, truncated.
. "$(dirname "$0")/../support/service.sh"
need timeout
export NIGHTSHIFT_LOG_DEVICES=true
service_start

log=$WORK/audit.jsonl
root=$DIR/trust/$TENANT/1.root.json
export_log() {
    ns audit export --out "$log" 2>/dev/null && grep -q audit-checkpoint "$log"
}
# offline FILE...: as on a machine that knows no service
offline() {
    env -u NIGHTSHIFT_URL -u NIGHTSHIFT_TOKEN -u NIGHTSHIFT_CA "$BIN_DIR/nightshift" audit verify "$@"
}
# names WORDS FILE...: refused with exit code 1, and those words
names() {
    words=$1
    shift
    offline "$@" 2>"$WORK/why" >/dev/null
    [ $? = 1 ] && grep -q "$words" "$WORK/why"
}
# bad SED-SCRIPT: the log after that
bad() {
    sed "$1" "$log" >"$WORK/bad.jsonl"
    echo "$WORK/bad.jsonl"
}

for n in 61 62 63 64; do
    ns tenant patch --poll-sleep $n >/dev/null || die "no change"
done
expect "the service has signed a checkpoint by itself" wait_for export_log 30
expect "an export is whole, offline, with the root alone" offline "$log" --root "$root"
expect "the service is asked directly, too" ns audit verify --root "$root"
expect "another service's root has signed no checkpoint" sh -c \
    "'$BIN_DIR/nightshift' init --dir '$WORK/other' --host localhost >/dev/null 2>&1; ! '$BIN_DIR/nightshift' audit verify '$log' --root '$WORK/other/trust/$TENANT/1.root.json'"
anchor=$(offline "$log" --root "$root" --json 2>/dev/null | jq -r .anchor)
expect "its anchor fits" offline "$log" --anchor "$anchor"

expect "an edited record is named" names "record 2 was changed" "$(bad '/"no":2,/s/"role":"/"role":"x/')"
expect "a record taken out is named" names "record 3 is missing" "$(bad '/"no":3,/d')"
expect "two that changed places: the first is named" names "record 2 is missing" "$(bad '/"no":2,/{h;d};/"no":3,/G')"
expect "a log whose records are gone is found by its checkpoint" names "record 1 is missing" "$(bad '/"at_ms":/d')"
expect "a cut that took the checkpoints is found by the anchor" names "is missing" \
    "$(bad '/"no":\([2-9]\|[1-9][0-9]\),/d')" --anchor "$anchor"
expect "what is no export is refused" names "line 1" "$root"

# ---- a device's own log against the service's ----------------------------------------------------------

connections=$WORK/connections.log
if [ -x "$BIN_DIR/nightshift-agent" ]; then
    agent() {
        timeout 60 "$BIN_DIR/nightshift-agent" --dir "$WORK/mfp" --url "$URL" --ca "$CA" --id mfp-1 --family demo \
            --model demo-200 --serial S-1 --gateway-token "$GATEWAY" --component system=1.0 --once \
            --connection-log "$connections" >>"$WORK/agent.log" 2>&1
    }
    reconciles() {
        "$BIN_DIR/nightshift" audit reconcile "$connections" "$WORK/service.log" --device mfp-1
    }
    mkdir "$WORK/mfp"
    expect "an agent checks in and keeps a log of it" agent
    expect "and again" agent
    expect "both logs tell the same story" reconciles
    curl -sf --cacert "$CA" -H "Authorization: GatewayToken $GATEWAY" "$URL/$TENANT/controller/v1/mfp-1/installedBase/1"
    curl -sf --cacert "$CA" -H "Authorization: GatewayToken $GATEWAY" "$URL/$TENANT/controller/v1/mfp-1" >/dev/null
    agent
    expect "somebody who asks in its name is found" sh -c \
        "! '$BIN_DIR/nightshift' audit reconcile '$connections' '$WORK/service.log' --device mfp-1 >'$WORK/found' 2>&1; \
        grep -q 'service line .*controller/v1/mfp-1 200 from .*: the device never said it' '$WORK/found'"
    sed -i '1s/"request":"[0-9a-f]*"/"request":"0123456789abcdef"/' "$connections"
    expect "what the service never heard is found" sh -c \
        "! '$BIN_DIR/nightshift' audit reconcile '$connections' '$WORK/service.log' --device mfp-1 >'$WORK/found' 2>&1; \
        grep -q 'device line 1: .*the service never heard it' '$WORK/found'"
fi
verdict
