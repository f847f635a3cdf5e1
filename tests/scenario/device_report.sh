#!/bin/sh
# What machines say of themselves, signed: a real service and real agents. An install is told; a report that was kept
# by somebody is not taken twice.
. "$(dirname "$0")/../support/service.sh"
need python3
[ -x "$BIN_DIR/nightshift-agent" ] || skip "nightshift-agent is not built"
service_start

agent() {
    name=$1
    shift
    "$BIN_DIR/nightshift-agent" --dir "$WORK/$name" --url "$URL" --ca "$CA" --id mfp-a --family demo \
        --model demo-200 --component system=4.2.0 --no-backups --once "$@" 2>>"$WORK/$name.log"
}

# settled NAME: with its restarts, until nothing is left to do
settled() {
    for turn in 1 2 3 4 5 6; do
        agent "$@"
        [ $? = 75 ] || return 0
    done
    return 1
}

report() {
    api GET /devices/mfp-a | jq -r ".report$1"
}

mkdir "$WORK/in"
random_file "$WORK/in/system.img" 100000
make_release "$WORK/in" 5.0 >/dev/null || die "no release"
claim=$(api POST /claims '{"controller_id":"mfp-a"}' | jq -re '.claims[0].code') || die "no claim"

# ---- an install is told -------------------------------------------------------------------------------

expect "a machine enrols" agent a --claim "$claim" --look 3600
expect "and says what runs on it" is 4.2.0 report '.signed_report.signed.installed[0].version'
expect "whom it trusts" is 1 report .image_root
expect "with the key of its enrolment" is 0 sh -c "'$BIN_DIR/nightshift' audit list --json | jq '[.items[] |
    select(.what == \"device.report-key\")] | length'"
report .signed_report >"$WORK/first.json"
first=$(report .counter)
action=$(assign mfp-a "$release") || die "no action"
expect "it is updated" settled a
expect "which it says with the digest of what was signed" \
    is "$(sha256sum "$WORK/in/system.img" | cut -d' ' -f1)" report '.signed_report.signed.installed[0].sha256'
expect "under a higher counter" test "$(report .counter)" -gt "$first"
expect "the command shows it" sh -c "'$BIN_DIR/nightshift' device show mfp-a | grep -q 'trusted root'"
counter=$(report .counter)
expect "nothing new is not told" settled a
expect "so the counter stays" is "$counter" report .counter

# ---- replayed --------------------------------------------------------------------------------------------

token=$(cat "$WORK/a/token")
expect "a report that somebody kept is refused" \
    is 409 ddi_status "$token" PUT /mfp-a/report "$(cat "$WORK/first.json")"
expect "and it says what to do" grep -q "enrols again" "$WORK/answer"
expect "it changed nothing" is "$counter" report .counter
expect "and harmed nobody" is active sh -c "'$BIN_DIR/nightshift' device show mfp-a --json | jq -r .state"
verdict
