# A ceremony of trust as people go through it, for scripts. After service.sh.
#
#   refuses CODE WORDS COMMAND...   it exits with CODE and says WORDS on stderr
#   alone ARGS...                   the nightshift command without any way to a service; what it says is in $WORK/said

refuses() {
    code=$1 words=$2
    shift 2
    "$@" >"$WORK/out" 2>"$WORK/said"
    got=$?
    cat "$WORK/said"
    [ $got = "$code" ] && grep -qF -e "$words" "$WORK/said"
}

# Where the system allows it, on a machine that has no network at all.
offline=
unshare -rn true 2>/dev/null && offline="unshare -rn"

alone() {
    # shellcheck disable=SC2086
    env -u NIGHTSHIFT_URL -u NIGHTSHIFT_TOKEN -u NIGHTSHIFT_CA $offline "$BIN_DIR/nightshift" "$@" 2>"$WORK/said"
}
