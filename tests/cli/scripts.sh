#!/bin/bash
# The scripts of tools/: --help on stdout within 80 columns and 2 for misuse, before anything is installed or built;
# the figures of bench are what its words say.
set -u
tools=${SOURCE_DIR:-$(cd "$(dirname "$0")/../.." && pwd)}/tools
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
bad=0

fail() {
    echo "FAIL: $*"
    bad=1
}

command -v python3 >/dev/null || { echo "skipped: python3 is not installed"; exit 77; }
for script in demo test bench; do
    COLUMNS=80 "$tools/$script" --help >"$work/out" 2>"$work/err" </dev/null || fail "$script --help exits $?"
    [ -s "$work/out" ] && [ ! -s "$work/err" ] || fail "$script --help must speak on stdout only"
    awk 'length($0) > 80 { exit 1 }' "$work/out" || fail "$script --help is wider than 80 columns"
    "$tools/$script" --frobnicate >"$work/out" 2>"$work/err" </dev/null
    [ $? = 2 ] || fail "$script --frobnicate is misuse"
    [ -s "$work/err" ] && [ ! -s "$work/out" ] || fail "$script must refuse on stderr only"
done

# Ratios are taken round by round; a limit is met by the median; nothing is measured against itself.
python3 -B - "$tools/bench.d" <<'P' || fail "bench reports something else than it measured"
import sys
sys.path.insert(0, sys.argv[1])
import report
results = report.Results(True, 3)
results.add("download-1", "a", "s/GB", [1.0, 2.0, 9.0], [2.0, 2.0, 3.0])
results.add("polls", "b", "/s", [30000, 10000, 20000])
results.add("handshake-full", "c", "us", [3.0, 3.0, 3.0], [2.0, 4.0, 2.0])
results.add("start-few", "d", "s", [5.0])
results.close(1)
one, two, three, four = results.rows
assert one["ratio"] == {"median": 1.0, "q1": 0.75, "q3": 2.0, "n": 3}, one
assert one["ours"]["median"] == 2.0 and one["peer"]["median"] == 2.0
assert two["goal"]["is_met"] and "ratio" not in two
assert four["ours"] == {"median": 5.0, "q1": 5.0, "q3": 5.0, "n": 1}
assert results.missed() == ["download-1", "handshake-full"], results.missed()
assert results.table().count("MISSED") == 2
P

exit $bad
