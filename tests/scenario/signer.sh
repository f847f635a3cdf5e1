#!/bin/sh
# The online keys are in a process of their own: not in the service's memory, where no network is, as another user when
# the service was started as root. When it dies the service says so, signs nothing, and goes on with the rest.
. "$(dirname "$0")/../support/service.sh"
. "$SUPPORT/processes.sh"
need python3
service_start

# told DEVICE: what the director has for a device that never asked before must be signed now; prints the status
told() {
    token=$(device_make "$1") && told_as "$token" "$1"
}

told_as() {
    ask status "TargetToken $1" GET "$URL/$TENANT/tuf/director/$2/metadata/timestamp.json"
}

# seen PID: how many of the online keys are in its memory
seen() {
    python3 "$SOURCE_DIR/tests/signer/seen.py" "$1" "$DIR/trust/$TENANT/online.key" "$DIR/trust/$TENANT/targets.key" \
        "$DIR/trust/$TENANT/director/online.key" "$DIR/trust/$TENANT/director/root.key"
}

SIGNER=$(signer_pid)
SERVICE=$(parent_of "$SIGNER")
expect "there is one signer" [ "$(echo "$SIGNER" | wc -w)" = 1 ]
expect "it is the service's child" grep -q '^Name:.nightshiftd$' "/proc/$SERVICE/status"

# ---- who has the keys -------------------------------------------------------------------------------------------

mkdir "$WORK/in"
random_file "$WORK/in/system.img" 20000
expect "a release is published" make_release "$WORK/in" 5.0
expect "a device is directed" is 200 told first
if grep -q __tsan_init "$BIN_DIR/nightshiftd"; then
    echo "skipped: a thread sanitizer maps more memory than can be looked through"
elif seen "$SIGNER" >"$WORK/seen" 2>&1; then
    cat "$WORK/seen"
    expect "the signer has all four keys in its memory" [ "$(head -1 "$WORK/seen")" = 4 ]
    expect "the service has none of them" is 0 seen "$SERVICE"
else
    echo "skipped: the memory of a process may not be read here"
fi

# ---- what it may ------------------------------------------------------------------------------------------------

expect "it gains no privileges" grep -q '^NoNewPrivs:.1$' "/proc/$SIGNER/status"
if [ "$(id -u)" = 0 ] && unshare -n true 2>/dev/null; then
    expect "it is where no network is" \
        [ "$(readlink "/proc/$SIGNER/ns/net")" != "$(readlink "/proc/$SERVICE/ns/net")" ]
else
    echo "skipped: a network can be taken away by root only"
fi
if ls "/proc/$SIGNER/fd" >"$WORK/fds" 2>/dev/null; then
    expect "it has its log and its socket open" is "0 1 2 3" echo $(sort -n "$WORK/fds")
else
    echo "skipped: what another has open may not be read here"
fi

# ---- without it --------------------------------------------------------------------------------------------------

token=$(device_make later)
kill -9 "$SIGNER"
expect "nothing is signed without it" is 503 told_as "$token" later
expect "nor the second time" is 503 told_as "$token" later
expect "a poll goes on" is 200 ddi_status "$token" GET /later
expect "what was signed is served" curl -fsS --cacert "$CA" -H "TargetToken $token" \
    "$URL/$TENANT/tuf/image/metadata/timestamp.json"
expect "the log tells it once" is 1 grep -c ' signer.gone ' "$WORK/service.log"
expect "and what to do" grep -q ' signer.gone .*restart nightshiftd' "$WORK/service.log"
curl -sS --cacert "$CA" -H "Authorization: Bearer $ADMIN" "$URL/metrics" >"$WORK/metrics"
expect "the figures say so" grep -qx 'nightshift_signer_up 0' "$WORK/metrics"
service_stop
mv "$WORK/service.log" "$WORK/service.before"
service_start
expect "a service that was started again signs" is 200 told_as "$token" later

# ---- the service goes first ----------------------------------------------------------------------------------------

SIGNER=$(signer_pid)
kill -9 "$(parent_of "$SIGNER")"
expect "a signer whose service was killed goes, too" wait_for "! kill -0 $SIGNER 2>/dev/null"
service_stop
service_start
SIGNER=$(signer_pid)
service_stop
expect "a service that stops takes its signer along" [ -n "$SIGNER" -a ! -e "/proc/$SIGNER" ]

# ---- as another user ------------------------------------------------------------------------------------------------

chmod 755 "$WORK"
if [ "$(id -u)" = 0 ] && setpriv --reuid daemon --clear-groups true 2>/dev/null; then
    chown -R nobody "$DIR"
    printf 'user = nobody\nsigner_user = daemon\n' >>"$DIR/nightshift.conf"
    service_start
    SIGNER=$(signer_pid)
    expect "the signer is one user" is daemon stat -c %U "/proc/$SIGNER"
    expect "and even that user may not look into it" is root stat -c %U "/proc/$SIGNER/maps"
    expect "the service is another" is nobody stat -c %U "/proc/$(parent_of "$SIGNER")"
    expect "and it signs" is 200 told third
    expect "a new key is made by it" ns trust stage root --new-online
    for key in online online-next targets director/online director/root; do
        expect "for it alone: $key" is "600 daemon" stat -c '%a %U' "$DIR/trust/$TENANT/$key.key"
        expect "the service cannot read it" sh -c \
            "! setpriv --reuid nobody --regid nogroup --clear-groups cat '$DIR/trust/$TENANT/$key.key' 2>/dev/null"
    done
else
    echo "skipped: another user needs a start as root"
    service_start
fi
verdict
