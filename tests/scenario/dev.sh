#!/bin/bash
# `nightshift dev`: one JSON line when ready, the same identity on the same folder, a quick and clean end.
set -u
cli=${BIN_DIR:?}/nightshift
[ -x "$BIN_DIR/nightshiftd" ] || { echo "nightshiftd is not built"; exit 77; }
command -v python3 >/dev/null || { echo "python3 is needed to read JSON"; exit 77; }
work=$(mktemp -d)
dev=
trap '[ -n "$dev" ] && kill "$dev" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
export HOME=$work
unset NIGHTSHIFT_URL NIGHTSHIFT_CA NIGHTSHIFT_TOKEN
bad=0

fail() {
    echo "FAIL: $*"
    bad=1
}

# start OPTIONS...: runs it until its line is there. A pipe for each: a killed one's service may still hold the last.
start() {
    rm -f "$work/line"
    mkfifo "$work/line"
    "$cli" dev --dir "$work/service" --json "$@" >"$work/line" 2>>"$work/log" &
    dev=$!
    read -r -t 60 line <"$work/line" || { cat "$work/log"; fail "no line within 60 s"; exit 1; }
}

# stop SIGNAL: it must end within 5 s with exit code 0
stop() {
    local began=$SECONDS
    kill -"$1" "$dev"
    wait "$dev"
    local code=$?
    dev=
    [ $code = 0 ] || fail "after SIG$1 it exits $code"
    [ $((SECONDS - began)) -le 5 ] || fail "after SIG$1 it took $((SECONDS - began)) s"
    [ ! -e "$work/service/port" ] || fail "the port file outlives the service"
}

value() {
    printf '%s' "$line" | python3 -c 'import json,sys; print(json.load(sys.stdin)[sys.argv[1]])' "$1"
}

start
first=$line
keys=$(printf '%s' "$line" | python3 -c 'import json,sys; print(*json.load(sys.stdin))')
[ "$keys" = "url ca tenant admin_token gateway_token dir" ] || fail "the line has: $keys"
[ "$(value tenant)" = DEFAULT ] || fail "tenant is $(value tenant)"
[ "$(value dir)" = "$(realpath "$work/service")" ] || fail "dir is $(value dir)"
[ "$(stat -c %a "$work/service/admin.token")" = 600 ] || fail "admin.token is readable by others"
[ "$(cat "$work/service/admin.token")" = "$(value admin_token)" ] || fail "admin.token is not the token of the line"

# The line is all one needs; so is the folder.
"$cli" whoami --url "$(value url)" --ca "$(value ca)" --token "$(value admin_token)" --json >"$work/who" ||
    fail "the token of the line does not work"
grep -q '"role":"admin"' "$work/who" || fail "whoami: $(cat "$work/who")"
"$cli" family show demo --dir "$work/service" >"$work/family" || fail "--dir does not work"
grep -q engineer-1 "$work/family" || fail "family demo has no engineer"
"$cli" whoami --url "$(value url)" --token "$(value admin_token)" 2>/dev/null &&
    fail "the test CA is trusted without being given"
"$cli" whoami --dir "$work/service" --token wrong 2>"$work/err" && fail "a wrong token works"
grep -q '^next: ' "$work/err" || fail "a wrong token leads nowhere"

"$cli" store check "$work/service" --json >"$work/checked" 2>/dev/null || fail "its store is not sound"
grep -q '^{"sound":true,' "$work/checked" || fail "store check --json says $(cat "$work/checked")"

# A second one on the same folder is refused and leaves the first alone.
"$cli" dev --dir "$work/service" --json >"$work/second" 2>/dev/null && fail "two services on one folder"
[ ! -s "$work/second" ] || fail "the refused one printed a line"
"$cli" whoami --dir "$work/service" >/dev/null || fail "the first one has suffered"
"$BIN_DIR/nightshiftd" --dir "$work/service" 2>"$work/err" && fail "two services without dev on one folder"
grep -q 'in use by another service' "$work/err" || fail "the second does not say why: $(cat "$work/err")"
"$cli" whoami --dir "$work/service" >/dev/null || fail "the first one cannot be found any more"
"$BIN_DIR/nightshiftd" --dir "$work/absent" 2>"$work/err" && fail "a service without a folder"
grep -q 'nightshift init' "$work/err" || fail "where a folder comes from is not said"
[ ! -e "$work/absent" ] || fail "a mistyped folder was made"

stop TERM
start
[ "$line" = "$first" ] || fail "the second start differs: $line"
"$cli" whoami --dir "$work/service" >/dev/null || fail "the second start does not know the token"
stop INT

# Killed hard, it leaves nobody behind and starts again.
start --clock-rate 100
kill -KILL "$dev"
wait "$dev" 2>/dev/null
for _ in $(seq 100); do
    [ -e "$work/service/port" ] || break
    sleep 0.1
done
[ ! -e "$work/service/port" ] || fail "the service outlives its killed parent"
flock -w 10 "$work/service/lock" true || fail "the service keeps its folder"
start --clock-rate 100
stop TERM

exit $bad
