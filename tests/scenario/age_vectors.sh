#!/bin/sh
# The CCTV age vectors (C2SP) against our age room: what must open opens to the byte, what must be refused is refused
# for the right reason. CCTV_AGE_DIR is a folder of them; without it they are taken from the npm package cctv-age.
HERE=$(cd "$(dirname "$0")/../.." && pwd)
tool=$BIN_DIR/tests/age_tool

skip() {
    echo "skipped: $1"
    exit 77
}
[ -x "$tool" ] || skip "age_tool is not built"
command -v python3 >/dev/null || skip "there is no python3"

if [ -z "$CCTV_AGE_DIR" ]; then
    command -v npm >/dev/null && command -v node >/dev/null ||
        skip "CCTV_AGE_DIR names no folder of vectors, and there is no npm to fetch them"
    work=$(mktemp -d) || exit 1
    trap 'rm -rf "$work"' EXIT
    CCTV_AGE_DIR=$work/vectors
    mkdir "$CCTV_AGE_DIR"
    (cd "$work" && timeout 120 npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" cctv-age) \
        >"$work/npm.log" 2>&1 || skip "CCTV_AGE_DIR names no folder of vectors, and npm cannot install cctv-age"
    cat >"$work/write.mjs" <<'END'
import { writeFileSync } from "node:fs";
import * as vectors from "cctv-age";

for (const [name, bytes] of Object.entries(vectors)) writeFileSync(`${process.argv[2]}/${name}`, bytes);
END
    node "$work/write.mjs" "$CCTV_AGE_DIR" || exit 1
fi
PYTHONDONTWRITEBYTECODE=1 python3 "$HERE/tests/age/vectors.py" "$tool" "$CCTV_AGE_DIR"
