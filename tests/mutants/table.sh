#!/bin/bash
# Every mutant of the code has its row, every row its mutant in that file, every test is there, no number twice.
set -euo pipefail
cd "$SOURCE_DIR"
bad=0
complain() { echo "$*"; bad=1; }

rows=$(grep -vE '^(#|$)' tests/mutants/table.txt)
tests=$(ctest --test-dir "$BIN_DIR" -N | sed -n 's/^ *Test *#[0-9]*: //p')

while read -r number file targets test breaks; do
    [ -n "$breaks" ] || complain "mutant $number: a column is missing"
    grep -qE "MUTANT_IS\($number\)" "$file" || complain "mutant $number is not in $file"
    grep -qxE "$test" <<<"$tests" || complain "mutant $number: no test $test"
    [ "$targets" = all ] || for target in ${targets//,/ }; do
        ninja -C "$BIN_DIR" -t query "$target" >/dev/null 2>&1 || complain "mutant $number: no target $target"
    done
done <<<"$rows"

for number in $(awk '{print $1}' <<<"$rows" | sort | uniq -d); do
    complain "mutant $number is in the table twice"
done
for number in $(grep -rohE 'MUTANT_IS\([0-9]+\)' src store signing tools | tr -dc '0-9\n' | sort -u); do
    grep -qE "^$number " <<<"$rows" || complain "mutant $number is in the code and not in the table"
done
exit $bad
