#!/bin/sh
# The people's half of backups, as a story of commands in both custodies. The service's: a rule, a backup asked for,
# held, compared, planned for the same machine and for another model, approved by a second person, restored and
# compared. Then the customer takes the key: the service cannot compare or plan any more, the command does both here;
# the key changes hands once more and goes back. The devices are made of curl, bsdtar and our age.
. "$(dirname "$0")/../support/service.sh"
need sha256sum bsdtar
AGE=$BIN_DIR/tests/age_tool
[ -x "$AGE" ] || skip "age_tool is not built"
service_start
[ "$(api_status GET /backup-custody)" = 200 ] || skip "this service takes no backups"

# ---- a device made of curl -------------------------------------------------------------------------------

# machine ID MODEL SERIAL: known to the service, with a recipient of its own
machine() {
    api POST /devices "{\"id\":\"$1\",\"family\":\"demo\",\"model\":\"$2\",\"serial\":\"$3\"}" |
        jq -re .token >"$WORK/$1.token" || die "no device $1"
    printf '%s %s\n' "$2" "$3" >"$WORK/$1.who"
    "$AGE" keygen "$WORK/$1.key" | grep -o 'age1[0-9a-z]*' >"$WORK/$1.pub"
    is 204 from "$1" PUT recipient "{\"recipient\":\"$(cat "$WORK/$1.pub")\"}" || die "$1 has no recipient"
}

# from DEVICE METHOD PATH [JSON]: the status
from() {
    who=$1 method=$2 path=/$1/$3
    shift 3
    ddi_status "$(cat "$WORK/$who.token")" "$method" "$path" "$@"
}

says() {
    ddi "$(cat "$WORK/$1.token")" GET "/$1$2"
}

# settings DEVICE HOSTNAME PASSWORD: what the device holds now
settings() {
    mkdir -p "$WORK/$1.d"
    cat >"$WORK/$1.d/addressbook.json" <<-END
	{"items":[{"id":"1","fields":{"kind":"entry","mail":"ann@example.com","name":"Ann of the Department of Long Names"}},{"id":"2","fields":{"kind":"entry","name":"Bob"}}]}
	END
    printf '{"items":[{"id":"t1","fields":{"job":"copy","name":"minutes","staple":"saddle"}}]}' >"$WORK/$1.d/templates.json"
    printf '{"items":[{"id":"lan","fields":{"community":"%s","hostname":"%s"}}]}' "$3" "$2" >"$WORK/$1.d/network.json"
    tr -d '\n' <"$WORK/$1.d/addressbook.json" >"$WORK/x" && mv "$WORK/x" "$WORK/$1.d/addressbook.json"
}

# pack DEVICE: its settings as a snapshot, in DEVICE.tar
pack() {
    read -r model serial <"$WORK/$1.who"
    list=
    for name in addressbook templates network; do
        file=$WORK/$1.d/$name.json
        list="$list{\"name\":\"$name\",\"class\":\"customer\",\"items\":$(jq '.items | length' "$file"),"
        list="$list\"size\":$(stat -c %s "$file"),\"sha256\":\"$(sha256sum <"$file" | cut -c1-64)\"},"
    done
    printf '{"schema":"nightshift-backup-1","model":"%s","family":"demo","firmware":{"system":"4.2.0"},"serial":"%s",' \
        "$model" "$serial" >"$WORK/$1.d/backup.json"
    printf '"controller_id":"%s","time":"2026-09-02T10:00:00Z","categories":[%s]}' "$1" "${list%,}" \
        >>"$WORK/$1.d/backup.json"
    bsdtar -C "$WORK/$1.d" --format pax -b 1 -cf "$WORK/$1.tar" backup.json addressbook.json templates.json network.json
}

b64() {
    printf %s "$1" | base64 -w 0
}

