# Sourced by tools/demo: a release that breaks every printer with one finisher. It halts in its first stage by rule, names
# what those that failed share, calls back who holds it, and is taken back the same night. A service of its own, where it
# is evening in Berlin and a night passes in two minutes and a half; needs $bin, $demo_dir and say(). Each claim is checked.

night_dir=$demo_dir/night
night_rate=180
night_printers=48

night_ns() { "$bin/nightshift" "$@" --dir "$night_dir/service" 2>>"$night_dir/cli.log"; }
night_api() {
    curl -sf --cacert "$night_dir/service/tls/ca.pem" \
        -H "Authorization: Bearer $(cat "$night_dir/service/admin.token")" "$night_url/api/v1$1"
}

# What the story claims: check SENTENCE COMMAND...; the act fails when one is not so.
night_check() {
    local sentence=$1
    shift
    if "$@" >/dev/null 2>>"$night_dir/cli.log"; then
        echo "    true: $sentence"
    else
        echo "    NOT SO: $sentence" >&2
        night_failed=1
    fi
}

# Until the command is true or so many seconds are over: night_until SECONDS COMMAND...
night_until() {
    local end=$(($(date +%s) + $1))
    shift
    until "$@" >/dev/null 2>&1; do
        [ "$(date +%s)" -lt $end ] || return 1
        sleep 0.1
    done
}

# The service's hour where it is evening, in seconds since 1970, and on a clock in Berlin.
night_s() { echo $(((night_origin + night_rate * ($(date +%s%3N) - night_origin)) / 1000)); }
night_hour() { TZ=Europe/Berlin date -d "@${1:-$(night_s)}" +%H:%M; }
night_of() { TZ=Europe/Berlin date -d "@$(($1 - 5 * 3600))" +%F; } # it ends at 05:00
night_say() { say "$(night_hour) in Berlin: $*"; }

# ---- a service where it is 21:55, and a fleet --------------------------------------------------------------

# Its clock begins in the past and runs fast: so it shows the evening that comes next, now.
night_clock() {
    local now evening
    now=$(date +%s%3N)
    evening=$(TZ=Europe/Berlin date -d 21:55 +%s)000
    [ "$evening" -gt "$now" ] || evening=$(TZ=Europe/Berlin date -d 'tomorrow 21:55' +%s)000
    night_origin=$((now - (evening - now) / (night_rate - 1)))
    mkdir -p "$night_dir/service"
    echo $night_origin >"$night_dir/service/clock"
}

night_release() { # night_release VERSION: prints its id
    head -c 700000 /dev/urandom >"$night_dir/out/finisher.bin"
    "$bin/nightshift" package build "$night_dir/out" --family mfp-3100 --version "$1" --counter 7 --minutes 14 \
        --model MFP-3125 --model MFP-3135 --model MFP-3145 --out "$night_dir/$1.nspkg" >>"$night_dir/cli.log" 2>&1
    night_ns release add "$night_dir/$1.nspkg" --json >"$night_dir/release.json"
    jq -r .id "$night_dir/release.json" >"$night_dir/release"
    night_ns release sign "$(cat "$night_dir/release")" --key "$night_dir/ada.key" >/dev/null
    night_ns release publish "$(cat "$night_dir/release")" >/dev/null
    cat "$night_dir/release"
}

night_service() {
    rm -rf "$night_dir"
    mkdir -p "$night_dir/out"
    night_clock
    "$bin/nightshift" dev --dir "$night_dir/service" --port 0 --clock-rate $night_rate --json \
        >"$night_dir/service.json" 2>"$night_dir/service.log" &
    night_pid=$!
    night_until 30 test -s "$night_dir/service.json" || return 1
    night_url=$(jq -r .url "$night_dir/service.json")
    night_ns tenant patch --poll-sleep 240 >/dev/null
    night_ns family add mfp-3100 --model MFP-3125 --model MFP-3135 --model MFP-3145 >/dev/null
    "$bin/nightshift" key make "$night_dir/ada.key" --name ada >/dev/null 2>&1
    night_ns family key-add mfp-3100 "$night_dir/ada.key.pub" >/dev/null
    head -c 3000000 /dev/urandom >"$night_dir/out/system.bin"
    night_good=$(night_release 4.2.1)
    night_bad=$(night_release 4.3.0)
}

