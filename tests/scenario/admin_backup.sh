#!/bin/sh
# A service's folder is copied while it is written to; out of the copy a folder is made elsewhere, which starts and serves
# the same bytes. What is damaged on the way is named, and nothing is written over.
. "$(dirname "$0")/../support/service.sh"
service_start
mkdir "$WORK/in"
random_file "$WORK/in/system.img" 300000
random_file "$WORK/in/panel.img" 100000
release=$(make_release "$WORK/in" 1.0) || die "no release"
token=$(device_make printer-1 plain) || die "no device"
assign printer-1 "$release" >/dev/null || die "no action"
metadata=$(curl -fsS --cacert "$CA" "$URL/$TENANT/tuf/image/metadata/timestamp.json") || die "no metadata"
file=demo/1.0/$(sha256sum <"$WORK/in/system.img" | cut -d' ' -f1).system.img

# A writer that never rests: each device that it was told of before the backup began must be in it.
(
    number=0
    while [ ! -e "$WORK/enough" ]; do
        number=$((number + 1))
        api POST /devices "{\"id\":\"made-$number\",\"family\":\"demo\",\"model\":\"demo-200\"}" >/dev/null 2>&1 &&
            echo $number >"$WORK/made.new" && mv "$WORK/made.new" "$WORK/made"
    done
) &
writer=$!
wait_for '[ "$(cat "$WORK/made" 2>/dev/null || echo 0)" -ge 5 ]' || die "nothing is written"
before=$(cat "$WORK/made")
expect "the folder is copied while it serves" sh -c "'$BIN_DIR/nightshift' admin backup '$WORK/backup' --dir '$DIR' --json >'$WORK/copied'"
expect "with every blob" is "2 400000" jq -r '"\(.blobs) \(.bytes)"' "$WORK/copied"
: >"$WORK/enough"
wait $writer
expect "the service took more meanwhile" test "$(cat "$WORK/made")" -gt "$before"

expect "what is there is not written over" sh -c "! '$BIN_DIR/nightshift' admin backup '$WORK/backup' --dir '$DIR'"
expect "nor is a service's folder" sh -c "! '$BIN_DIR/nightshift' admin restore '$WORK/backup' --dir '$DIR'"
expect "no folder of a service, no backup" sh -c "! '$BIN_DIR/nightshift' admin backup '$WORK/none' --dir '$WORK/in'"

# ---- damage ------------------------------------------------------------------------------------------------

blob=$(find "$WORK/backup/blobs" -type f -size +200k | head -1)
bad() {
    cp -r "$WORK/backup" "$WORK/bad" && "$@"
}
flip() {
    printf 'X' | dd of="$1" bs=1 seek="$2" conv=notrunc 2>/dev/null
}
refused() {
    ! ns admin restore "$WORK/bad" --dir "$WORK/from-bad" 2>"$WORK/why" && grep -q "$1" "$WORK/why"
    refusal=$?
    rm -rf "$WORK/bad" "$WORK/from-bad"
    return $refusal
}
bad flip "$WORK/bad/blobs/${blob#"$WORK/backup/blobs/"}" 1000
expect "a blob that went bad is not brought back" refused 'holds the bytes of'
bad rm "$WORK/bad/blobs/${blob#"$WORK/backup/blobs/"}"
expect "nor is one that is missing" refused 'missing'
bad flip "$WORK/bad/nightshift.db" 5000
expect "nor another database" refused 'not the one that was backed up'
bad rm "$WORK/bad/backup.json"
expect "nor a backup that was cut short" refused 'no whole backup'

# ---- scrub -------------------------------------------------------------------------------------------------

expect "a scrub finds nothing" ns admin scrub "$DIR"
flip "$DIR/blobs/${blob#"$WORK/backup/blobs/"}" 1000
found=0
read=0
for part in 1 2 3; do
    ns admin scrub "$DIR" --subset $part/3 --json >"$WORK/scrub.json" 2>"$WORK/scrub.err" ||
        { found=$((found + 1)) && grep -q "bad blob $(basename "$blob")" "$WORK/scrub.err" || found=9; }
    read=$((read + $(jq .blobs_read "$WORK/scrub.json")))
done
expect "one of three parts names the blob that went bad" test $found = 1
expect "and the parts together are all" test $read = 2
expect "a part that there is not is misuse" sh -c "'$BIN_DIR/nightshift' admin scrub '$DIR' --subset 4/3; [ \$? = 2 ]"
expect "a backup of it is refused, and names it" sh -c \
    "! '$BIN_DIR/nightshift' admin backup '$WORK/second' --dir '$DIR' 2>'$WORK/why' && grep -q 'holds the bytes of' '$WORK/why'"

# ---- elsewhere ----------------------------------------------------------------------------------------------

service_stop
old=$DIR
expect "a folder is made out of the backup" ns admin restore "$WORK/backup" --dir "$WORK/elsewhere"
DIR=$WORK/elsewhere
service_start
expect "it starts, and its bytes are the same" sh -c \
    "curl -fsS --cacert '$CA' '$URL/$TENANT/tuf/image/targets/$file' | cmp - '$WORK/in/system.img'"
expect "so is what clients verify" sh -c "curl -fsS --cacert '$CA' '$URL/$TENANT/tuf/image/metadata/timestamp.json' |
    jq -e --argjson before '$metadata' '.signed.version >= \$before.signed.version'"
expect "a device's token works" is 200 ddi_status "$token" GET /printer-1
expect "its action is there" sh -c "'$BIN_DIR/nightshift' device history printer-1 --json | jq -e '.items | length == 1'"
expect "and each device that was told of before" is 200 api_status GET "/devices/made-$before"
expect "the audit log still verifies" ns store check "$DIR"
expect "and it takes more" device_make printer-2 plain
service_stop

# A file of the newest release is gone, or a page is no page any more: the start says what brings it back.
service_starts_not() {
    "$BIN_DIR/nightshiftd" --dir "$old" --port 0 2>"$WORK/why"
    [ $? = 1 ] && grep -q 'nightshift admin restore BACKUP --dir NEW' "$WORK/why"
}
blob=$(find "$old/blobs" -type f -name "$(sha256sum <"$WORK/in/system.img" | cut -d' ' -f1)*")
mv "$blob" "$WORK/gone" || die "there is no blob of the release"
expect "with a missing file it does not start, and says what helps" service_starts_not
mv "$WORK/gone" "$blob"
cp "$old/nightshift.db" "$WORK/whole.db"
sqlite3 "$old/nightshift.db" 'PRAGMA wal_checkpoint(TRUNCATE)' >/dev/null
last=$(($(stat -c %s "$old/nightshift.db") / 4096 - 1))
head -c 4096 /dev/urandom | dd of="$old/nightshift.db" bs=4096 seek=$last conv=notrunc 2>/dev/null
expect "with a damaged page at the end it does not start, and says what helps" service_starts_not
cp "$WORK/whole.db" "$old/nightshift.db"
printf 'no database at all' | dd of="$old/nightshift.db" conv=notrunc 2>/dev/null
rm -f "$old/nightshift.db-wal" "$old/nightshift.db-shm"
"$BIN_DIR/nightshiftd" --dir "$old" --port 0 2>"$WORK/why"
expect "a damaged database does not start" test $? = 1
expect "and names the command that brings it back" grep -q 'nightshift admin restore BACKUP --dir NEW' "$WORK/why"
verdict
