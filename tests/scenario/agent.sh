#!/bin/sh
# One machine behind an office proxy: first boot with a claim code, a power cut in mid download and another while it
# flashes, resume, restart, healthy; then an action that is called back while the machine is busy.
. "$(dirname "$0")/../support/service.sh"
need python3
[ -x "$BIN_DIR/nightshift-agent" ] || skip "nightshift-agent is not built"
service_start

mfp=$WORK/mfp
mkdir -p "$mfp/install.d" "$mfp/busy.d" "$WORK/proxy" "$WORK/in"
python3 "$SUPPORT/proxy.py" "$WORK/proxy" 'office:secret word' >"$WORK/proxy/port" &
later $!
wait_for "[ -s '$WORK/proxy/port' ]" || die "no proxy"

cat >"$mfp/agent.conf" <<CONF
# what the panel was told
url = $URL
ca = $CA
id = mfp-9
family = demo
model = demo-200
serial = SN-9
zone = Europe/Rome
component = system=4.2.0
proxy = http://127.0.0.1:$(cat "$WORK/proxy/port")
interval = 1
CONF

# A flash that takes until it may end, and notes what it did.
cat >"$mfp/install.d/10-flash" <<HOOK
#!/bin/sh
echo "begin \$1 \$3" >>"$WORK/flash.log"
echo \$\$ >"$WORK/flash.pid"
until [ -e "$WORK/may-flash" ]; do sleep 0.05; done
cp "\$2" "$WORK/flashed.\$1" && echo "end \$1 \$3" >>"$WORK/flash.log"
HOOK
chmod +x "$mfp/install.d/10-flash"
: >"$WORK/flash.log"

agent() {
    "$BIN_DIR/nightshift-agent" --dir "$mfp" --proxy-user 'office:secret word' "$@"
}

agent_start() {
    "$BIN_DIR/nightshift-agent" --dir "$mfp" --proxy-user 'office:secret word' >>"$WORK/agent.out" 2>>"$WORK/agent.log" &
    AGENT=$!
    later $AGENT
}

# The machine loses power: the agent, and what it started.
power_cut() {
    kill -9 $AGENT
    wait $AGENT 2>/dev/null
    [ ! -e "$WORK/flash.pid" ] || kill -9 "$(cat "$WORK/flash.pid")" 2>/dev/null
    return 0
}

phase() {
    agent status --json | jq -r .phase
}

