# A ceremony of trust as people go through it, for scripts. After service.sh.
#
#   alone ARGS...                   the nightshift command without any way to a service; what it says is in $WORK/said

# Where the system allows it, on a machine that has no network at all.
offline=
unshare -rn true 2>/dev/null && offline="unshare -rn"

alone() {
    # shellcheck disable=SC2086
    env -u NIGHTSHIFT_URL -u NIGHTSHIFT_TOKEN -u NIGHTSHIFT_CA $offline "$BIN_DIR/nightshift" "$@" 2>"$WORK/said"
}
