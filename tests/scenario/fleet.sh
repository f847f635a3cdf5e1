#!/bin/sh
# Sixty simulated machines, each enrolled with its own claim: a bad release stops itself in its first stage and is
# called back; the repaired one reaches everybody, through cut downloads and power cuts, without a byte too many.
. "$(dirname "$0")/../support/service.sh"
[ -x "$BIN_DIR/nightshift-fleet" ] || skip "nightshift-fleet is not built"
service_start --clock-rate 240
ns tenant patch --poll-sleep 240 >>"$WORK/cli.log" 2>&1 || die "no poll sleep"

mkdir "$WORK/in"
for name in system panel engine fax; do
    random_file "$WORK/in/$name.img" 300000
done
bad=$(make_release "$WORK/in" 5.0) || die "no release"
random_file "$WORK/in/engine.img" 300000
good=$(make_release "$WORK/in" 5.1) || die "no repaired release"

expect "--help fits 80 columns" sh -c "! '$BIN_DIR/nightshift-fleet' --help | grep -E '.{81}'"
expect "without a token it is misused" sh -c "'$BIN_DIR/nightshift-fleet' --url '$URL'; [ \$? = 2 ]"
"$BIN_DIR/nightshift-fleet" --dir "$DIR" --claims --devices 60 --seed 7 --components system,panel,engine,fax \
    --fail-percent 60 --bad-component engine --bad-version 5.0 --cut-percent 30 --power-cut-percent 30 \
    --busy-percent 20 --flash-seconds 20 --until-version 5.1 --timeout 240 --json --quiet \
    >"$WORK/fleet.json" 2>"$WORK/fleet.err" &
fleet=$!
later $fleet

devices() {
    api GET "/fleet/summary" | jq -r "$1"
}
rollout() {
    api GET "/rollouts/$1" | jq -r "$2"
}
expect "sixty machines enrol" wait_for '[ "$(devices .devices)" = 60 ]' 60
expect "all say what runs on them" wait_for \
    '[ "$(devices "[.by_version[] | select(.component == \"engine\" and .version == \"1.0.0\") | .devices] | add")" = 60 ]' 60

first=$(ns rollout make --name spring --release "$bad" --stage 8 --fail-percent 10 --start --json 2>>"$WORK/cli.log" |
    jq -re .id) || die "no rollout"
expect "the bad release stops itself" wait_for "[ \"\$(rollout $first .state)\" = halted ]" 90
expect "in its first stage" is 0 rollout "$first" .stage
expect "nobody beyond the first stage has it" sh -c "[ $(devices '[.by_version[] | select(.version == "5.0") | .devices] | max // 0') -le 8 ]"
expect "it is given up" sh -c "'$BIN_DIR/nightshift' rollout abort $first --reason 'bad engine' --json >/dev/null 2>&1"

second=$(ns rollout make --name repaired --release "$good" --stage 8 --fail-percent 10 --start --json \
    2>>"$WORK/cli.log" | jq -re .id) || die "no second rollout"
wait $fleet
expect "everybody gets the repaired one" [ $? = 0 ]
figure() {
    jq -r "$1" "$WORK/fleet.json"
}
expect "all sixty" is 60 figure .machines.updated
expect "downloads were cut" sh -c "[ $(figure .bytes.cuts) -gt 5 ]"
expect "power was cut" sh -c "[ $(figure .bytes.power_cuts) -gt 5 ]"
expect "which cost no byte twice" sh -c "jq -e '.bytes.ratio < 1.05' '$WORK/fleet.json'"
expect "nothing else went wrong" is '{}' figure '.errors | tojson'
expect "the service says the same" wait_for \
    '[ "$(devices "[.by_version[] | select(.component == \"engine\" and .version == \"5.1\") | .devices] | add")" = 60 ]'
expect "the rollout is through" wait_for "[ \"\$(rollout $second .state)\" = finished ]" 30

# ---- plain load -----------------------------------------------------------------------------------------

load() {
    "$BIN_DIR/nightshift-fleet" --dir "$DIR" --seed 7 --devices 60 --threads 2 --duration 1 --json --load "$@" \
        >"$WORK/load.json"
}
expect "polls are answered" load polls --connections 4
expect "and counted" jq -e '.answers > 10 and .failed == 0 and .refused == 0 and .p99_us > 0' "$WORK/load.json"
expect "each handshake is a connection of its own" load handshakes --connections 2
sha256=$(sha256sum <"$WORK/in/engine.img" | cut -d' ' -f1)
expect "files come whole" load download --connections 2 --path "/$TENANT/tuf/image/targets/demo/5.1/$sha256.engine.img"
expect "every byte of them" jq -e '.bytes >= .answers * 300000' "$WORK/load.json"
expect "what is refused is told" sh -c "! '$BIN_DIR/nightshift-fleet' --dir '$DIR' --duration 1 --load download \
    --path /nothing --json >'$WORK/load.json' && jq -e '.refused > 0' '$WORK/load.json'"
verdict
