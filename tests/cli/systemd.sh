#!/bin/sh
# The unit: systemd understands every line, scores it 1.5 or less, and lets the service make each call that its own
# table leaves it.
unit=${SOURCE_DIR:-.}/tools/systemd/nightshiftd.service
calls=${SOURCE_DIR:-.}/src/base/confine_calls.def

skip() {
    echo "skipped: $1"
    exit 77
}
command -v systemd-analyze >/dev/null || skip "there is no systemd-analyze"
analyze() {
    systemd-analyze --no-pager "$@"
}
analyze security --help 2>&1 | grep -q -e --offline || skip "this systemd-analyze judges no files"
bad=0
export LC_ALL=C

score=$(analyze security --offline=true "$unit" 2>/dev/null | sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p')
echo "score $score"
analyze security --offline=true --threshold=15 "$unit" >/dev/null 2>&1 || { echo "FAILED: at most 1.5"; bad=1; }

# That the program is not installed here says nothing of the unit.
said=$(analyze verify "$unit" 2>&1 | grep -v 'is not executable')
[ -z "$said" ] || { echo "FAILED: $said"; bad=1; }

# expand NAME...: the calls of groups and names
expand() {
    for name in "$@"; do
        case $name in
        @*) # shellcheck disable=SC2046
            expand $(analyze syscall-filter "$name" | sed -n 's/^ \{1,\}\([@a-z0-9_-]*\)$/\1/p') ;;
        *) echo "$name" ;;
        esac
    done
}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
sed -n 's/^SystemCallFilter=//p' "$unit" >"$work/lines"
: >"$work/may"
while read -r line; do
    case $line in
    "~"*) # shellcheck disable=SC2086
        expand ${line#"~"} | sort -u >"$work/less"
        sort -u "$work/may" | comm -23 - "$work/less" >"$work/left" && mv "$work/left" "$work/may" ;;
    *) # shellcheck disable=SC2086
        expand $line >>"$work/may" ;;
    esac
done <"$work/lines"
# Only root's SQLite gives files away.
sed -n 's/^ALLOWED( \([a-z0-9_]*\), *1,.*/\1/p' "$calls" | grep -vx fchown | sort >"$work/asked"
sort -u "$work/may" | comm -13 - "$work/asked" >"$work/missing"
echo "calls: the service keeps $(wc -l <"$work/asked"), the unit allows $(sort -u "$work/may" | wc -l)"
[ ! -s "$work/missing" ] || { echo "FAILED: the unit forbids: $(tr '\n' ' ' <"$work/missing")"; bad=1; }
exit $bad