# backup DEVICE TRIGGER [RESTORE]: seals what it holds, sends it, prints the backup's id
backup() {
    pack "$1"
    tenant=$(says "$1" /backups | jq -re '.recipients[0]') || return 1
    others=$(says "$1" /backups | jq -r '.recipients[1:] | join(" ")')
    own=$(cat "$WORK/$1.pub")
    # shellcheck disable=SC2086
    "$AGE" seal "$tenant" "$own" $others <"$WORK/$1.tar" >"$WORK/$1.age" || return 1
    metadata="trigger $(b64 "$2"),taken $(b64 2026-09-02T10:00:00Z),model $(b64 "$model"),serial $(b64 "$serial")"
    metadata="$metadata,firmware $(b64 system=4.2.0),categories $(b64 addressbook=2,templates=1,network=1)"
    metadata="$metadata,recipients $(b64 "$tenant $own${others:+ $others}")${3:+,restore $(b64 "$3")}"
    curl -sS --fail-with-body --max-time 30 --cacert "$CA" -H "Authorization: TargetToken $(cat "$WORK/$1.token")" \
        -H 'Tus-Resumable: 1.0.0' -H "Upload-Length: $(stat -c %s "$WORK/$1.age")" -H "Upload-Metadata: $metadata" \
        -H 'Content-Type: application/offset+octet-stream' --data-binary "@$WORK/$1.age" -D "$WORK/head" \
        "$URL/$TENANT/controller/v1/$1/backups" >"$WORK/refusal" || { cat "$WORK/refusal" >&2; return 1; }
    tr -d '\r' <"$WORK/head" | sed -n 's/^[Nn]ightshift-[Bb]ackup: //p' | grep .
}

# take DEVICE RESTORE: redeems it, fetches it into DEVICE.got.age, opens it into DEVICE.got.tar
take() {
    nonce=$(head -c 16 /dev/urandom | od -An -tx1 | tr -d ' \n')
    ddi "$(cat "$WORK/$1.token")" POST "/$1/restores/$2/redeem" "{\"nonce\":\"$nonce\"}" >"$WORK/$1.ticket" || return 1
    curl -sS --fail --max-time 30 --cacert "$CA" -H "Authorization: TargetToken $(cat "$WORK/$1.token")" \
        -o "$WORK/$1.got.age" "$(jq -r .href "$WORK/$1.ticket")" || return 1
    is "$(jq -r .size "$WORK/$1.ticket")" stat -c %s "$WORK/$1.got.age" &&
        "$AGE" open -i "$WORK/$1.key" <"$WORK/$1.got.age" >"$WORK/$1.got.tar"
}

# tell DEVICE RESTORE: all of it is applied
tell() {
    results='{"categories":['
    for name in $(bsdtar tf "$WORK/$1.got.tar" | sed -n 's/\.json$//p' | grep -v '^backup$'); do
        results="$results{\"name\":\"$name\",\"result\":\"applied\",\"items\":1,\"text\":\"\"},"
    done
    is 204 from "$1" PUT "restores/$2/result" "${results%,}]}" || return 1
    action=$(says "$1" "" | jq -r '._links.deploymentBase.href' | sed 's,.*/deploymentBase/,,; s,?.*,,')
    is 200 from "$1" POST "deploymentBase/$action/feedback" \
        "{\"id\":\"$action\",\"status\":{\"execution\":\"closed\",\"result\":{\"finished\":\"success\"},\"details\":[\"restored\"]}}"
}

# ---- small things -------------------------------------------------------------------------------------------

# refused CODE WORDS COMMAND...: the command ends with CODE and says WORDS and what to do next
refused() {
    code=$1 words=$2
    shift 2
    "$@" >"$WORK/said" 2>&1 </dev/null
    got=$?
    cat "$WORK/said"
    [ $got = "$code" ] && grep -qF -e "$words" "$WORK/said" && grep -q '^next: ' "$WORK/said"
}