# DEVICE FINISHER, a line each, of those that have said it.
night_look() {
    local id
    for id in $(night_ns device list --limit 200 --json | jq -r '.items[].id'); do
        night_api "/devices/$id" | jq -r 'select(.attributes["option.finisher"]) | "\(.id) \(.attributes["option.finisher"])"'
    done | sort >"$night_dir/finishers"
    [ "$(wc -l <"$night_dir/finishers")" = $night_printers ]
}

night_site() { # night_site NAME ZONE
    night_ns site put "$1" --customer acme --zone "$2" --window 22:00-05:00 >/dev/null
}

# Fourteen pilots: five with the booklet finisher, nine with others, of which one stands in Sydney and one is held.
night_fleet() {
    local id site
    "$bin/nightshift-fleet" --dir "$night_dir/service" --devices $night_printers --seed 3 --families mfp-3100 \
        --models MFP-3125,MFP-3135,MFP-3145 --components system,finisher --start-version 4.2.1 \
        --option finisher=none,staple,booklet --bad-option booklet --bad-version 4.3.0 \
        --busy-percent 25 --busy-minutes 900 --flash-seconds 900 --duration 170 --json --quiet \
        >"$night_dir/fleet.json" 2>"$night_dir/fleet.log" &
    night_fleet_pid=$!
    night_until 30 night_look || return 1
    night_site berlin Europe/Berlin
    night_site sydney Australia/Sydney
    sed -n 's/ booklet$//p' "$night_dir/finishers" | head -5 >"$night_dir/with"
    sed -n '/ booklet$/!s/ .*//p' "$night_dir/finishers" | head -9 >"$night_dir/without"
    night_far=$(sed -n 9p "$night_dir/without")
    night_held=$(sed -n 8p "$night_dir/without")
    for id in $(cat "$night_dir/with" "$night_dir/without"); do
        site=berlin
        [ "$id" != "$night_far" ] || site=sydney
        night_ns device patch "$id" --site $site --tag pilot >/dev/null
    done
    night_ns hold add "device:$night_held" --customer --reason "stock taking" \
        --until "$(date -u -d "@$(($(night_s) + 172800))" +%FT%TZ)" >/dev/null
    echo "    $night_printers printers run 4.2.1, $(grep -c ' booklet$' "$night_dir/finishers") of them with a booklet" \
        "finisher; 14 are pilots: 5 with it, 9 without"
}

# ---- what is in a device's way ---------------------------------------------------------------------------

# All codes of a device on the way to the rollout, between blanks.
night_codes() {
    night_ns device why "$1" --json | jq -r --argjson r "$night_rollout" \
        '" " + ([.targets[] | select(.rollout.id == $r) | .waits[].code] | join(" ")) + " "'
}
night_is() { night_codes "$1" | grep -q -- " $2 "; }

# night_why DEVICE WHO CODE: what the command says, and that it says so.
night_why() {
    echo "  \$ nightshift device why $1    # $2"
    night_ns device why "$1" | sed '/^$/d; s/^/    /' | cut -c 1-150
    night_check "it says \"$3\"" night_is "$1" "$3"
}

# The first of these devices of which the code is true: night_find CODE FILE
night_find() {
    local id
    night_found=
    for id in $(cat "$2"); do
        if night_is "$id" "$1"; then
            night_found=$id
            return 0
        fi
    done
    return 1
}

