#!/bin/sh
# The audit log taken away and verified where the service is not: whole, then edited, cut, swapped, truncated.
. "$(dirname "$0")/../support/service.sh"
need timeout
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
verdict
