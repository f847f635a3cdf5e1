#!/bin/bash
# A release with a mutant is not configured; without one it is. And the header refuses it, too.
set -euo pipefail
tree=$(mktemp -d)
trap 'rm -rf "$tree"' EXIT

configure() { cmake -C "$SOURCE_DIR/tools/cmake/release.cmake" -G Ninja -S "$SOURCE_DIR" -B "$tree" "$@" 2>&1; }

if said=$(configure -DMUTANT=1); then
    echo "a release with mutant 1 was configured"
    exit 1
fi
grep -q 'only a debug build has mutants' <<<"$said" || { echo "refused for another reason: $said"; exit 1; }
if configure -DMUTANT=one >/dev/null; then
    echo "a mutant that is no number was taken"
    exit 1
fi
configure -DMUTANT=0 >/dev/null || { echo "a release without mutants is not configured"; exit 1; }
grep -qx '#define MUTANT 0' "$tree/made/mutant_seed.h"

echo '#define MUTANT 1' >"$tree/made/mutant_seed.h"
if echo '#include "base/mutant.h"' | cc -DNDEBUG -I"$SOURCE_DIR/src" -I"$tree/made" -fsyntax-only -xc - 2>/dev/null; then
    echo "the header lets a release have mutant 1"
    exit 1
fi
