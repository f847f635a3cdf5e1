#!/bin/sh
# Two hundred simulated machines: a draft is rehearsed before it is started, twice to the same byte, and what the
# command says people can read.
. "$(dirname "$0")/../support/service.sh"
[ -x "$BIN_DIR/nightshift-fleet" ] || skip "nightshift-fleet is not built"
service_start
mkdir "$WORK/in"
random_file "$WORK/in/system.img" 200000
release=$(make_release "$WORK/in" 5.0) || die "no release"
"$BIN_DIR/nightshift-fleet" --dir "$DIR" --claims --devices 200 --seed 3 --timeout 240 --quiet \
    >"$WORK/fleet.out" 2>"$WORK/fleet.err" &
later $!
expect "two hundred machines enrol" wait_for '[ "$(api GET /fleet/summary | jq -r .devices)" = 200 ]' 120
expect "and say what runs on them" wait_for \
    '[ "$(api GET /fleet/summary | jq "[.by_version[] | select(.component == \"system\") | .devices] | add")" = 200 ]' 60

id=$(ns rollout make --name spring --release "$release" --stage 10 --stage 25% --window 22:00-05:00 --zone Europe/Berlin \
    --json 2>>"$WORK/cli.log" | jq -re .id) || die "no rollout"
rehearse() {
    ns rollout rehearse "$id" --from 2027-03-22T12:00:00Z "$@" 2>>"$WORK/cli.log"
}
rehearse --seed 5 --json >"$WORK/one.json" || die "no rehearsal"
rehearse --seed 5 --json >"$WORK/two.json"
rehearse --seed 6 --json >"$WORK/other.json"
figure() {
    jq -r "$1" "$WORK/one.json"
}
expect "the same seed is the same to the byte" cmp -s "$WORK/one.json" "$WORK/two.json"
expect "another seed is not" sh -c "! cmp -s '$WORK/one.json' '$WORK/other.json'"
expect "all are planned" is 200 figure .devices.planned
expect "ten of them first" is 10 figure '.stages[0].planned'
expect "then a quarter" is 50 figure '.stages[1].planned'
expect "the nights add up" is true figure '([.by_night[].installed] | add) == .devices.installed'
expect "so do the stages" is true figure '([.stages[].installed] | add) == .devices.installed'
expect "every trial ends" is 1000 figure .bad_release.trials
expect "it is a draft still" [ "$(api GET /rollouts/$id | jq -r .state)" = draft ]
rehearse --nights 5 >"$WORK/text" || die "nothing for people"
for words in 'rollout 1 "spring"' 'an install takes' 'nights are from noon to noon' 'HALTED IN STAGE' 'left out:'; do
    expect "people read: $words" grep -qF "$words" "$WORK/text"
done
expect "what is no rate is misused" sh -c "'$BIN_DIR/nightshift' rollout rehearse $id --bad-rate much >/dev/null 2>&1; [ \$? = 2 ]"
expect "the next step is said" grep -q "next: nightshift rollout start $id" "$WORK/cli.log"
verdict
