#!/bin/bash
# Bash completion and the manual page come from the table of commands and know all of it.
set -u
cli=${BIN_DIR:?}/nightshift
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "FAIL: $*"
    bad=1
}

"$cli" completion bash >"$work/completion" || fail "completion bash exits $?"
bash -n "$work/completion" || fail "completion is no bash"
# shellcheck disable=SC1091
. "$work/completion"

# complete_words WORDS...: what is offered for the last of them
complete_words() {
    COMP_WORDS=(nightshift "$@")
    COMP_CWORD=$#
    COMPREPLY=()
    _nightshift
    echo " ${COMPREPLY[*]} "
}

offers() {
    local word=$1
    shift
    case $(complete_words "$@") in
    *" $word "*) ;;
    *) fail "after '$*' $word is not offered" ;;
    esac
}

"$cli" --help | sed -nE 's/^  ([a-z-]+)( [a-z-]+)?  .*/\1\2/p' >"$work/commands"
"$cli" manual >"$work/manual" || fail "manual exits $?"
while read -r noun verb; do
    offers "$noun" "${noun:0:2}"
    [ -z "$verb" ] || offers "$verb" "$noun" "${verb:0:1}"
    grep -qF "nightshift $noun${verb:+ ${verb//-/\\-}}" "$work/manual" || fail "the manual lacks $noun $verb"
    for option in $("$cli" $noun $verb --help | sed -nE 's/^  --([a-z-]+).*/\1/p'); do
        offers "--$option" "$noun" $verb "--${option:0:1}"
        grep -qF -- "\\-\\-${option//-/\\-}" "$work/manual" || fail "the manual lacks --$option"
    done
done <"$work/commands"

if command -v man >/dev/null; then
    MANWIDTH=80 man --warnings -l "$work/manual" >"$work/page" 2>"$work/complaints"
    [ ! -s "$work/complaints" ] || fail "man complains: $(head -3 "$work/complaints")"
    grep -q 'EXIT STATUS' "$work/page" || fail "the page has no end"
fi

exit $bad
