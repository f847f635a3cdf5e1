#!/bin/sh
# nightshift package build, inspect, verify as a person types them. Skips where the program was not built.
nightshift=${BIN_DIR:-build}/nightshift
[ -x "$nightshift" ] || { echo "skipped: $nightshift is not built"; exit 77; }
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0

# says CODE WORDS COMMAND...: the exit code, and words somewhere in what it said
says() {
    code=$1 words=$2
    shift 2
    "$@" >out 2>err
    got=$?
    if [ $got != "$code" ] || ! cat out err | grep -qF -e "$words"; then
        echo "$*"
        echo "gave $got, not $code, or did not say \"$words\":"
        cat out err
        failed=1
    fi
}

mkdir in
echo "system image" >in/system.img
echo "engine image" >in/engine.bin
echo '{"bomFormat":"CycloneDX","specVersion":"1.5"}' >bom.json
printf 'Fixes scan to mail.\r\n\r\n\tSecond.\n' >notes

build() {
    "$nightshift" package build in --family aurora --version 4.2.10 "$@"
}
package() {
    "$nightshift" package "$@"
}

says 0 "next: nightshift release add one.tar" build -o one.tar
says 0 "warning: no --sbom" build --out=again.tar
cmp one.tar again.tar || failed=1
says 0 "engine     2.0" build -o two.tar.zst --component-version engine=2.0 --sbom bom.json --notes notes \
    --model "Aurora 4525" --security --cve CVE-2026-12345 --zstd --counter 7 --minutes 20 --reboots 1 \
    --min-version 4.0 --irreversible
says 0 "    Second." package inspect two.tar.zst
says 0 "only the manifest was read" package inspect two.tar.zst
says 0 '"counter":7,"cves":["CVE-2026-12345"]' package inspect two.tar.zst --json
says 0 "every byte is what the manifest says, and what the folder holds" \
    package verify two.tar.zst --dir in --sbom bom.json
says 0 "$(sha256sum <one.tar | cut -d' ' -f1)" package verify one.tar --json

# Other people's tools open it.
[ "$(tar tf one.tar | tr '\n' ' ')" = "manifest.json engine.bin system.img " ] || failed=1
tar xOf one.tar engine.bin | cmp - in/engine.bin || failed=1

# Misused: 2, and a pointer to --help.
says 2 "next: nightshift package build --help" build
says 2 "something is missing: DIR" package build --family a --version 1 -o x
says 2 "counter must be a whole number" build -o x --counter 0
says 2 "written NAME=VERSION" build -o x --component-version engine
says 2 "unknown option --colour" build -o x --colour red

# Refused: 1, the file and the rule.
says 1 'holds no component "fax"' build -o x --component-version fax=1
says 1 "would lie among its own components" build -o in/x
says 1 "the SBOM" build -o x --sbom notes
says 1 "this is no package" package inspect bom.json
says 1 "none.tar" package verify none.tar
head -c 4000 one.tar >cut.tar
says 1 "cut.tar" package verify cut.tar
sed 's/engine image/Engine image/' one.tar >bad.tar
says 1 'entry "engine.bin" is not what the manifest says' package verify bad.tar
echo "fax image" >in/fax.bin
says 1 "in/fax.bin is not in the package" package verify one.tar --dir in
rm in/fax.bin
echo "other engine" >in/engine.bin
says 1 'in/engine.bin is not what the package holds as "engine.bin"' package verify one.tar --dir in
[ ! -e x ] || { echo "a refused build left something behind"; failed=1; }

for verb in build inspect verify; do
    says 0 "usage: nightshift package $verb" package $verb --help
    awk 'length > 80 { print "--help is wider than 80: " $0; bad = 1 } END { exit bad }' out || failed=1
done
exit $failed
