# Sourced by tools/demo: a printer's board is swapped, and its settings come back; then the same backup goes to another
# model. A service of its own that keeps true time; needs $bin, $demo_dir and say().

swap_dir=$demo_dir/workshop

swap_ns() { "$bin/nightshift" "$@" --dir "$swap_dir/service" 2>>"$swap_dir/cli.log"; }

# A new machine in the folder $swap_dir/NAME: swap_machine NAME MODEL SERIAL. It enrols with a claim code.
swap_machine() {
    mkdir -p "$swap_dir/$1"
    cat >"$swap_dir/$1/agent.conf" <<CONF
url = $swap_url
ca = $swap_dir/service/tls/ca.pem
id = $1
family = $(tr '[:upper:]' '[:lower:]' <<<"${2%??}")00
model = $2
serial = $3
component = system=4.2.0
claim = $(swap_ns claim make --json | jq -r '.claims[0].code')
CONF
}

swap_agent() {
    machine=$1
    shift
    "$bin/nightshift-agent" "$@" --dir "$swap_dir/$machine" 2>>"$swap_dir/$machine.log"
}

# Until the restore is over or 60 s have passed: a step of the machine, and a look. swap_apply MACHINE RESTORE
swap_apply() {
    for _ in $(seq 60); do
        swap_agent "$1" --once >/dev/null || true
        state=$(swap_ns restore show "$2" --json | jq -r .state)
        case $state in done | failed | expired | cancelled) break ;; esac
        sleep 1
    done
    swap_agent "$1" --once >/dev/null || true
    swap_ns restore show "$2" --json | jq -r '"restore \(.id) to \(.device): \(.state); " +
        ([.results[] | "\(.name) \(.result)"] | group_by(split(" ")[1]) | map("\(length) \(.[0] | split(" ")[1])") | join(", "))'
    [ "$state" = done ]
}

# swap_plan BACKUP MACHINE: says the plan, leaves its id in $restore
swap_plan() {
    swap_ns restore plan "$1" --device "$2" --json >"$swap_dir/plan.json"
    # Each category with its figures, and the first item of each outcome; `nightshift restore plan` tells more.
    jq -r .text "$swap_dir/plan.json" | awk '
        /^[a-z]/ { delete told; print "    " $0; next }
        /^  [a-z]/ { if (!told[$1]++) { sub(/;.*/, ""); print "    " $0 } next }
        NR == 1 || /^ +exact/ { print "    " $0 }'
    restore=$(jq -r .id "$swap_dir/plan.json")
}

board_swap() {
    mkdir -p "$swap_dir"
    say "a workshop: a printer of model MFP-3145 backs its settings up, sealed"
    "$bin/nightshift" dev --dir "$swap_dir/service" --port 0 --json >"$swap_dir/service.json" 2>"$swap_dir/service.log" &
    swap_pid=$!
    for _ in $(seq 300); do
        [ -s "$swap_dir/service.json" ] && break
        sleep 0.1
    done
    swap_url=$(jq -r .url "$swap_dir/service.json")
    swap_ns family add mfp-3100 --model MFP-3145 >/dev/null
    swap_ns family add mfp-5200 --model MFP-5210 >/dev/null
    swap_machine mfp-417 MFP-3145 SN-417
    "$bin/nightshift-agent" simulate --dir "$swap_dir/mfp-417" --model MFP-3145 --addresses 300 --seed 417 >/dev/null
    swap_agent mfp-417 --once >/dev/null
    backup=$(swap_agent mfp-417 backup --json | jq -r 'select(.backup) | .backup')
    swap_ns backup show "$backup" --json | jq -r '"backup \(.id) of \(.device): \(.categories | length) categories, \([.categories[]] | add) items, \(.size) bytes, sealed to \(.recipients | length) recipients"'
    cp -r "$swap_dir/mfp-417/settings" "$swap_dir/before"

    say "its board and storage are swapped: nothing is left but the serial number; it enrols as somebody new"
    rm -rf "$swap_dir/mfp-417"
    swap_machine mfp-417b MFP-3145 SN-417
    swap_agent mfp-417b --once >/dev/null
    swap_ns device show mfp-417b --json | jq -r '"\(.id) claims the serial of \(.same_serial | join(", ")): a technician must say so"'
    swap_ns device join mfp-417b --former mfp-417 --work-order WO-1042 >/dev/null
    swap_ns device show mfp-417b --json | jq -r '.former[] | "joined to \(.device) by \(.by), work order \(.work_order)"'

    say "the plan, before anything is sent"
    swap_plan "$backup" mfp-417b
    swap_ns restore start "$restore" >/dev/null
    swap_apply mfp-417b "$restore" || return 1
    swap_ns restore compare "$restore" --json >"$swap_dir/compare.json"
    jq -r '"compared afterwards: \(if .is_same then "every setting is as it was" else .text end)"' "$swap_dir/compare.json"
    same=0
    for file in "$swap_dir/before"/*.json; do
        cmp -s "$file" "$swap_dir/mfp-417b/settings/${file##*/}" && same=$((same + 1))
    done
    echo "settings files that are the same, byte for byte: $same of $(ls "$swap_dir/before" | wc -l)"
    [ $same = "$(ls "$swap_dir/before" | wc -l)" ] || return 1

    say "the same backup onto a loaner of another model, MFP-5210: what can come across, and what cannot"
    swap_machine mfp-900 MFP-5210 SN-900
    "$bin/nightshift-agent" simulate --dir "$swap_dir/mfp-900" --model MFP-5210 --addresses 3 --seed 9 >/dev/null
    swap_agent mfp-900 --once >/dev/null
    swap_plan "$backup" mfp-900
    jq -e '.counts.converted >= 2 and .counts["cannot-move"] >= 1' "$swap_dir/plan.json" >/dev/null || {
        echo "the plan was to show two conversions and a refusal" >&2
        return 1
    }
    swap_ns restore start "$restore" >/dev/null
    swap_apply mfp-900 "$restore" || return 1
    swap_ns restore compare "$restore" --json |
        jq -r '"compared afterwards: \(if .is_same then "all that was to come across is there" else .text end)"'
    kill $swap_pid
    wait $swap_pid 2>/dev/null || true
}
