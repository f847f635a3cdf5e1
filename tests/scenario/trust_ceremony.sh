#!/bin/sh
# Security officers change who holds root, and release managers take targets from the service: staged by the service, read
# and signed by the command line alone without a way to the service, published once enough have signed; then a key that
# was revoked signs in vain.
. "$(dirname "$0")/../support/service.sh"
. "$SUPPORT/ceremony.sh"

service_start
random_file "$WORK/fw.swu" 200000
T=$DIR/trust/DEFAULT

signs() { # ROLE KEY: fetched here, signed there, handed in here
    ns trust show "$1" --out "$WORK/to-sign" --before "$WORK/in-force" &&
        alone trust sign "$2" "$WORK/to-sign" --before "$WORK/in-force" >"$WORK/sig" &&
        ns trust submit "$1" "$WORK/sig"
}
custody() { ns trust status --json 2>/dev/null | jq -r ".roles[] | select(.role == \"$1\") | .custody"; }
version() { ns trust status --json 2>/dev/null | jq -r ".roles[] | select(.role == \"$1\") | .version"; }

# ---- a root for another officer
expect "an officer to come makes a key" ns key make "$WORK/dora.key" --name dora
gone=$(ns key show "$T/root-3.key" --json | jq -r .keyid)
expect "the next root is staged" ns trust stage root --add-root "$WORK/dora.key.pub" --remove-root "$gone"
expect "2 of 2 is refused: nobody may be lost" refuses 1 "leaves none to lose" ns trust stage root --remove-root "$gone"
expect "what would change is told" refuses 0 "    - $gone" ns trust show root
expect "nobody has signed" refuses 1 "0 of the 2" ns trust publish
expect "the first officer signs, away from the network" signs root "$T/root-1.key"
expect "she read who leaves" grep -qF -e "    - $gone" "$WORK/said"
expect "one is not enough" refuses 1 "1 of the 2" ns trust publish
expect "a stranger's signature is refused" sh -c "'$BIN_DIR/nightshift' key make '$WORK/eve.key' --name eve >/dev/null 2>&1 &&
    '$BIN_DIR/nightshift' trust sign '$WORK/eve.key' '$WORK/to-sign' >'$WORK/sig' 2>/dev/null &&
    ! '$BIN_DIR/nightshift' trust submit root '$WORK/sig'"
expect "the one to come signs" signs root "$WORK/dora.key"
expect "of those in force one more is wanted" refuses 1 "root in force" ns trust publish
expect "the second officer signs" signs root "$T/root-2.key"
expect "it is published" ns trust publish
expect "root 2 is in force" is 2 version root

# ---- targets leave the service
for who in tom una vic; do ns key make "$WORK/$who.key" --name $who >/dev/null 2>&1; done
own=$(ns key show "$T/targets.key" --json | jq -r .keyid)
expect "targets is the service's" is service custody targets
expect "a root that gives it to three managers is staged" ns trust stage root --add-targets "$WORK/tom.key.pub" \
    --add-targets "$WORK/una.key.pub" --add-targets "$WORK/vic.key.pub" --remove-targets "$own" --targets-threshold 2
for who in "$T/root-1.key" "$WORK/dora.key"; do expect "an officer signs" signs root "$who"; done
expect "alone it is not published: devices would see half of it" refuses 1 "publish gate" ns trust publish
expect "the targets for it is staged" ns trust stage targets
for who in tom una; do expect "$who signs targets" signs targets "$WORK/$who.key"; done
expect "both are published as one" ns trust publish
expect "targets is out of the service's hands" is offline custody targets

# ---- a family in offline custody, an engineer revoked
expect "a family needs two signatures" ns family add duo --model duo-1 --threshold 2
for who in ada bob cyd; do
    ns key make "$WORK/$who.key" --name $who >/dev/null 2>&1
    expect "$who may sign" ns family key-add duo "$WORK/$who.key.pub"
done
expect "the managers are asked" refuses 1 "0 of the 2" ns trust publish
for who in una vic; do expect "$who signs targets" signs targets "$WORK/$who.key"; done
expect "the family is in force" ns trust publish
expect "a release is made" sh -c \
    "'$BIN_DIR/nightshift' release add '$WORK/fw.swu' --family duo --version 2.0 --json 2>/dev/null | jq -e .id >'$WORK/id'"
release=$(cat "$WORK/id")
expect "its bytes are fetched" ns release to-sign "$release" --out "$WORK/release"
for who in ada bob; do
    alone key sign "$WORK/$who.key" "$WORK/release" >"$WORK/sig"
    expect "$who signed it on a machine without a network; it is handed in" ns release hand-in "$release" "$WORK/sig"
done
expect "it is published" ns release publish "$release"
bob=$(ns key show "$WORK/bob.key" --json | jq -r .keyid)
expect "bob is revoked" ns family key-revoke duo "$bob"
expect "the next release is made" sh -c \
    "head -c 1000 /dev/urandom >'$WORK/next.swu' && '$BIN_DIR/nightshift' release add '$WORK/next.swu' --family duo --version 2.1 --json 2>/dev/null | jq -e .id >'$WORK/id'"
release=$(cat "$WORK/id")
expect "his signature is refused" refuses 1 "revoked" ns release sign "$release" --key "$WORK/bob.key"
expect "ada's is taken" ns release sign "$release" --key "$WORK/ada.key"
expect "what happened is in the audit log" sh -c \
    "'$BIN_DIR/nightshift' audit list --json --limit 200 | jq -e '[.items[].what] | index(\"trust.publish\")'"
verdict
