#!/bin/sh
# What machines say of themselves, signed: a real service and real agents. An install is told; a report that was kept
# by somebody is not taken twice. Then the folder of one is copied: two machines with one identity are noticed, and
# nothing more is offered until a person has looked at it. A clock that is set back brings nothing back.
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

# ---- the clock -----------------------------------------------------------------------------------------

if ! command -v faketime >/dev/null; then
    echo "skipped: there is no faketime"
elif grep -qE '__(asan|tsan)_init' "$BIN_DIR/nightshift-agent"; then
    echo "skipped: libfaketime and a sanitizer want to be first, both"
else
    clocked() {
        offset=$1
        shift
        faketime -f "$offset" "$BIN_DIR/nightshift-agent" --dir "$WORK/a" --url "$URL" --ca "$CA" --id mfp-a \
            --family demo --model demo-200 --no-backups --once --look 1 2>>"$WORK/a.log"
    }
    attacked() {
        api GET "/audit?limit=500" | jq -e 'any(.items[]; .what == "device.attacked" and .detail == "freeze")'
    }
    expect "a look with the right clock is well" clocked +0
    expect "nothing is refused" is null report .attack
    expect "ten days on, nobody has served anything newer" clocked +10d
    expect "which it calls by its name" is freeze report .attack
    expect "a person hears of that, too" attacked
    expect "its clock is set back" clocked +0
    expect "and what has expired stays expired" is freeze report .attack
    expect "the command says so" sh -c "'$BIN_DIR/nightshift' device show mfp-a | grep -q 'refuses .*freeze'"
    rm "$WORK/a/clock-floor" # of a machine that was not played with
    expect "without the floor it would have been taken" clocked +0
    expect "as if nothing had been" is null report .attack
fi

# ---- copied ------------------------------------------------------------------------------------------------

state() {
    api GET /devices/mfp-a | jq -r .state
}

cp -r "$WORK/a" "$WORK/b"
for name in a b; do
    echo "{\"system\":\"5.0\",\"stick\":\"$name\"}" >"$WORK/$name/components.json"
done
expect "the true one says something new" settled a
expect "which is fine" is active state
settled b
expect "and so does its copy, under the same counter" grep -q "two machines have this identity" "$WORK/b.log"
expect "then it is quarantined" is quarantined state
expect "a person hears of it" is 1 sh -c "'$BIN_DIR/nightshift' audit list --json | jq '[.items[] |
    select(.what == \"device.quarantine\")] | length'"
random_file "$WORK/in/system.img" 100000
make_release "$WORK/in" 5.1 >/dev/null || die "no second release"
device_make bystander '' >/dev/null || die "no bystander"
ns rollout make --name all --release "$release" --json >"$WORK/rollout.json" 2>>"$WORK/cli.log" || die "no rollout"
ns rollout start "$(jq -r .id "$WORK/rollout.json")" >>"$WORK/cli.log" 2>&1 || die "the rollout does not start"
settled a
settled b
expect "the true one is not offered the next release" is 5.0 jq -r .system "$WORK/a/components.json"
expect "nor is its copy" is 5.0 jq -r .system "$WORK/b/components.json"
expect "why says so" sh -c "'$BIN_DIR/nightshift' device why mfp-a | grep -q 'two machines claim to be it'"
expect "show says what to do" sh -c "'$BIN_DIR/nightshift' device show mfp-a 2>&1 | grep -q 'claim make --device mfp-a'"
expect "both say what was noticed" sh -c "'$BIN_DIR/nightshift' device why mfp-a | grep -q 'came with other words' &&
    '$BIN_DIR/nightshift' device show mfp-a 2>/dev/null | grep -q 'came with other words'"
expect "the figures count it" sh -c "curl -sS --cacert '$CA' -H 'Authorization: Bearer $ADMIN' '$URL/metrics' |
    grep -qx 'nightshift_devices_quarantined{tenant=\"$TENANT\"} 1'"
expect "what would be lost with it is said, and it is left as it is" sh -c "'$BIN_DIR/nightshift' device retire mfp-a \
    --dry-run 2>&1 | grep -q 'its settings are kept nowhere'"
expect "it is quarantined still" is quarantined state
expect "the list shows it" is mfp-a sh -c "'$BIN_DIR/nightshift' device list --state quarantined --json | jq -r '.items[].id'"

# ---- and told apart again ------------------------------------------------------------------------------------

expect "it is not let in without a reason" sh -c "! '$BIN_DIR/nightshift' device approve mfp-a"
claim=$(ns claim make --device mfp-a --json 2>>"$WORK/cli.log" | jq -re '.claims[0].code') || die "no second claim"
rm "$WORK/a/token"
expect "the true one enrols again" settled a --claim "$claim"
expect "its copy is a stranger" sh -c "! '$BIN_DIR/nightshift-agent' --dir '$WORK/b' --url '$URL' --ca '$CA' --id mfp-a \
    --family demo --model demo-200 --no-backups --once"
expect "with a reason it is let in" sh -c "'$BIN_DIR/nightshift' device approve mfp-a --reason 'the copy is off'"
settled a
expect "and gets the release" is 5.1 jq -r .system "$WORK/a/components.json"
expect "which it says, counting anew" is 5.1 report '.signed_report.signed.installed[] | select(.component == "system").version'
verdict
