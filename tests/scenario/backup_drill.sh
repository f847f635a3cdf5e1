#!/bin/sh
# A drill: every backup of 1,000 devices comes back byte for byte from a cold copy of the service's folder, in one
# command; what is damaged, or cannot be opened, is never called well.
. "$(dirname "$0")/../support/service.sh"
need python3 cmp
[ -x "$BIN_DIR/tests/backup_tool" ] || skip "backup_tool is not built"
devices=1000
service_start

mkdir "$WORK/fleet"
tenant=$(api GET /backup-custody | jq -r .recipient)
expect "1,000 devices' settings are sealed" "$BIN_DIR/tests/backup_tool" "$WORK/fleet" $devices "$tenant"
began=$(now_ms)
python3 "$SOURCE_DIR/tests/backup/fleet.py" give "$WORK/fleet" 0 $devices >"$WORK/given" || die "the fleet could not give"
echo "measured: $devices backups acknowledged in $(($(now_ms) - began)) ms"
expect "each was acknowledged" is $devices sh -c "wc -l <'$WORK/given'"
service_stop
cp -a "$DIR" "$WORK/copy"
(cd "$WORK/copy" && find . -type f ! -name '*-shm' ! -name '*-wal' -exec sha256sum {} + | sort) >"$WORK/copy-before"

# ---- all of them -----------------------------------------------------------------------------------

drill() {
    ns backup drill "$WORK/copy" "$@"
}

began=$(now_ms)
expect "one command opens all of them" drill --all --out "$WORK/scratch" --report "$WORK/report.json"
echo "measured: the drill took $(($(now_ms) - began)) ms"
expect "its report says so" jq -e ".signed.ok == \"all\" and .signed.backups.verified == $devices" "$WORK/report.json"
expect "the report is signed by the service's online key" \
    sh -c "[ \$(jq -r '.signatures[0].sig | length' '$WORK/report.json') = 128 ]"

same=0
while read -r device backup; do
    cmp -s "$WORK/fleet/${device#mfp-}.tar" "$WORK/scratch/$device/$backup.tar" && same=$((same + 1))
done <"$WORK/given"
expect "every one is what its device sealed, byte for byte" is $devices echo $same
(cd "$WORK/copy" && find . -type f ! -name '*-shm' ! -name '*-wal' -exec sha256sum {} + | sort) >"$WORK/copy-after"
expect "the copy was not touched" cmp "$WORK/copy-before" "$WORK/copy-after"

# ---- a sample says nothing of the others -------------------------------------------------------------

expect "a sample is opened" drill --sample 7 --seed 4 --report "$WORK/sample.json"
expect "and called a sample" jq -e '.signed.ok == "sample" and .signed.backups.not_chosen == 993' "$WORK/sample.json"
drill --sample 7 --seed 4 --json >"$WORK/again.json" 2>/dev/null
expect "the same seed chooses the same" is "$(jq -c '[.signed.rows[].backup]' "$WORK/sample.json")" \
    jq -c '[.signed.rows[].backup]' "$WORK/again.json"

# ---- what is not well ----------------------------------------------------------------------------------

refused() {
    ! "$@"
}
blob=$(find "$WORK/copy/blobs" -type f -size -1000k | sort | head -1)
printf 'X' | dd of="$blob" bs=1 seek=40 conv=notrunc 2>/dev/null
expect "a changed blob is found" refused drill --all --report "$WORK/damaged.json"
expect "and only that one" jq -e ".signed.ok == \"no\" and .signed.backups.wrong + .signed.backups.unopened == 1 and
    .signed.backups.verified == $devices - 1" "$WORK/damaged.json"
rm -f "$WORK/copy/seal"
expect "without the seal nothing is called well" refused drill --sample 5 --report "$WORK/sealed.json"
expect "and nothing was opened" jq -e '.signed.ok == "no" and .signed.backups.unopened == 5' "$WORK/sealed.json"

service_start
verdict
