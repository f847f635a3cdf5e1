#!/bin/sh
# Security officers take the director's root from the service, one of them is revoked, the director's online key is
# renewed; signed by the command line alone, without a way to the service. A machine that has slept through all of it,
# with the first root, installs what it is told afterwards; the revoked officer signs in vain.
. "$(dirname "$0")/../support/service.sh"
. "$SUPPORT/ceremony.sh"
[ -x "$BIN_DIR/nightshift-agent" ] || skip "nightshift-agent is not built"
service_start
T=$DIR/trust/$TENANT/director

fetches() { ns trust show director-root --out "$WORK/to-sign" --before "$WORK/in-force"; }
signs() { # WHO: fetched here, signed there, handed in here
    fetches && alone trust sign "$WORK/$1.key" "$WORK/to-sign" --before "$WORK/in-force" >"$WORK/sig" &&
        ns trust submit director-root "$WORK/sig"
}
of_root() { ns trust status --json 2>/dev/null | jq -r ".roles[] | select(.role == \"director-root\") | .$1"; }
agent() {
    "$BIN_DIR/nightshift-agent" --dir "$WORK/mfp-1" --url "$URL" --ca "$CA" --id mfp-1 --family demo --model demo-200 \
        --component system=4.2.0 --no-backups --once "$@" 2>>"$WORK/agent.log"
}
root_of_machine() { jq -r .signed.version "$WORK/mfp-1/tuf/director/root.json"; }
updated() { # ACTION: with its restarts, until the action is over
    for turn in 1 2 3 4 5 6; do
        agent || [ $? = 75 ] || return 1
        [ "$(action_state "$1")" != healthy ] || return 0
    done
    return 1
}

mkdir "$WORK/in"
random_file "$WORK/in/system.img" 200000
make_release "$WORK/in" 5.0 >/dev/null || die "no release"
claim=$(api POST /claims '{"controller_id":"mfp-1"}' | jq -re '.claims[0].code')
expect "a machine enrols, and then sleeps" agent --claim "$claim"
expect "it knows root 1 of its director" is 1 root_of_machine

# ---- the root leaves the service
expect "the service holds the director's root" is service of_root custody
own=$(ns key show "$T/root.key" --json | jq -r .keyid)
for who in ada bob cyd dora; do ns key make "$WORK/$who.key" --name $who >/dev/null 2>&1; done
expect "a root of three officers is staged" ns trust stage director-root --add-root "$WORK/ada.key.pub" \
    --add-root "$WORK/bob.key.pub" --add-root "$WORK/cyd.key.pub" --remove-root "$own" --root-threshold 2
expect "it is not in force without them" refuses 1 "0 of the 2" ns trust publish
expect "ada signs, away from the network" signs ada
expect "she read whose root it is" grep -qF -e "every role of the director" "$WORK/said"
expect "she read who leaves" grep -qF -e "    - $own" "$WORK/said"
expect "bob signs" signs bob
expect "it is published" ns trust publish
expect "root 2 of the director is in force" is 2 of_root version
expect "it is out of the service's hands" is offline of_root custody
expect "the service's key is gone" sh -c "! [ -e '$T/root.key' ]"

# ---- an officer is revoked, and the online key renewed
bob=$(ns key show "$WORK/bob.key" --json | jq -r .keyid)
expect "a root without bob is staged" ns trust stage director-root --add-root "$WORK/dora.key.pub" --remove-root "$bob"
{ echo nightshift-pub-1; grep -E '^(name|public):' "$DIR/trust/$TENANT/root-1.key"; } >"$WORK/image-officer.pub"
expect "an officer of the image repository cannot be one of the director's" refuses 1 "key of the image repository" \
    ns trust stage director-root --add-root "$WORK/image-officer.pub"
for who in ada cyd dora; do expect "$who signs" signs $who; done
expect "it is published" ns trust publish
expect "another online key is staged" ns trust stage director-root --new-online
expect "bob signs it, on his machine" sh -c "'$BIN_DIR/nightshift' trust show director-root --out '$WORK/to-sign' 2>/dev/null &&
    '$BIN_DIR/nightshift' trust sign '$WORK/bob.key' '$WORK/to-sign' >'$WORK/sig' 2>/dev/null"
expect "his signature is refused" refuses 1 "is none of director-root" ns trust submit director-root "$WORK/sig"
for who in cyd dora; do expect "$who signs" signs $who; done
expect "it is published" ns trust publish
expect "root 4 of the director is in force" is 4 of_root version

# ---- the machine wakes
to=$(assign mfp-1 "$release")
expect "the machine, three roots behind, installs what it is told" updated "$to"
expect "it has followed to root 4" is 4 root_of_machine
expect "it has reported no attack" sh -c \
    "'$BIN_DIR/nightshift' audit list --json --limit 200 | jq -e '[.items[].what] | index(\"device.refused\") == null'"
expect "who published is in the audit log" sh -c \
    "'$BIN_DIR/nightshift' audit list --json --limit 200 | jq -e 'any(.items[]; .what == \"trust.publish\" and .object == \"director-root\")'"
verdict