# shows WORDS COMMAND...
shows() {
    words=$1
    shift
    "$@" </dev/null >"$WORK/said" 2>&1 || { cat "$WORK/said"; return 1; }
    cat "$WORK/said"
    grep -qF -e "$words" "$WORK/said"
}

# hides WORDS COMMAND...
hides() {
    words=$1
    shift
    "$@" </dev/null >"$WORK/said" 2>&1 || { cat "$WORK/said"; return 1; }
    cat "$WORK/said"
    ! grep -qF -e "$words" "$WORK/said"
}

# plan BACKUP DEVICE ...: prints the restore's id, leaves the plan in $WORK/plan
plan() {
    of=$1 to=$2
    shift 2
    ns restore plan "$of" --device "$to" "$@" >"$WORK/plan" 2>"$WORK/plan.next" || { cat "$WORK/plan.next" >&2; return 1; }
    ns restore list --device "$to" --json 2>>"$WORK/cli.log" | jq -re '[.items[].id] | max'
}

state() {
    ns restore show "$1" --json 2>>"$WORK/cli.log" | jq -r .state
}

# ---- the service's custody ------------------------------------------------------------------------------------

machine mfp-1 demo-200 SN-1
machine mfp-3 demo-300 SN-3
settings mfp-1 print-7 swordfish-1

expect "the service has the key, as a new tenant's" shows service ns backup custody
expect "asking for that changes nothing" shows 'that is so already' ns backup move service
before=$(ns backup custody --json | jq -r .recipient)
expect "unless a new key is asked for" ns backup move service --rotate
expect "devices seal to that one" sh -c "'$BIN_DIR/nightshift' backup custody --json | jq -e '.recipient != \"$before\"'"
expect "a rule is set" shows 'locked for days' \
    ns backup rule --keep-last 30 --keep-daily 7 --lock-days 0 --quota 50M --approval off --consent off
ns backup rule --every 24 >>"$WORK/cli.log" 2>&1
expect "what was not given stays as it was" is '30 50000000' \
    sh -c "'$BIN_DIR/nightshift' backup rules --json | jq -r '.items[] | select(.customer == \"\") | \"\\(.keep_last) \\(.quota_bytes)\"'"

expect "a technician asks for a backup" ns backup request mfp-1
expect "the device hears of it" sh -c "curl -sS --cacert '$CA' -H 'Authorization: TargetToken $(cat "$WORK/mfp-1.token")' \
    '$URL/$TENANT/controller/v1/mfp-1' | jq -re ._links.backups.href"
first=$(backup mfp-1 technician) || die "no first backup"
settings mfp-1 print-8 swordfish-2
second=$(backup mfp-1 panel) || die "no second backup"

expect "both are listed" is 2 sh -c "'$BIN_DIR/nightshift' backup list --device mfp-1 --json | jq '.items | length'"
expect "one is shown with those who can open it" shows "$(cat "$WORK/mfp-1.pub")" ns backup show "$first"
expect "it is fetched" ns backup fetch "$second" --out "$WORK/second.age"
expect "byte for byte" same_bytes "$WORK/second.age" "$WORK/mfp-1.age"
expect "not over a file that is there" refused 1 'there already' ns backup fetch "$second" --out "$WORK/second.age"
expect "the device's own key opens it here" shows templates \
    ns backup open "$WORK/second.age" --identity "$WORK/mfp-1.key" --list
expect "another key does not, and leads on" refused 1 'age recipient' \
    ns backup open "$second" --identity "$WORK/mfp-3.key" --list
expect "the service says what changed" shows 'print-7' ns backup diff "$first" "$second"
expect "and masks the secret" hides swordfish ns backup diff "$first" "$second"

expect "a case is opened" shows 'case 7' ns backup hold "$first" --reason 'case 7'
expect "what is held cannot be dropped" refused 1 'next: what keeps it' ns backup drop "$first"
expect "the case is closed" ns backup release "$first"
expect "a dry prune says what would go" ns backup prune --dry-run
expect "there is no backup 999" refused 1 'next: see which' ns backup show 999

