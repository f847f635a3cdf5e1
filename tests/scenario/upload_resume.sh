#!/bin/bash
# An upload that is killed goes on at the byte where the service stopped receiving, also after the service itself
# was killed and started again; what arrives is what was sent.
set -u
cli=${BIN_DIR:?}/nightshift
[ -x "$BIN_DIR/nightshiftd" ] || { echo "nightshiftd is not built"; exit 77; }
work=$(mktemp -d)
dev= sending=
trap 'kill $dev $sending 2>/dev/null; wait 2>/dev/null; rm -rf "$work"' EXIT
export HOME=$work XDG_STATE_HOME=$work/state
unset NIGHTSHIFT_URL NIGHTSHIFT_CA NIGHTSHIFT_TOKEN
bad=0
size=$((24 * 1024 * 1024))

fail() {
    echo "FAIL: $*"
    bad=1
}

mkfifo "$work/line"
start() {
    "$cli" dev --dir "$work/service" --json "$@" >"$work/line" 2>>"$work/log" &
    dev=$!
    read -r -t 60 line <"$work/line" || { cat "$work/log"; fail "no service"; exit 1; }
    url=$(printf '%s' "$line" | sed 's/.*"url":"\([^"]*\)".*/\1/')
    token=$(cat "$work/service/admin.token")
}

# What the service says it has of the upload that is remembered.
offset() {
    local where
    where=$(sed -n 's/.*"upload":"\([^"]*\)".*/\1/p' "$work"/state/nightshift/uploads/*.json 2>/dev/null)
    [ -n "$where" ] || { echo 0; return; }
    curl -sS --cacert "$work/service/tls/ca.pem" -I -H "Authorization: Bearer $token" -H 'Tus-Resumable: 1.0.0' \
        "$url$where" 2>/dev/null | tr -d '\r' | sed -n 's/^[Uu]pload-[Oo]ffset: //p' | grep . || echo 0
}

# await BYTES: until the service has more than that many
await() {
    for _ in $(seq 300); do
        [ "$(offset)" -gt "$1" ] && return
        sleep 0.1
    done
    fail "the service never had more than $1 bytes"
}

add=("$cli" release add "$work/fw.swu" --family demo --version 9.1 --dir "$work/service")

command -v curl >/dev/null || { echo "curl is needed to look at the upload"; exit 77; }
head -c $size /dev/urandom >"$work/fw.swu"
start

# Killed for the first time.
"${add[@]}" --speed-max 4000000 >"$work/out" 2>"$work/err" &
sending=$!
await 1000000
kill -KILL $sending
wait $sending 2>/dev/null
had=$(offset)
[ "$had" -gt 0 ] && [ "$had" -lt $size ] || fail "after the kill the service has $had bytes"

# Again; this time the service dies under it, and comes back while the command still tries.
"${add[@]}" --speed-max 4000000 >"$work/out" 2>"$work/err" &
sending=$!
await $((had + 1000000))
grep -q "going on at byte" "$work/err" || fail "it did not say where it goes on"
went=$(sed -n 's/.*going on at byte \([0-9]*\) .*/\1/p' "$work/err" | head -1)
[ "${went:-0}" -ge "$had" ] || fail "it went on at ${went:-nowhere}, the service had $had"
kill -KILL "$(ps -o pid= --ppid $dev)"
wait $dev && fail "dev calls a killed service a good end"
start --port "${url##*:}"
[ "$(offset)" -ge "$went" ] || fail "the restarted service forgot acknowledged bytes"
wait $sending
code=$?
sending=
[ $code = 0 ] || { cat "$work/err"; fail "release add exits $code"; }
grep -q "trying again" "$work/err" || fail "it did not notice the cut"
grep -q "same bytes: sha256 $(sha256sum <"$work/fw.swu" | cut -d' ' -f1)" "$work/err" || fail "the hashes were not compared"
"$cli" release show 1 --dir "$work/service" --json >"$work/release" 2>/dev/null || fail "there is no release"
grep -q "$(sha256sum <"$work/fw.swu" | cut -d' ' -f1)" "$work/release" || fail "the release has other bytes"
[ -z "$(ls "$work/state/nightshift/uploads")" ] || fail "a finished upload is still remembered"

# The same command again changes nothing.
"${add[@]}" >/dev/null 2>"$work/err" || fail "the second time is refused: $(cat "$work/err")"
[ "$("$cli" release list --dir "$work/service" --json | grep -o '"id":[0-9]*,"family"' | wc -l)" = 1 ] ||
    fail "there are two releases"

# A file that changed under a remembered upload begins anew.
head -c $size /dev/urandom >"$work/fw2.swu"
"$cli" upload send "$work/fw2.swu" --dir "$work/service" --speed-max 4000000 >/dev/null 2>"$work/err" &
sending=$!
await 1000000
kill -KILL $sending
wait $sending 2>/dev/null
sending=
head -c 1000000 /dev/urandom >"$work/fw2.swu"
"$cli" upload send "$work/fw2.swu" --dir "$work/service" >/dev/null 2>"$work/err" || fail "$(cat "$work/err")"
grep -q "beginning anew" "$work/err" || fail "a changed file is continued"

exit $bad
