#!/bin/bash
# Every command: --help on stdout within 80 columns, exit codes 0 and 2, talk on stderr only.
set -u
cli=${BIN_DIR:?}/nightshift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "FAIL: $*"
    bad=1
}

# expect CODE STREAM WORDS...: the exit code, and that only that stream said something
expect() {
    local code=$1 stream=$2
    shift 2
    "$cli" "$@" >"$work/out" 2>"$work/err" </dev/null
    local got=$?
    [ $got = "$code" ] || fail "$* exits $got, not $code"
    case $stream in
    out) [ -s "$work/out" ] && [ ! -s "$work/err" ] || fail "$* must speak on stdout only" ;;
    err) [ -s "$work/err" ] && [ ! -s "$work/out" ] || fail "$* must speak on stderr only" ;;
    esac
}

fits() {
    local long
    long=$(awk 'length($0) > 80' "$work/out")
    [ -z "$long" ] || fail "$* is wider than 80 columns: $long"
}

unset NIGHTSHIFT_URL NIGHTSHIFT_CA NIGHTSHIFT_TOKEN

expect 2 err
expect 0 out --help
fits --help
expect 0 out help
expect 0 out --version
expect 2 err frobnicate
grep -q frobnicate "$work/err" || fail "an unknown command is not named"

# The commands, one a line: two words or one.
"$cli" --help | sed -nE 's/^  ([a-z-]+)( [a-z-]+)?  .*/\1\2/p' >"$work/commands"
[ "$(wc -l <"$work/commands")" -ge 50 ] || fail "only $(wc -l <"$work/commands") commands are listed"

while read -r noun verb; do
    expect 0 out $noun $verb --help
    fits $noun $verb
    grep -q "^usage: nightshift $noun${verb:+ $verb}" "$work/out" || fail "$noun $verb: no usage"
    case $noun in
    completion | manual) ;; # what they print is for machines already
    *) "$cli" $noun $verb --help | grep -q -- "--json" || fail "$noun $verb: no --json" ;;
    esac
    expect 0 out help $noun $verb
    expect 2 err $noun $verb --frobnicate
    grep -q -- --frobnicate "$work/err" || fail "$noun $verb: the unknown option is not named"
    grep -q "^next: .*--help" "$work/err" || fail "$noun $verb: misuse does not lead to --help"
    [ -n "$verb" ] || continue
    expect 0 out $noun --help
    expect 2 err $noun
    expect 2 err $noun frobnicate
done <"$work/commands"

# Asking a service without saying which one or who asks is misuse; one that does not answer is a refusal.
expect 2 err release list
expect 2 err release list --url https://127.0.0.1:1
expect 1 err release list --url https://127.0.0.1:1 --token x
grep -q '^next: ' "$work/err" || fail "a refusal does not say what to do next"
expect 2 err release list --url https://127.0.0.1:1 --token x --limit 0
expect 2 err release show abc --url https://127.0.0.1:1 --token x
expect 2 err rollout make --release 1 --name x --stage 5x --url https://127.0.0.1:1 --token x
expect 2 err site put x --customer c --zone UTC --window 22-5 --url https://127.0.0.1:1 --token x
expect 2 err tenant patch --url https://127.0.0.1:1 --token x
expect 1 err release list --url ftp://127.0.0.1 --token x

expect 2 err backup show abc --url https://127.0.0.1:1 --token x
expect 2 err backup move nowhere --url https://127.0.0.1:1 --token x
expect 2 err backup move service --recipient age1x --url https://127.0.0.1:1 --token x
expect 2 err backup rule --url https://127.0.0.1:1 --token x
expect 2 err backup diff 1 2
expect 1 err backup open 1 --list --identity "$work/none.key"
expect 2 err backup open 1 --list
expect 2 err restore plan 1 --url https://127.0.0.1:1 --token x
expect 2 err restore start abc --url https://127.0.0.1:1 --token x

# Commands that need no service.
expect 0 "" backup key make "$work/age.key"
[ "$(stat -c %a "$work/age.key")" = 600 ] || fail "an identity is readable by others"
grep -qxE 'age1[0-9a-z]{58}' "$work/out" || fail "backup key make prints no recipient"
cp "$work/out" "$work/recipient"
expect 1 err backup key make "$work/age.key"
expect 0 out backup key show "$work/age.key"
cmp -s "$work/out" "$work/recipient" || fail "backup key show says another recipient"
expect 2 err backup key burn "$work/age.key"
NIGHTSHIFT_PASSPHRASE=secret-word expect 0 "" backup key make "$work/sealed.key" --sealed
NIGHTSHIFT_PASSPHRASE=secret-word expect 0 out backup key show "$work/sealed.key"
NIGHTSHIFT_PASSPHRASE=other-word expect 1 err backup key show "$work/sealed.key"
expect 1 err backup key show "$work/sealed.key"
grep -q '^next: ' "$work/err" || fail "a sealed identity without its passphrase leads nowhere"
! grep -rqs 'secret-word' "$work" || fail "the passphrase lies about"
expect 0 "" key make "$work/k.key" --name k
grep -q '^keyid ' "$work/out" || fail "key make does not print the key id"
expect 1 err key make "$work/k.key" --name k
expect 0 out key show "$work/k.key.pub" --json
[ "$(stat -c %a "$work/k.key")" = 600 ] || fail "a secret key is readable by others"
expect 0 "" init --dir "$work/service" --host updates.example.com --family demo --model demo-1
[ "$(wc -w <"$work/out")" = 1 ] || fail "init prints more than the token to stdout"
! grep -qF "$(cat "$work/out")" -r "$work/service" || fail "init keeps the admin token on disk"
for file in nightshift.conf bootstrap.json tls/ca.pem tls/server.pem tls/server.key trust/DEFAULT/1.root.json \
    trust/DEFAULT/root-3.key trust/DEFAULT/targets.key trust/DEFAULT/online.key; do
    [ -s "$work/service/$file" ] || fail "init does not make $file"
done
expect 1 err init --dir "$work/service" --host updates.example.com
expect 2 err init --dir "$work/other" --host x --cert a.pem
expect 0 "" init --dir "$work/third" --host x --json
grep -q '^{"dir":.*"admin_token":"[0-9a-f]*"' "$work/out" || fail "init --json: $(cat "$work/out")"

# The other programs say who they are and what they take, too.
for program in nightshiftd nightshift-agent nightshift-fleet; do
    "${BIN_DIR:?}/$program" --version | grep -qE "^$program [0-9]" || fail "$program --version"
    long=$("$BIN_DIR/$program" --help | awk 'length($0) > 80')
    [ -z "$long" ] || fail "$program --help is wider than 80 columns: $long"
    "$BIN_DIR/$program" --frobnicate >/dev/null 2>&1
    [ $? = 2 ] || fail "$program takes an unknown option"
done

exit $bad
