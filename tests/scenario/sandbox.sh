#!/bin/sh
# The service confines itself, says with what, and goes on with everything; what it cannot have is a line in the log or,
# when required, no start. (The threat
# table's row 30: no core file, no debugger, no swap.)
. "$(dirname "$0")/../support/service.sh"

# daemon [OPTION...]: nightshiftd itself on the service's folder; DAEMON_PID once it listens
daemon() {
    : >"$WORK/daemon.log"
    "$BIN_DIR/nightshiftd" --dir "$DIR" --port 0 --audit_syslog '' "$@" 2>"$WORK/daemon.log" &
    DAEMON_PID=$!
    later $DAEMON_PID
    wait_for "grep -q ' listening ' '$WORK/daemon.log' || ! kill -0 $DAEMON_PID 2>/dev/null" 30
    grep -q ' listening ' "$WORK/daemon.log"
}
logged() {
    grep -qE -e "$1" "$WORK/daemon.log"
}
# status FIELD: of the kernel's view of the process
status() {
    awk -v field="$1:" '$1 == field {print $2}' "/proc/$DAEMON_PID/status"
}
refused_with() {
    ! kill -0 $DAEMON_PID 2>/dev/null && logged "cannot.start.*$1"
}

service_start
mkdir "$WORK/in"
random_file "$WORK/in/system.img" 100000
expect "a package is taken apart by another process" make_release "$WORK/in" 1.0
children() {
    cat "/proc/$1/task/"*/children 2>/dev/null
}
keeper() {
    for child in $(children "$(children "$SERVICE_PID" | cut -d' ' -f1)"); do
        [ "$(cat "/proc/$child/comm")" != nightshift-open ] || echo "$child"
    done
}
keeper=$(keeper)
expect "which is there" [ -n "$keeper" ]
expect "and can win no rights" grep -q '^NoNewPrivs:.1' "/proc/$keeper/status"
kill -9 "$keeper"
ns package build "$WORK/in" --family demo --version 2.0 --out "$WORK/2.tar" >/dev/null 2>&1
expect "without it a package is no release" sh -c "! '$BIN_DIR/nightshift' release add '$WORK/2.tar' >'$WORK/said' 2>&1"
expect "and the log says what helps" grep -q "needs a restart" "$WORK/service.log"
expect "all else goes on" api GET /releases
service_stop
: >"$WORK/service.log" # that refusal was an error, as it should be
sanitized=
! grep -qE '__(asan|tsan)_init' "$BIN_DIR/nightshiftd" || sanitized=yes