night_field() { night_ns rollout show "$1" --json | jq -r "$2"; }
night_in_state() { [ "$(night_field "$1" .state)" = "$2" ]; }
night_runs() { # night_runs VERSION: printers
    night_api /fleet/summary |
        jq "[.by_version[] | select(.component == \"finisher\" and .version == \"$1\") | .devices] | add // 0"
}
night_counted() { # night_counted VERSION PRINTERS
    [ "$(night_runs "$1")" = "$2" ]
}

# ---- the act -------------------------------------------------------------------------------------------------

night_first_stage() {
    night_rollout=$(night_ns rollout make --name spring-4.3.0 --release "$night_bad" --stage tag:pilot --stage rest \
        --start --json | jq -r .id)
    night_say "release 4.3.0 begins, with the pilots; each between 22:00 and 05:00 where it stands"
    echo "    three of the pilots wait, each for another reason:"
    night_why "$night_far" "in Sydney it is morning" window-shut
    night_why "$night_held" "its customer said: not now" held
    night_until 30 night_find in-use "$night_dir/without" || true
    night_busy=${night_found:-$(head -1 "$night_dir/without")}
    night_why "$night_busy" "in use" in-use
}

night_halt() {
    night_until 60 night_in_state "$night_rollout" halted || true
    night_say "the rollout is $(night_field "$night_rollout" .state), by rule"
    night_field "$night_rollout" '"    " + .reason'
    night_check "it halted in its first stage" test "$(night_field "$night_rollout" .stage)" = 0
    night_check "the finisher and the error are named" grep -Eq \
        '^([0-9]+) of \1 that failed have option.finisher=booklet, and 0 of [0-9]+ good ones; .*F070' \
        <(night_field "$night_rollout" .cluster.text)
    night_until 30 night_is "$night_busy" recalled || true
    night_ns rollout devices "$night_rollout" --limit 200 --json | jq -r '
        "    " + ([.items[] | .state] | group_by(.) | map("\(length) \(.[0])") | join(", "))'
    night_check "no printer beyond the pilots was offered it" test 0 = "$(night_ns rollout devices "$night_rollout" \
        --limit 200 --json | jq '[.items[] | select(.stage > 0)] | length')"
    night_until 20 night_find failed "$night_dir/with" || true
    night_lame=${night_found:-$(head -1 "$night_dir/with")}
    night_until 20 night_find up-to-date "$night_dir/without" || true
    night_well=${night_found:-$(head -1 "$night_dir/without")}
    night_why "$night_busy" "held it and had not begun" recalled
    night_why "$night_lame" "has a booklet finisher" failed
    night_why "$night_well" "has another one" up-to-date
}

night_way_back() {
    local ended began
    began=$(night_s)
    night_say "the way back, with one command; $(night_runs 4.3.0) printers run 4.3.0"
    echo "  \$ nightshift rollout back $night_rollout"
    night_ns rollout back "$night_rollout" --json >"$night_dir/back.json"
    night_back=$(jq -r '.items[0].id' "$night_dir/back.json")
    night_until 90 night_in_state "$night_back" finished || true
    ended=$(night_s)
    night_say "the way back is $(night_field "$night_back" .state)"
    night_check "in the same night, $(night_hour "$began") to $(night_hour "$ended")" \
        test "$(night_of "$began")" = "$(night_of "$ended")"
    night_until 15 night_counted 4.2.1 $night_printers || true
    night_check "all $night_printers printers run 4.2.1 again" night_counted 4.2.1 $night_printers
    night_check "also the one that failed" test 4.2.1 = "$(night_ns device show "$night_lame" --json | jq -r .components.finisher)"
}

bad_release() {
    night_failed=
    say "a release that is bad for one finisher: a second fleet, and a night in 140 s"
    night_service && night_fleet && night_first_stage && night_halt && night_way_back || night_failed=1
    kill "${night_fleet_pid:-}" "${night_pid:-}" 2>/dev/null || true
    wait "${night_fleet_pid:-}" "${night_pid:-}" 2>/dev/null || true
    [ -z "$night_failed" ]
}
