#!/bin/sh
# An old database is put back under a service: it goes on, and says so until somebody accepts it, in its log, in the audit
# log, in the figures and in `trust status`. A restart, a kill and a backup beside it are no such thing; a restored folder is
# told of as what it is.
. "$(dirname "$0")/../support/service.sh"
. "$SUPPORT/processes.sh"
. "$SUPPORT/ceremony.sh"
service_start

# again: the service starts once more, with a log of its own
again() {
    cat "$WORK/service.log" >>"$WORK/service.all" && rm "$WORK/service.log"
    service_start
}
figure() {
    curl -sS --cacert "$CA" -H "Authorization: Bearer $ADMIN" "$URL/metrics" |
        sed -n 's/^nightshift_store_set_back{tenant="DEFAULT"} //p'
}
state() { ns trust status --json 2>/dev/null | jq -r '.store.state // "none"'; }
told() { grep -c ' store.set-back ' "$WORK/service.log"; }
makes() { for name in "$@"; do device_make "$name" plain >/dev/null || return 1; done; }
# directed DEVICE: a device that never asked gets a signed word; prints the status
directed() { token=$(device_make "$1" plain) && ask status "TargetToken $token" GET "$URL/$TENANT/tuf/director/$1/metadata/timestamp.json"; }
silent() {
    expect "$1: nothing is told" is 0 told
    expect "$1: the figure is 0" is 0 figure
    expect "$1: nor by trust status" is none state
}

# ---- what is no setback -------------------------------------------------------------------------------------------

silent "a new service"
expect "there is nothing to accept" refuses 1 "nothing to accept" ns trust accept --reason test
makes one two
service_stop
again
silent "a restart"
makes three
kill -9 "$(parent_of "$(signer_pid)")"
service_stop
again
silent "a start after a kill"

# ---- an old database is put back ------------------------------------------------------------------------------------

expect "a device is directed" is 200 directed first
service_stop
mkdir "$WORK/old" && cp "$DIR"/nightshift.db* "$WORK/old/"
again
makes four five six
expect "the service goes on" is 200 directed second
service_stop
rm -f "$DIR"/nightshift.db*
cp "$WORK/old"/nightshift.db* "$DIR/"
again
expect "it is told at the start" is 1 told
expect "what, and where to look" grep -q ' error store.set-back tenant=DEFAULT kind=older .*put back: its audit log ends at record .*next="nightshift trust status"' "$WORK/service.log"
expect "the figure says so" is 1 figure
expect "trust status says what happened" sh -c "'$BIN_DIR/nightshift' trust status 2>/dev/null | grep -q '^ALARM: an older database was put back'"
expect "and what to do" sh -c "'$BIN_DIR/nightshift' trust status 2>&1 >/dev/null | grep -q 'nightshift trust accept --reason'"
expect "and as JSON" sh -c "'$BIN_DIR/nightshift' trust status --json 2>/dev/null |
    jq -e '.store | .state == \"older\" and .seen_record > .last_record and (.noticed | length) > 0'"
expect "the audit log has it" sh -c "'$BIN_DIR/nightshift' audit list --json | jq -e '[.items[] | select(.what == \"store.set-back\")] | length == 1'"
expect "machines are served meanwhile" is 200 directed third

service_stop
again
expect "it stands after a restart" is 1 told
expect "as the figure says" is 1 figure
expect "and is noted once" sh -c "'$BIN_DIR/nightshift' audit list --json | jq -e '[.items[] | select(.what == \"store.set-back\")] | length == 1'"
expect "a reason is wanted" sh -c "'$BIN_DIR/nightshift' trust accept 2>/dev/null; [ \$? = 2 ]"
expect "somebody accepts it" ns trust accept --reason "we put it back"
expect "then the figure is 0" is 0 figure
expect "and trust status says nothing" is none state
expect "twice there is nothing to accept" refuses 1 "nothing to accept" ns trust accept --reason again
makes seven eight nine ten
service_stop
again
silent "a restart after that"

# ---- the same, written on: the numbers are there again ----------------------------------------------------------------

