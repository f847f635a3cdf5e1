# The processes of the service of $DIR, for scripts that look at them. After service.sh.
#
#   signer_pid       who holds the online keys
#   parent_of PID    the service is the signer's

signer_pid() {
    for status in /proc/[0-9]*/status; do
        if grep -q '^Name:.nightshift-sign$' "$status" 2>/dev/null &&
            tr '\0' '\n' <"${status%/status}/cmdline" 2>/dev/null | grep -qxF "$DIR"; then
            basename "${status%/status}"
        fi
    done
}

parent_of() {
    sed -n 's/^PPid:[[:space:]]*//p' "/proc/$1/status"
}
