#!/bin/bash
# Builds each mutant of table.txt (or those named) and runs the test that must catch it. See README.md.
set -euo pipefail
cd "$(dirname "$0")/../.."
. tools/lib/setup.sh

tree=$build_root/mutants
wanted=" $* "

# rows: number file targets test breaks...
rows() {
    grep -vE '^(#|$)' tests/mutants/table.txt |
        while read -r number rest; do
            [ "$wanted" = "  " ] || [[ $wanted == *" $number "* ]] || continue
            echo "$number $rest"
        done
}

# sow NUMBER TARGETS: only files that have mutants are compiled again
sow() {
    cmake -DMUTANT="$1" "$tree" >"$tree/sow.log" 2>&1 && ninja -C "$tree" ${2//,/ } >>"$tree/sow.log" 2>&1 || {
        tail -20 "$tree/sow.log" >&2
        echo "mutant $1 does not build" >&2
        exit 2
    }
}

# passes TEST: 0 passed, 1 failed; nothing to run, or only skipped, is neither
passes() {
    local rc=0
    ctest --test-dir "$tree" --output-on-failure -R "^($1)\$" --no-tests=error >"$tree/test.log" 2>&1 || rc=$?
    if grep -qE 'No tests were found|\(Skipped\)|\(Not Run\)' "$tree/test.log"; then
        cat "$tree/test.log" >&2
        echo "test $1 did not run" >&2
        exit 2
    fi
    return $rc
}

mapfile -t table < <(rows)
[ ${#table[@]} -gt 0 ] || { echo "no such mutant in tests/mutants/table.txt:$wanted" >&2; exit 2; }

[ -f "$tree/build.ninja" ] || cmake -C tools/cmake/debug.cmake -G Ninja -S . -B "$tree" >&2

say "without a mutant, every test must pass"
sow 0 "$(printf '%s\n' "${table[@]}" | awk '{print $3}' | sort -u | paste -sd,)"
for test in $(printf '%s\n' "${table[@]}" | awk '{print $4}' | sort -u); do
    passes "$test" || { cat "$tree/test.log"; echo "$test fails without any mutant"; exit 2; }
done

survived=
for row in "${table[@]}"; do
    read -r number file targets test breaks <<<"$row"
    sow "$number" "$targets"
    begun=$(date +%s%N)
    if passes "$test"; then
        answer=SURVIVED
        survived="$survived $number"
    else
        answer=caught
    fi
    took=$((($(date +%s%N) - begun) / 1000000))
    printf '%-8s %2s  %s (%s, by %s, %d.%d s)\n' $answer "$number" "$breaks" "$file" "$test" \
        $((took / 1000)) $((took % 1000 / 100))
    grep -aohE 'caught: .*' "$tree/test.log" | head -1 | sed 's/^/             /' || true
done
sow 0 "$(echo "${table[0]}" | awk '{print $3}')"

if [ -n "$survived" ]; then
    echo "${#table[@]} mutants, survived:$survived"
    exit 1
fi
echo "${#table[@]} mutants, all caught"
