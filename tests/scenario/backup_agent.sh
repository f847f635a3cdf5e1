#!/bin/sh
# Backups and restores by command, with the real agent at the other end of a long poll: asked for and there within
# seconds, in the service's custody and in the customer's; put back onto the same machine, and a part of it onto
# another model; compared with what the machine says it has afterwards.
. "$(dirname "$0")/../support/service.sh"
[ -x "$BIN_DIR/nightshift-agent" ] || skip "nightshift-agent is not built"
service_start
[ "$(api_status GET /backup-custody)" = 200 ] || skip "this service takes no backups"

# printer ID MODEL SERIAL SEED: enrolled, with made-up settings, polling
printer() {
    "$BIN_DIR/nightshift-agent" simulate --model "$2" --dir "$WORK/$1" --seed "$4" --addresses 40 \
        >>"$WORK/agent.log" 2>&1 || die "no settings for $1"
    claim=$(api POST /claims "{\"controller_id\":\"$1\"}" | jq -re '.claims[0].code') || die "no claim"
    "$BIN_DIR/nightshift-agent" --dir "$WORK/$1" --url "$URL" --ca "$CA" --id "$1" --family demo --model "$2" \
        --serial "$3" --component system=4.2.0 --claim "$claim" --long-poll 20 >>"$WORK/agent.log" 2>&1 &
    later $!
    wait_for "ns device show $1 --json 2>/dev/null | jq -e .recipient >/dev/null" || die "$1 has no recipient"
}

# newest DEVICE: its newest backup's id
newest() {
    ns backup list --device "$1" --json 2>>"$WORK/cli.log" | jq -r '[.items[].id] | max // 0'
}

# back_up DEVICE: a new backup; prints its id
back_up() {
    had=$(newest "$1")
    ns backup request "$1" >>"$WORK/cli.log" 2>&1 || return 1
    wait_for "[ \$(newest $1) -gt $had ]" 20 && newest "$1"
}

# plan BACKUP DEVICE ...: prints the restore's id
plan() {
    of=$1 to=$2
    shift 2
    ns restore plan "$of" --device "$to" "$@" >"$WORK/plan" 2>>"$WORK/cli.log" || return 1
    ns restore list --device "$to" --json 2>>"$WORK/cli.log" | jq -re '[.items[].id] | max'
}

# same_as_sent RESTORE ...: once the machine has given its backup
same_as_sent() {
    wait_for "ns restore compare $* >'$WORK/compared' 2>&1 || grep -q 'what differs' '$WORK/compared'" 30
    cat "$WORK/compared"
    grep -q 'has what was sent' "$WORK/compared"
}

# spoil DEVICE: another name in the address book
spoil() {
    jq -c '.items[0].fields.name = "spoiled"' "$WORK/$1/settings/addressbook.json" >"$WORK/x" &&
        mv "$WORK/x" "$WORK/$1/settings/addressbook.json"
}

is_spoiled() {
    grep -q spoiled "$WORK/$1/settings/addressbook.json"
}

printer mfp-1 demo-200 SN-1 1
printer mfp-3 demo-300 SN-3 3
first=$(back_up mfp-1) || die "no backup came"
expect "a backup that was asked for is there" ns backup show "$first"
expect "with every category of the model" sh -c "[ \$('$BIN_DIR/nightshift' backup show $first --json |
    jq '.categories | length') -gt 10 ]"
expect "the machine can open its own" ns backup open "$first" --identity "$WORK/mfp-1/age.key" --list

spoil mfp-1
second=$(back_up mfp-1) || die "no second backup came"
expect "the service says what was spoiled" sh -c "'$BIN_DIR/nightshift' backup diff $first $second | grep -q spoiled"
restore=$(plan "$first" mfp-1) || die "no plan"
expect "it is put back and watched to its end" ns restore start "$restore" --watch --every 1
expect "and is there" sh -c "! grep -q spoiled '$WORK/mfp-1/settings/addressbook.json'"
expect "the machine has what was sent" same_as_sent "$restore"

RECIPIENT=$(ns backup key make "$WORK/customer.key" 2>>"$WORK/cli.log") || die "no key"
expect "the customer takes the key" ns backup move customer --recipient "$RECIPIENT"
third=$(back_up mfp-1) || die "no backup for the customer came"
expect "whoever has the key opens it" ns backup open "$third" --identity "$WORK/customer.key" --list
spoil mfp-1
restore=$(plan "$third" mfp-1 --identity "$WORK/customer.key") || die "no plan here"
expect "it is put back with the customer's key" \
    ns restore start "$restore" --identity "$WORK/customer.key" --watch --every 1
expect "and is there" sh -c "! grep -q spoiled '$WORK/mfp-1/settings/addressbook.json'"
expect "the machine has what was sent" same_as_sent "$restore" --identity "$WORK/customer.key"

restore=$(plan "$third" mfp-3 --categories addressbook,departments --identity "$WORK/customer.key") ||
    die "no plan for the other model"
expect "the plan says what is converted" grep -q converted "$WORK/plan"
expect "the other model takes it" ns restore start "$restore" --identity "$WORK/customer.key" --watch --every 1
expect "in its own words" grep -q mail_address "$WORK/mfp-3/settings/addressbook.json"
expect "and has what was sent" same_as_sent "$restore" --identity "$WORK/customer.key"
verdict