part_size() {
    size=$(stat -c %s "$mfp"/cache/*.part 2>/dev/null | sort -n | tail -1)
    echo "${size:-0}"
}

# ---- first boot --------------------------------------------------------------------------------------

expect "--help says what it is" sh -c "'$BIN_DIR/nightshift-agent' --help | grep -q 'Keeps one machine up to date'"
expect "a setting nobody knows is named" sh -c "mkdir '$WORK/x' && echo 'colour = red' >'$WORK/x/agent.conf' &&
    '$BIN_DIR/nightshift-agent' --dir '$WORK/x' 2>&1 | grep -q 'there is no setting \"colour\"'"
expect "without a claim it is not let in" sh -c "! '$BIN_DIR/nightshift-agent' --dir '$mfp' \
    --proxy-user 'office:secret word' --once 2>'$WORK/err' && grep -q 'a claim code is needed once' '$WORK/err'"
claim=$(api POST /claims '{"controller_id":"mfp-9"}' | jq -re '.claims[0].code') || die "no claim"
expect "with the wrong password the proxy is named as the reason" sh -c "! '$BIN_DIR/nightshift-agent' --dir '$mfp' \
    --proxy-user office:wrong --claim '$claim' --once 2>'$WORK/err' && grep -q 407 '$WORK/err'"
expect "digest alone is not what this proxy wants" sh -c "! '$BIN_DIR/nightshift-agent' --dir '$mfp' \
    --proxy-user 'office:secret word' --proxy-auth digest --claim '$claim' --once 2>'$WORK/err'"
expect "with the claim it enrols through the proxy" agent --claim "$claim" --once
expect "its token is for its eyes only" is 600 stat -c %a "$mfp/token"
expect "the service knows it and what runs on it" is "mfp-9 demo-200 4.2.0" \
    sh -c "'$BIN_DIR/nightshift' device show mfp-9 --json | jq -r '[.id, .model, .components.system] | join(\" \")'"
expect "the claim is used up" sh -c "! '$BIN_DIR/nightshift-agent' --dir '$WORK/y' --url '$URL' --ca '$CA' --id mfp-9 \
    --claim '$claim' --once 2>/dev/null"

# ---- a release, and power cuts -------------------------------------------------------------------------

random_file "$WORK/in/system.img" 8000000
random_file "$WORK/in/engine.img" 100000
make_release "$WORK/in" 5.0 >/dev/null || die "no release"
action=$(assign mfp-9 "$release") || die "no action"
echo 3000000 >"$WORK/proxy/speed"
before=$(cat "$WORK/proxy/down")
agent_start
expect "it downloads" wait_for '[ "$(part_size)" -gt 2000000 ]' 60
power_cut
expect "the power went in mid download" sh -c "[ $(part_size) -gt 2000000 ] && [ $(part_size) -lt 8000000 ]"
expect "it says where it is" is downloading phase
rm "$WORK/proxy/speed"
agent_start
expect "it goes on and flashes the first component" wait_for 'grep -q begin "$WORK/flash.log"' 60
spent=$(($(cat "$WORK/proxy/down") - before))
echo "down the wire: $spent bytes for 8100000"
expect "a restarted download costs what was missing" [ $spent -lt 8505000 ]
power_cut
expect "the power went while it flashed" is installing phase
touch "$WORK/may-flash"
agent_start
expect "it asks to be restarted" wait_for '! kill -0 $AGENT 2>/dev/null' 60
wait $AGENT
expect "with a code of its own" [ $? = 75 ]
expect "both components were flashed" is 2 grep -c end "$WORK/flash.log"
expect "only the one that was cut was begun twice" is 3 grep -c begin "$WORK/flash.log"
expect "nothing counts before the restart" sh -c "[ \"$(action_state "$action")\" != healthy ]"
agent_start
expect "after the restart it is healthy" wait_for '[ "$(action_state $action)" = healthy ]' 30
expect "it carries what was built" sh -c "cmp '$WORK/in/system.img' '$WORK/flashed.system' &&
    cmp '$WORK/in/engine.img' '$WORK/flashed.engine'"
expect "the service shows both versions" is "5.0 5.0" \
    sh -c "'$BIN_DIR/nightshift' device show mfp-9 --json | jq -r '.components | .system + \" \" + .engine'"
for words in downloading installing restarting 'installed, restarted and tested'; do
    expect "the service was told: $words" action_says "$action" "$words"
done
expect "its cache is empty again" is "" ls "$mfp/cache"

# ---- busy, and called back --------------------------------------------------------------------------------

printf '#!/bin/sh\necho FAX_RECEIVING\nexit 1\n' >"$mfp/busy.d/10-fax"
chmod +x "$mfp/busy.d/10-fax"
random_file "$WORK/in/engine.img" 100000
make_release "$WORK/in" 5.1 >/dev/null || die "no second release"
action=$(assign mfp-9 "$release") || die "no second action"
expect "a busy machine waits" wait_for '[ "$(phase)" = waiting-idle ]' 30
expect "a second agent is not let into its folder" sh -c "! '$BIN_DIR/nightshift-agent' --dir '$mfp' 2>'$WORK/err' &&
    grep -q 'another agent works in' '$WORK/err'"
expect "and says why" wait_for 'action_says "$action" "busy: fax-receiving"' 10
expect "it is called back" sh -c "'$BIN_DIR/nightshift' action cancel '$action' --json >/dev/null 2>&1"
expect "and drops it" wait_for '[ "$(phase)" = idle ]' 30
expect "which the service knows" wait_for '[ "$(action_state $action)" = recalled ]' 10
expect "nothing was flashed" is 2 grep -c end "$WORK/flash.log"
kill $AGENT
wait $AGENT
expect "SIGTERM ends it cleanly" [ $? = 0 ]

# ---- what it does not trust ----------------------------------------------------------------------------------

rm "$mfp/busy.d/10-fax"
action=$(assign mfp-9 "$release") || die "no third action"
jq '.signed.version = 7' "$mfp/tuf/root.json" >"$WORK/forged" && cp "$WORK/forged" "$mfp/tuf/root.json"
expect "with a trust anchor that nobody signed it installs nothing" agent --once
expect "and says so" wait_for '[ "$(action_state $action)" = failed ]' 10
expect "by name" action_says "$action" "root.json"
expect "still nothing was flashed" is 2 grep -c end "$WORK/flash.log"
mkdir "$WORK/stranger"
expect "a start without a name is refused" sh -c "! '$BIN_DIR/nightshift-agent' --dir '$WORK/stranger' --url '$URL' 2>'$WORK/err'"
expect "and leaves nothing in the folder" is "" ls -A "$WORK/stranger"
verdict