restore=$(plan "$first" mfp-1) || die "no plan"
expect "to the same machine all goes across as it is" grep -q 'goes across as it is' "$WORK/plan"
expect "it is offered" ns restore start "$restore"
expect "once" refused 1 'only a planned one' ns restore start "$restore"
expect "the device takes it" take mfp-1 "$restore"
expect "and has what was sealed" sh -c "bsdtar xOf '$WORK/mfp-1.got.tar' network.json | grep -q print-7"
settings mfp-1 print-7 swordfish-1
expect "it says so" tell mfp-1 "$restore"
expect "the watch ends with it" shows 'is done' ns restore watch "$restore"
expect "before its next backup there is nothing to compare" refused 1 'next: ' ns restore compare "$restore"
after=$(backup mfp-1 after-restore "$restore") || die "no backup after the restore"
expect "the device has what was sent" shows 'has what was sent' ns restore compare "$restore"

# ---- approval, consent, another model ---------------------------------------------------------------------------

ns backup rule --approval on --consent on >>"$WORK/cli.log" 2>&1
TECHNICIAN=$(ns operator add anna --role technician --json 2>>"$WORK/cli.log" | jq -re .token) || die "no technician"
restore=$(plan "$first" mfp-3) || die "no plan for the other model"
expect "to another model the plan says what is converted" grep -q 'converted' "$WORK/plan"
expect "and what is cut" grep -q 'cut from' "$WORK/plan"
expect "whoever planned cannot approve" refused 1 'next: ' ns restore approve "$restore"
expect "without approval it does not start" refused 1 'next: ' ns restore start "$restore"
expect "a second person approves" ns restore approve "$restore" --token "$TECHNICIAN"
expect "without consent it does not start" refused 1 'next: ' ns restore start "$restore"
expect "the customer consents" shows 'Ms Miller' ns restore consent "$restore" --by 'Ms Miller' --text 'by phone'
expect "now it starts" ns restore start "$restore"
expect "the other model takes it" take mfp-3 "$restore"
expect "with the other model's words" sh -c "bsdtar xOf '$WORK/mfp-3.got.tar' addressbook.json | grep -q mail_address"
expect "the device says so" tell mfp-3 "$restore"
expect "it is done" is 'done' state "$restore"
other=$(plan "$first" mfp-3) || die "no other plan"
expect "one that nobody wants is cancelled" ns restore cancel "$other" --reason 'the customer changed his mind'
expect "and stays so" is cancelled state "$other"
ns backup rule --approval off --consent off >>"$WORK/cli.log" 2>&1

# ---- the customer takes the key ----------------------------------------------------------------------------------

RECIPIENT=$(ns backup key make "$WORK/customer.key" 2>>"$WORK/cli.log") || die "no key"
expect "the key moves to the customer" shows "$RECIPIENT" ns backup move customer --recipient "$RECIPIENT"
expect "it has arrived" is 'customer' sh -c "'$BIN_DIR/nightshift' backup custody --json | jq -r .custody"
expect "the service compares nothing any more" refused 1 '--identity FILE' ns backup diff "$first" "$second"
expect "whoever has the key does" shows print-8 ns backup diff "$first" "$second" --identity "$WORK/customer.key"
expect "with the secret masked" hides swordfish ns backup diff "$first" "$second" --identity "$WORK/customer.key"
expect "and opens the old ones" shows network ns backup open "$first" --identity "$WORK/customer.key" --list
expect "a plan needs the key" refused 2 '--identity FILE' ns restore plan "$first" --device mfp-1
settings mfp-1 print-9 swordfish-3
third=$(backup mfp-1 technician) || die "no third backup"

restore=$(plan "$third" mfp-1 --identity "$WORK/customer.key") || die "no plan here"
expect "the plan is made here" grep -q 'goes across as it is' "$WORK/plan"
expect "the service has figures and no text" is 'null 4' \
    sh -c "'$BIN_DIR/nightshift' restore show $restore --json | jq -r '\"\\(.text) \\(.counts.exact)\"'"