expect "it starts" daemon
expect "it says what holds" logged 'sandbox profile=service landlock_abi='
landlock=$(sed -n 's/.*profile=service landlock_abi=\([0-9]*\).*/\1/p' "$WORK/daemon.log")
[ -n "$sanitized" ] || expect "every thread has the filter" sh -c "
    for thread in /proc/$DAEMON_PID/task/*; do grep -q '^Seccomp:.2' \$thread/status || exit 1; done"
expect "no privilege can come back" is 1 status NoNewPrivs
expect "no core file" sh -c "grep -qE '^Max core file size +0 +0 ' /proc/$DAEMON_PID/limits"
stop_pid $DAEMON_PID

expect "a word that is none is refused" sh -c "! '$BIN_DIR/nightshiftd' --dir '$DIR' --sandbox maybe 2>'$WORK/said'"
expect "and says which there are" grep -q 'off, on or require' "$WORK/said"
expect "off is off" daemon --sandbox off
expect "and nothing is said" sh -c "! grep -q sandbox '$WORK/daemon.log'"
expect "nor done" is 0 status NoNewPrivs
stop_pid $DAEMON_PID

# ---- a certificate elsewhere, renewed under its feet ----------------------------------------------------------

mkdir -p "$WORK/certs/archive" "$WORK/certs/live"
cp "$DIR/tls/server.pem" "$WORK/certs/archive/1.pem"
cp "$DIR/tls/server.key" "$WORK/certs/archive/1.key"
ln -s ../archive/1.pem "$WORK/certs/live/cert.pem"
ln -s ../archive/1.key "$WORK/certs/live/cert.key"
expect "it reads a certificate outside of its folder" daemon --tls_cert "$WORK/certs/live/cert.pem" \
    --tls_key "$WORK/certs/live/cert.key"
cp "$WORK/certs/archive/1.pem" "$WORK/certs/archive/2.pem"
cp "$WORK/certs/archive/1.key" "$WORK/certs/archive/2.key"
ln -sfn ../archive/2.pem "$WORK/certs/live/cert.pem"
ln -sfn ../archive/2.key "$WORK/certs/live/cert.key"
kill -HUP $DAEMON_PID
expect "and again when a link leads to a new one" wait_for "logged tls.reloaded"
stop_pid $DAEMON_PID

# ---- the tools beside it ---------------------------------------------------------------------------------------

# confined COMMAND...: it closes itself in before it opens the database. (No leak checker works below strace.)
confined() {
    ASAN_OPTIONS="$ASAN_OPTIONS:detect_leaks=0" strace -f -o "$WORK/calls" -e trace=landlock_restrict_self,seccomp,openat "$@" >"$WORK/said" 2>&1
    sed '/nightshift\.db/,$d' "$WORK/calls" >"$WORK/before"
    grep -q '^[0-9]* *landlock_restrict_self.*= 0$' "$WORK/before" &&
        { [ -n "$sanitized" ] || grep -q '^[0-9]* *seccomp(.*= 0$' "$WORK/before"; }
}
if ! strace -f -o /dev/null -e trace=none true 2>/dev/null; then
    echo "skipped: strace may not look into processes here"
elif [ "$landlock" = 0 ]; then
    echo "skipped: this kernel has no Landlock"
else
    expect "a check is confined" confined "$BIN_DIR/nightshiftd" --check --dir "$DIR"
    expect "and finds the folder sound" grep -q sound "$WORK/said"
    expect "a copy is" confined "$BIN_DIR/nightshiftd" --copy "$WORK/copy" --dir "$DIR"
    expect "and is whole" grep -q 'read again' "$WORK/said"
    expect "a drill is" confined "$BIN_DIR/nightshiftd" --drill --dir "$WORK/copy" --report "$WORK/report.json"
    expect "and leaves its report" test -s "$WORK/report.json"
fi

# ---- another user --------------------------------------------------------------------------------------------

if [ "$(id -u)" = 0 ]; then
    expect "root may stay root" daemon --dev false
    expect "of its rights it keeps the one to open files" is 000000000000000a status CapEff
    expect "and says what is better" logged 'user.root.*next='
    stop_pid $DAEMON_PID
    chmod 755 "$WORK"
    chown -R nobody "$DIR"
    expect "root becomes another" daemon --user nobody
    expect "for all of its ids" is "65534 65534 65534 65534" sh -c \
        "awk '\$1 == \"Uid:\" {print \$2, \$3, \$4, \$5}' /proc/$DAEMON_PID/status"
    expect "without a right of root" is 0000000000000000 status CapEff
    expect "or a group of root" sh -c "! grep -qE '^(Gid|Groups):.*[[:space:]]0([[:space:]]|\$)' /proc/$DAEMON_PID/status"
    stop_pid $DAEMON_PID
    if [ -n "$sanitized" ]; then
        echo "skipped: a sanitizer locks no memory, and takes no filter of calls"
    else
        (ulimit -l 0; exec "$BIN_DIR/nightshiftd" --dir "$DIR" --port 0 --user nobody --sandbox require \
            2>"$WORK/daemon.log")
        expect "and required, it is no start" logged 'cannot.start.*locked memory'
    fi
    daemon --user nobody-at-all
    expect "a user who is none is refused" refused_with "there is no user"
fi
verdict