service_stop
cp "$DIR"/nightshift.db* "$WORK/old/"
again
makes eleven
service_stop
rm -f "$DIR"/nightshift.db*
cp "$WORK/old"/nightshift.db* "$DIR/"
sqlite3 "$DIR/nightshift.db" 'SELECT 1' >/dev/null 2>&1 && can_write=yes
if [ -n "$can_write" ]; then
    # by hand, as somebody would who hides the gap
    sqlite3 "$DIR/nightshift.db" "INSERT INTO audit (tenant_id, at_ms, no, who, role, what, object, detail, source, request_id, digest)
        SELECT tenant_id, at_ms, no + n, who, role, what, object, detail, source, request_id, digest
        FROM audit, (SELECT 1 AS n UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 UNION SELECT 6 UNION SELECT 7 UNION SELECT 8)
        WHERE no = (SELECT MAX(no) FROM audit)"
    again
    expect "one that was written on is told of, too" grep -q ' error store.set-back tenant=DEFAULT kind=other ' "$WORK/service.log"
    expect "as another database" is other state
    expect "it is accepted" ns trust accept --reason test
    service_stop
else
    echo "skipped: there is no sqlite3"
fi

# ---- a restored folder --------------------------------------------------------------------------------------------------

rm -rf "$DIR"
again
if [ -x "$BIN_DIR/nightshift-agent" ]; then
    has_agent=yes
else
    echo "skipped: there is no nightshift-agent"
fi
# agent OPTION...: a machine checks in, and looks at what is signed when a second has passed
agent() {
    "$BIN_DIR/nightshift-agent" --dir "$WORK/mfp" --url "$URL" --ca "$CA" --id mfp-a --family demo --model demo-200 \
        --component system=4.2.0 --no-backups --look 1 --once "$@" 2>>"$WORK/agent.log"
}
served() { curl -fsS --cacert "$CA" "$URL/$TENANT/tuf/image/metadata/timestamp.json" | jq -r .signed.version; }
says() { api GET /devices/mfp-a | jq -r ".report.signed_report.signed$1"; }
agrees() { wait_for 'agent; [ "$(says .image.timestamp)" = "$(served)" ] && [ "$(says .attack)" = none ]'; }
signs() {
    ns trust show root --out "$WORK/to-sign" --before "$WORK/in-force" &&
        alone trust sign "$1" "$WORK/to-sign" --before "$WORK/in-force" >"$WORK/sig" && ns trust submit root "$WORK/sig"
}
if [ -n "$has_agent" ]; then
    claim=$(api POST /claims '{"controller_id":"mfp-a"}' | jq -re '.claims[0].code')
    expect "a machine enrols" agent --claim "$claim"
    expect "and looks at what is signed" agrees
fi

makes one two
expect "a folder is backed up" ns admin backup "$WORK/backup" --dir "$DIR"
makes three four five
for family in extra further; do ns family add $family --model $family-1 >>"$WORK/cli.log" 2>&1; done
[ -z "$has_agent" ] || expect "the machine sees what is signed later" agrees
seen=$(served)
service_stop
expect "and restored elsewhere" ns admin restore "$WORK/backup" --dir "$WORK/restored"
made=$(jq -r .made "$WORK/backup/backup.json")
DIR=$WORK/restored
again
expect "a restored folder is told of as such" grep -q " warn store.set-back tenant=DEFAULT kind=restored .*restored from a backup of $made" "$WORK/service.log"
expect "the figure says so" is 1 figure
expect "trust status, too, with its time" sh -c "'$BIN_DIR/nightshift' trust status --json 2>/dev/null |
    jq -e --arg made '$made' '.store | .state == \"restored\" and .backup == \$made'"
expect "and what to do" sh -c "'$BIN_DIR/nightshift' trust status 2>&1 >/dev/null | grep -q 'revoke again .*trust stage root --new-online.*trust accept'"
expect "its machines are served" is 200 directed late
if [ -n "$has_agent" ]; then
    expect "what is signed is older than what was" test "$(served)" -lt "$seen"
    expect "the machine refuses it, and says so" wait_for 'agent; [ "$(says .attack)" = rollback ]'
    expect "the online key is renewed, as told" ns trust stage root --new-online
    for officer in 1 2; do expect "officer $officer signs" signs "$DIR/trust/$TENANT/root-$officer.key"; done
    expect "it is published" ns trust publish
    expect "and the machine follows" agrees
fi
service_stop
again
expect "it stands after a restart" is restored state
expect "until it is accepted" ns trust accept --reason "the disk died"
service_stop
again
silent "a restart after that"
verdict
