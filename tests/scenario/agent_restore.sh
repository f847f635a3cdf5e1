#!/bin/sh
# The real agent gives its settings away and takes them back: asked for over an open poll, around an update, onto a
# swapped board with the power cut in the middle, through network settings that cut the line; once, and for nobody else.
. "$(dirname "$0")/../support/service.sh"
need python3
[ -x "$BIN_DIR/nightshift-agent" ] || skip "nightshift-agent is not built"
service_start
[ "$(api_status GET /backup-custody)" = 200 ] || skip "this service takes no backups"

mkdir -p "$WORK/in" "$WORK/proxy"
python3 "$SUPPORT/proxy.py" "$WORK/proxy" office:word >"$WORK/proxy/port" &
later $!
wait_for "[ -s '$WORK/proxy/port' ]" || die "no proxy"

# machine_make FOLDER ID SERIAL: its panel was told where the service is
machine_make() {
    mkdir -p "$WORK/$1/install.d" "$WORK/$1/restore.d" "$WORK/$1/settings"
    cat >"$WORK/$1/agent.conf" <<CONF
url = $URL
ca = $CA
id = $2
family = demo
model = demo-200
serial = $3
component = system=5.0
claim = $(api POST /claims "{\"controller_id\":\"$2\"}" | jq -re '.claims[0].code')
proxy = http://127.0.0.1:$(cat "$WORK/proxy/port")
proxy-user = office:word
dead-man = 3
CONF
}

# hook FOLDER NAME: an executable of the maker, from stdin
hook() {
    { echo '#!/bin/sh' && cat; } >"$WORK/$1/$2"
    chmod +x "$WORK/$1/$2"
}

agent() {
    folder=$1
    shift
    "$BIN_DIR/nightshift-agent" "$@" --dir "$WORK/$folder" 2>>"$WORK/$folder.log"
}

agent_start() {
    folder=$1
    shift
    "$BIN_DIR/nightshift-agent" --dir "$WORK/$folder" "$@" >/dev/null 2>>"$WORK/$folder.log" &
    AGENT=$!
    later $AGENT
}

agent_stop() {
    kill $AGENT
    wait $AGENT
}

# newest DEVICE: its newest backup's id
newest() {
    api GET "/backups?device=$1" | jq '[.items[].id] | max // 0'
}

# backups DEVICE: how many it has
backups() {
    api GET "/backups?device=$1" | jq '.items | length'
}

# is_done FOLDER: its agent has nothing left to carry out, to tell or to send
is_done() {
    agent "$1" status --json | jq -e '.phase == "idle" and .backup == null'
}

has_trigger() {
    ns backup list --device "$1" --json | jq -e --arg of "$2" '[.items[].trigger] | index($of) != null'
}

# restore_start BACKUP DEVICE ...: plans and starts one, leaves its id in $restore
restore_start() {
    of=$1 to=$2
    shift 2
    ns restore plan "$of" --device "$to" --json "$@" >"$WORK/plan.json" 2>>"$WORK/cli.log" &&
        restore=$(jq -re .id "$WORK/plan.json") && ns restore start "$restore" >>"$WORK/cli.log" 2>&1
}

restore_says() {
    api GET "/restores/$restore" | jq -r "$1"
}

result_of() {
    restore_says ".results[] | select(.name == \"$1\") | .result"
}

same_settings() {
    jq -S . "$1" >"$WORK/one.json" && jq -S . "$2" >"$WORK/other.json" && cmp "$WORK/one.json" "$WORK/other.json"
}

# redeem WHOSE_TOKEN DEVICE RESTORE: the status
redeem() {
    ask status "TargetToken $(cat "$WORK/$1/token")" POST "$URL/$TENANT/controller/v1/$2/restores/$3/redeem" \
        '{"nonce":"00000000000000000000000000000001"}'
}

waiting() {
    curl -sS --cacert "$CA" "$URL/metrics" -H "Authorization: Bearer $ADMIN" | sed -n 's/^nightshift_polls_parked //p'
}