expect "a start needs the key" refused 2 '--identity FILE' ns restore start "$restore"
expect "another recipient than the panel's is refused" refused 1 'do not send it' \
    ns restore start "$restore" --identity "$WORK/customer.key" --recipient "$(cat "$WORK/mfp-3.pub")"
expect "it is offered" ns restore start "$restore" --identity "$WORK/customer.key" --recipient "$(cat "$WORK/mfp-1.pub")"
expect "the device takes it" take mfp-1 "$restore"
expect "the payload is the one that was uploaded" same_bytes "$WORK/mfp-1.got.tar" "$WORK/mfp-1.tar"
expect "the customer's key does not open what was sent" refused 1 'age recipient' \
    ns backup open "$WORK/mfp-1.got.age" --identity "$WORK/customer.key" --list
expect "the device says so" tell mfp-1 "$restore"
settings mfp-1 print-0 swordfish-3
after=$(backup mfp-1 after-restore "$restore") || die "no backup after the second restore"
expect "what differs is found here" refused 1 print-0 \
    sh -c "'$BIN_DIR/nightshift' restore compare $restore --identity '$WORK/customer.key' || { echo 'next: '; exit 1; }"

restore=$(plan "$third" mfp-3 --categories addressbook --identity "$WORK/customer.key") || die "no plan for a part"
expect "a part for another model is packed here" ns restore start "$restore" --identity "$WORK/customer.key"
expect "the other model takes it" take mfp-3 "$restore"
expect "and nothing but the part" is 'backup.json addressbook.json' \
    sh -c "bsdtar tf '$WORK/mfp-3.got.tar' | paste -sd ' '"
expect "the device says so" tell mfp-3 "$restore"
expect "it is done" is 'done' state "$restore"

# ---- and gives it on -------------------------------------------------------------------------------------------------

export NIGHTSHIFT_PASSPHRASE='a word of some length'
RECIPIENT=$(ns backup key make "$WORK/next.key" --sealed 2>>"$WORK/cli.log") || die "no sealed key"
expect "a move without the present key begins nothing" refused 2 '--identity FILE' \
    ns backup move customer --recipient "$RECIPIENT"
expect "nor with a wrong one" refused 1 'key of' \
    ns backup move customer --recipient "$RECIPIENT" --identity "$WORK/mfp-1.key"
expect "with it every header is wrapped here" shows "$RECIPIENT" \
    ns backup move customer --recipient "$RECIPIENT" --identity "$WORK/customer.key"
expect "the next key opens the first backup" shows network ns backup open "$first" --identity "$WORK/next.key" --list
expect "the former one does not" refused 1 'age recipient' \
    ns backup open "$first" --identity "$WORK/customer.key" --list
expect "and back to the service" shows service ns backup move service --identity "$WORK/next.key"
unset NIGHTSHIFT_PASSPHRASE
expect "which compares again" shows print-8 ns backup diff "$first" "$second"

# ---- a board is swapped ------------------------------------------------------------------------------------------------

machine mfp-1b demo-200 SN-1
expect "the twin is shown, and what to do" shows 'device join' ns device show mfp-1b
expect "a technician joins it" ns device join mfp-1b --former mfp-1 --work-order WO-4711
expect "with its history" shows WO-4711 ns device show mfp-1b
restore=$(plan "$first" mfp-1b) || die "no plan for the repaired machine"
expect "its settings come back as they are" grep -q 'the same chassis' "$WORK/plan"

expect "a backup is dropped" ns backup drop "$second"
expect "and cannot be fetched any more" refused 1 'next: ' ns backup fetch "$second" --out "$WORK/gone.age"

expect "no password lies about" sh -c "! grep -rqs swordfish '$DIR' '$WORK/state' '$WORK/cli.log'"

verdict
