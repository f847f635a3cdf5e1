#!/bin/sh
# A release breaks every machine with one option: it halts in its first stage by rule, names what they share, calls back
# who holds it, goes back the same night; and `device why` says of five devices in five states what is the matter.
. "$(dirname "$0")/../support/service.sh"
[ -x "$BIN_DIR/nightshift-fleet" ] || skip "nightshift-fleet is not built"
RATE=240 # a night of seven hours takes 105 s
service_start --clock-rate $RATE
ns tenant patch --poll-sleep 240 >>"$WORK/cli.log" 2>&1 || die "no poll sleep"

# clock HOURS: that far from now by the service's clock, as HH:MM or as date and time
origin=$(cat "$DIR/clock")
clock() {
    date -u -d "@$(((origin + RATE * ($(now_ms) - origin)) / 1000 + $1 * 3600))" "${2:-+%H:%M}"
}

# ---- a fleet at two sites ------------------------------------------------------------------------------

mkdir "$WORK/in"
random_file "$WORK/in/system.img" 300000
random_file "$WORK/in/finisher.img" 50000
good=$(make_release "$WORK/in" 5.0) || die "no release"
random_file "$WORK/in/finisher.img" 50000
bad=$(make_release "$WORK/in" 5.1) || die "no bad release"

"$BIN_DIR/nightshift-fleet" --dir "$DIR" --devices 24 --seed 3 --components system,finisher --start-version 5.0 \
    --option finisher=none,staple,booklet --bad-option booklet --bad-version 5.1 --busy-percent 25 --busy-minutes 900 \
    --flash-seconds 600 --duration 85 --json --quiet >"$WORK/fleet.json" 2>"$WORK/fleet.err" &
later $!

look() { # who has which option, as "DEVICE OPTION" lines
    for id in $(ns device list --limit 100 --json 2>>"$WORK/cli.log" | jq -r '.items[].id'); do
        api GET "/devices/$id" | jq -r '"\(.id) \(.attributes["option.finisher"] // "")"'
    done | sort >"$WORK/options"
}
told() {
    look
    [ "$(grep -c ' [a-z]' "$WORK/options")" = 24 ]
}
expect "all tell their finisher" wait_for told 60

put_site() { # put_site NAME FROM TO
    api PUT "/sites/$1" "{\"zone\":\"UTC\",\"window\":{\"start\":\"$2\",\"end\":\"$3\"}}" >>"$WORK/cli.log"
}
put_site night "$(clock -2)" "$(clock 10)"
put_site day "$(clock 12)" "$(clock 18)"
broken=$(sed -n 's/ booklet$//p' "$WORK/options" | head -5)
whole=$(sed -n '/ booklet$/!s/ .*//p' "$WORK/options" | head -7)
far=$(echo "$whole" | sed -n 7p) held=$(echo "$whole" | sed -n 6p)
for id in $broken $whole; do
    site=night
    [ "$id" != "$far" ] || site=day
    ns device patch "$id" --site $site --tag pilot >>"$WORK/cli.log" 2>&1 || die "no pilot $id"
done
expect "five of twelve pilots have that option" is 5 sh -c "echo '$broken' | wc -l"
ns hold add "device:$held" --customer --reason "stock taking" --until "$(clock 48 +%FT%TZ)" >>"$WORK/cli.log" 2>&1 ||
    die "no hold"

# ---- its first stage -------------------------------------------------------------------------------------

rollout() { # rollout ID JQ
    api GET "/rollouts/$1" | jq -r "$2"
}
why() { # why DEVICE ROLLOUT: "code: text" of what comes first
    ns device why "$1" --json 2>>"$WORK/cli.log" |
        jq -r --argjson r "$2" '.targets[] | select(.rollout.id == $r) | .waits[0] | "\(.code): \(.text)"'
}
why_is() { # why_is DEVICE ROLLOUT PATTERN
    why "$1" "$2" | grep -Eq -e "$3"
}

first=$(ns rollout make --name spring --release "$bad" --stage tag:pilot --stage rest --start --json \
    2>>"$WORK/cli.log" | jq -re .id) || die "no rollout"
busy=
one_is_busy() {
    for id in $whole; do
        if why_is "$id" "$first" '^in-use: busy: '; then
            busy=$id
            return 0
        fi
    done
    return 1
}
expect "a pilot in use says with what, and since when" wait_for one_is_busy 20
expect "one that its customer holds waits for that" why_is "$held" "$first" '^held: held by .* for the customer, until .*stock taking'
expect "one whose hours are shut waits for them" why_is "$far" "$first" '^window-shut: its window opens at '
expect "the release stops itself" wait_for "[ \"\$(rollout $first .state)\" = halted ]" 40
expect "in its first stage" is 0 rollout "$first" .stage
rollout "$first" '.reason, .cluster.text'
expect "and names what they share: the option, and what they said" sh -c "
    ns() { '$BIN_DIR/nightshift' \"\$@\"; }
    ns rollout show $first --json 2>/dev/null | jq -r .cluster.text |
        grep -Eq '^([0-9]+) of \\1 that failed have option.finisher=booklet, and 0 of [0-9]+ good ones; .*F070, the finisher does not answer'"
expect "who held it and had not begun is called back" wait_for \
    "why_is '$busy' $first '^recalled: ' && why_is '$far' $first '^(recalled|not-running): '" 20
lame=
one_failed() {
    for id in $broken; do
        if why_is "$id" "$first" '^failed: self-test: F070, the finisher does not answer \(package failure, try 1\)'; then
            lame=$id
            return 0
        fi
    done
    return 1
}
expect "of one that failed why says with what" one_failed
well=
one_is_well() {
    for id in $whole; do
        if why_is "$id" "$first" '^(healthy|up-to-date): '; then
            well=$id
            return 0
        fi
    done
    return 1
}
expect "and of one that has it, that it has it" wait_for one_is_well 20
expect "nobody outside the stage was offered it" is 0 sh -c \
    "'$BIN_DIR/nightshift' rollout devices $first --json 2>/dev/null | jq '[.items[] | select(.stage > 0)] | length'"

# ---- the way back ------------------------------------------------------------------------------------------

runs() { # runs VERSION: how many finishers
    api GET /fleet/summary | jq "[.by_version[] | select(.component == \"finisher\" and .version == \"$1\") | .devices] | add // 0"
}
expect "some run it by now" sh -c "[ $(runs 5.1) -gt 2 ]"
back=$(ns rollout back "$first" --json 2>>"$WORK/cli.log" | jq -re '.items[0].id') || die "no way back"
expect "the way back is through" wait_for "[ \"\$(rollout $back .state)\" = finished ]" 60
expect "everybody runs what ran before" wait_for '[ "$(runs 5.0)" = 24 ]' 10
expect "also the one that failed" is 5.0 sh -c "'$BIN_DIR/nightshift' device show '$lame' --json | jq -r .components.finisher"
expect "the same night" sh -c "[ '$(rollout "$back" .ended)' \\< '$(clock 8 +%FT%TZ)' ]"
verdict