# ---- over an open poll --------------------------------------------------------------------------------

machine_make mfp-1 mfp-1 SN-1
"$BIN_DIR/nightshift-agent" simulate \
    --model demo-200 --dir "$WORK/mfp-1" --seed 1 --addresses 40 >>"$WORK/cli.log" 2>&1 || die "no settings"
agent mfp-1 --once || die "mfp-1 does not enrol"
agent_start mfp-1 --long-poll 100
expect "an idle machine keeps its poll open" wait_for '[ "$(waiting)" = 1 ]'
began=$(now_ms)
ns backup request mfp-1 >>"$WORK/cli.log" 2>&1
expect "a backup that a technician asks for is there" wait_for '[ "$(newest mfp-1)" -gt 0 ]'
took=$(($(now_ms) - began))
echo "measured: asked for, and there after $took ms"
expect "within a few seconds" [ $took -lt 5000 ]
expect "under the technician's name" has_trigger mfp-1 technician
agent_stop

had=$(newest mfp-1)
agent_start mfp-1 --interval 1
ns backup request mfp-1 >>"$WORK/cli.log" 2>&1
expect "with short polls, too" wait_for '[ "$(newest mfp-1)" -gt $had ]'
first=$(agent mfp-1 backup)
expect "at the panel, the agent that runs makes one and says its id" is panel sh -c \
    "'$BIN_DIR/nightshift' backup show '$first' --json | jq -r .trigger"

# ---- around an update -----------------------------------------------------------------------------------

echo 'cat "$2" >/dev/null' | hook mfp-1 install.d/10-flash
random_file "$WORK/in/system.img" 50000
make_release "$WORK/in" 6.0 >/dev/null || die "no release"
action=$(assign mfp-1 "$release") || die "no action"
expect "an update asks for a restart" wait_for '! kill -0 $AGENT 2>/dev/null'
expect "what was set before it is there" has_trigger mfp-1 before-update
agent_start mfp-1 --interval 1
expect "it is healthy" wait_for '[ "$(action_state $action)" = healthy ]'
expect "and what is set after it" wait_for 'has_trigger mfp-1 after-update'
agent_stop
backup=$(newest mfp-1)

# ---- a board is swapped, and the power is cut --------------------------------------------------------------

machine_make board mfp-1b SN-1
agent board --once || die "the new board does not enrol"
expect "the new board is joined to the machine it was" ns device join mfp-1b --former mfp-1 --work-order WO-1042
echo 'echo addressbook >>"'"$WORK"'/applied"; cp "$1" "'"$WORK"'/board/settings/addressbook.json"' |
    hook board restore.d/addressbook
hook board restore.d/templates <<HOOK
echo \$\$ >"$WORK/hook.pid"
until [ -e "$WORK/may-go" ]; do sleep 0.05; done
cp "\$1" "$WORK/board/settings/templates.json"
HOOK
expect "its settings are on their way back" restore_start "$backup" mfp-1b
cp -r "$WORK/board" "$WORK/copy"
: >"$WORK/applied"
agent_start board --interval 1
expect "they are put back" wait_for '[ -s "$WORK/hook.pid" ]'
kill -9 $AGENT "$(cat "$WORK/hook.pid")"
wait $AGENT 2>/dev/null
told=$(api GET "/actions/$(restore_says .action)/entries?limit=500" |
    jq -r '.items[].messages[]' | sed -n "s/^\([a-z-]*\) applied\$/\1/p")
expect "the power went in the middle" sh -c "[ \$(echo '$told' | wc -w) -gt 3 ]"
for name in $told; do
    expect "$name was told to be back, and is" same_settings "$WORK/mfp-1/settings/$name.json" "$WORK/board/settings/$name.json"
