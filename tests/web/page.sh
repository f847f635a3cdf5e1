#!/bin/bash
# The web page in a headless browser, against a real service with a release on its way. Screenshots stay when
# KEEP_SHOTS names a folder.
set -u
here=$(cd "$(dirname "$0")" && pwd)
cli=${BIN_DIR:?}/nightshift
skip() {
    echo "skipped: $*"
    exit 77
}
[ -x "$BIN_DIR/nightshiftd" ] && [ -x "$cli" ] || skip "nightshiftd and nightshift are not built"
[ -x "$BIN_DIR/tests/backup_tool" ] || skip "backup_tool is not built"
command -v python3 >/dev/null || skip "no python3"
CHROMIUM=$(command -v chromium || command -v chromium-browser) || skip "no chromium"
export CHROMIUM
unset NIGHTSHIFT_URL NIGHTSHIFT_CA NIGHTSHIFT_TOKEN

work=$(mktemp -d)
dev=
trap '[ -n "$dev" ] && kill "$dev" 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
export HOME=$work PYTHONDONTWRITEBYTECODE=1

# A refused command ends the test, with what it said.
run() {
    "$@" >"$work/out" 2>&1 || { cat "$work/out"; echo "FAIL: $*"; exit 1; }
}

mkfifo "$work/line"
"$cli" dev --dir "$work/service" --port 0 --json >"$work/line" 2>"$work/log" &
dev=$!
read -r -t 60 line <"$work/line" || { cat "$work/log"; echo "FAIL: no service within 60 s"; exit 1; }

mkdir "$work/in" "$work/shots"
for part in system engine scanner; do
    head -c 40000 /dev/urandom >"$work/in/$part.img"
done
run "$cli" package build "$work/in" --family demo --version 4.3.0 --out "$work/demo.tar" --security
run "$cli" release add "$work/demo.tar" --dir "$work/service"
run "$cli" release sign 1 --key "$work/service/keys/engineer-1.key" --dir "$work/service"
run "$cli" release publish 1 --dir "$work/service"

# From here on it is a folder that `nightshift admin restore` made.
kill $dev && wait $dev 2>/dev/null
echo 2026-11-01T03:00:00Z >"$work/service/restored"
"$cli" dev --dir "$work/service" --port 0 --json >"$work/line" 2>"$work/log" &
dev=$!
read -r -t 60 line <"$work/line" || { cat "$work/log"; echo "FAIL: no service within 60 s"; exit 1; }

python3 "$here/page.py" "$line" 1 "$work/shots"
code=$?
[ $code = 0 ] || tail -5 "$work/log"
[ -z "${KEEP_SHOTS:-}" ] || { mkdir -p "$KEEP_SHOTS" && cp "$work"/shots/*.png "$KEEP_SHOTS"; }
exit $code