done
for file in "$WORK"/board/settings/*.json; do
    name=$(basename "$file" .json)
    expect "nothing is back that was not told: $name" sh -c "echo '$told' | grep -qx '$name'"
done
expect "the service calls nothing applied yet" is redeemed restore_says .state

expect "whoever has a copy of the machine redeems nothing" is 409 redeem copy mfp-1b "$restore"
machine_make mfp-2 mfp-2 SN-2
expect "another machine enrols" agent mfp-2 --once
expect "and is offered nothing" is "" ls "$WORK/mfp-2/settings"
expect "it is told of no such restore" is 404 redeem mfp-2 mfp-2 "$restore"
expect "and is not let in as the other" sh -c "[ $(redeem mfp-2 mfp-1b "$restore") -ge 401 ]"

touch "$WORK/may-go"
agent_start board --interval 1
expect "after the cut it goes on to the end" wait_for '[ "$(restore_says .state)" = done ]'
expect "what was applied is not applied again" is 1 grep -c addressbook "$WORK/applied"
expect "every category is applied" is applied restore_says '[.results[].result] | unique | join(",")'
for name in $(restore_says '.results[].name'); do
    expect "$name is as it was" same_settings "$WORK/mfp-1/settings/$name.json" "$WORK/board/settings/$name.json"
done
expect "the backup after it is there" wait_for 'has_trigger mfp-1b after-restore'
agent_stop

expect "it is over, for a copy too" is 410 redeem copy mfp-1b "$restore"
expect "which finds nothing to do" agent copy --once
expect "and has nothing" is "" ls "$WORK/copy/settings"

# ---- network settings that cut the line ---------------------------------------------------------------------

# The office's proxy lets nobody new in unless the network is called so; who is connected stays connected.
hook board restore.d/network <<HOOK
if grep -q works.example "\$1"; then rm -f "$WORK/proxy/shut"; else touch "$WORK/proxy/shut"; fi
cp "\$1" "$WORK/board/settings/network.json"
HOOK
rm "$WORK/board/restore.d/templates"
jq -c '.items[0].fields.hostname = "works.example"' "$WORK/board/settings/network.json" >"$WORK/network.json"
cp "$WORK/network.json" "$WORK/board/settings/network.json"
expect "an older network is on its way back" restore_start "$backup" mfp-1b --categories addressbook,network
agent_start board --interval 1
expect "it cuts the line" wait_for '[ -e "$WORK/proxy/shut" ]'
expect "and is put back" wait_for '[ ! -e "$WORK/proxy/shut" ]'
expect "the restore failed" wait_for '[ "$(restore_says .state)" = failed ]'
expect "for its network was reverted" is reverted result_of network
expect "the rest is applied" is applied result_of addressbook
expect "the network is what it was" same_settings "$WORK/network.json" "$WORK/board/settings/network.json"
expect "and what did change is backed up" wait_for 'is_done board'
agent_stop

# ---- what never leaves the machine -----------------------------------------------------------------------------

had=$(backups mfp-1b)
echo '{"items":[{"id":"1","fields":{"title":"a-very-private-page"}}]}' >"$WORK/board/settings/box-contents.json"
expect "box contents are refused" sh -c "! '$BIN_DIR/nightshift-agent' backup --dir '$WORK/board' 2>'$WORK/err'"
expect "by name" grep -q box-contents "$WORK/err"
expect "and nothing was made of them" is "$had" backups mfp-1b
expect "at the service there is no trace of them" sh -c "! grep -rqF a-very-private-page '$DIR'"
expect "nor in what the agent keeps" is 0 sh -c "grep -rlF a-very-private-page '$WORK/board/backup' | wc -l"
rm "$WORK/board/settings/box-contents.json"

# ---- the customer has the key ------------------------------------------------------------------------------------

key=$(ns backup key make "$WORK/customer.key" 2>>"$WORK/cli.log") || die "no key"
expect "the customer takes the key" ns backup move customer --recipient "$key"
last=$(agent board backup)
expect "the agent backs up just the same" ns backup show "$last"
expect "for the customer" ns backup open "$last" --identity "$WORK/customer.key" --list
verdict
