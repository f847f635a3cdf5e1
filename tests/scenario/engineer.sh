#!/bin/sh
# Engineers with the command line alone: keys, two signatures of which one is made without a network, a rollout that
# is watched and aborted, and what those without the right cannot do.
. "$(dirname "$0")/../support/service.sh"

service_start
random_file "$WORK/fw.swu" 300000

# ---- keys and a family that needs two of them
export NIGHTSHIFT_PASSPHRASE="correct horse"
expect "a sealed key is made" ns key make "$WORK/ada.key" --name ada --sealed
unset NIGHTSHIFT_PASSPHRASE
expect "a plain key is made" ns key make "$WORK/bob.key" --name bob
expect "a third is made, and never registered" ns key make "$WORK/eve.key" --name eve
expect "a family needs two signatures" ns family add duo --model duo-1 --threshold 2
expect "ada may sign, by her public half" ns family key-add duo "$WORK/ada.key.pub"
expect "bob may sign, by his secret file" ns family key-add duo "$WORK/bob.key"
expect "the secret stays here" sh -c "! grep -q \"\$(sed -n 's/^secret: //p' '$WORK/bob.key')\" '$DIR/nightshift.db'*"

# ---- a release
expect "a foreign file without a family is misuse" refuses 2 --family ns release add "$WORK/fw.swu"
expect "it becomes a release" sh -c \
    "'$BIN_DIR/nightshift' release add '$WORK/fw.swu' --family duo --version 2.0 --json 2>'$WORK/said' | jq -e .id >'$WORK/id'"
release=$(cat "$WORK/id")
expect "the next step is named" grep -q "next: 0 of 2 signatures.*release sign $release" "$WORK/said"
expect "unsigned it is not published" refuses 1 "0 of the 2 signatures" ns release publish "$release"
expect "eve's signature is refused" refuses 1 nightshift: ns release sign "$release" --key "$WORK/eve.key"
expect "bob reads what he signs" refuses 0 "+ added   duo/2.0/fw.swu" ns release sign "$release" --key "$WORK/bob.key"
expect "bob twice is still one" refuses 1 "1 of the 2 signatures" ns release publish "$release"

# ---- the second signature, on a machine without a network
expect "the bytes are fetched" ns release to-sign "$release" --out "$WORK/to-sign"
export NIGHTSHIFT_PASSPHRASE="wrong"
expect "a wrong passphrase opens nothing" refuses 1 passphrase ns key sign "$WORK/ada.key" "$WORK/to-sign"
export NIGHTSHIFT_PASSPHRASE="correct horse"
sed 's/2\.0/2.1/' "$WORK/to-sign" >"$WORK/other"
expect "other bytes can be signed" sh -c "'$BIN_DIR/nightshift' key sign '$WORK/ada.key' '$WORK/other' >'$WORK/other.sig'"
expect "but are not taken for these" refuses 1 nightshift: ns release hand-in "$release" "$WORK/other.sig"
tr -d '\n' <"$WORK/to-sign" | sed 's/{"_type"/{ "_type"/' >"$WORK/loose"
expect "bytes in another form are not signed" refuses 1 canonical ns key sign "$WORK/ada.key" "$WORK/loose"
expect "ada signs offline" sh -c \
    "env -u NIGHTSHIFT_URL -u NIGHTSHIFT_TOKEN '$BIN_DIR/nightshift' key sign '$WORK/ada.key' '$WORK/to-sign' >'$WORK/sig'"
unset NIGHTSHIFT_PASSPHRASE
expect "it is handed in" ns release hand-in "$release" "$WORK/sig"
expect "now it is published" is published sh -c "'$BIN_DIR/nightshift' release publish $release --json | jq -r .state"

# ---- who may not
expect "a viewer is made" sh -c \
    "'$BIN_DIR/nightshift' operator add vera --role viewer --json 2>/dev/null | jq -re .token >'$WORK/vera'"
expect "she may look, with her token in a file" ns release list --token "@$WORK/vera"
expect "but not withdraw" refuses 1 "next: " ns release withdraw "$release" --token "@$WORK/vera"
expect "revoked" ns operator revoke vera
expect "she may not even look" refuses 1 "valid token" ns release list --token "@$WORK/vera"

# ---- a rollout, watched
expect "a bad stage is misuse" refuses 2 stage ns rollout make --release "$release" --name x --stage 10x
expect "a rollout is made" sh -c "'$BIN_DIR/nightshift' rollout make --release $release --name canary --stage 1 \
    --stage tag:lab --stage 25% --window 22:00-05:00 --days sa,su --zone Asia/Tokyo --soak-minutes 5 --json \
    2>/dev/null | jq -e .id >'$WORK/id'"
rollout=$(cat "$WORK/id")
expect "with four stages" is "count group percent rest" sh -c \
    "'$BIN_DIR/nightshift' rollout show $rollout --json | jq -r '[.stages[].kind] | join(\" \")'"
expect "and a window" is '["22:00","05:00","Asia/Tokyo"]' sh -c \
    "'$BIN_DIR/nightshift' rollout show $rollout --json | jq -c '.window | [.start, .end, .zone]'"
expect "with nobody to have it, it does not start" refuses 1 "enrol devices first" ns rollout start "$rollout"
expect "a device is known" ns device add lab-1 --family duo --model duo-1
expect "it starts" ns rollout start "$rollout"
"$BIN_DIR/nightshift" rollout watch "$rollout" --every 1 >"$WORK/watched" 2>&1 &
watch=$!
later $watch
expect "the watcher sees it run" wait_for "grep -q 'is running' '$WORK/watched'"
expect "it is paused, with a reason" ns rollout pause "$rollout" --reason "lunch"
expect "the watcher sees why" wait_for "grep -q 'is paused: lunch' '$WORK/watched'"
expect "it is aborted" ns rollout abort "$rollout"
wait $watch
expect "the watcher ends with 1" test $? = 1
expect "and says so" grep -q 'is aborted' "$WORK/watched"

expect "the release is withdrawn" ns release withdraw "$release"
expect "the audit log knows who" sh -c "'$BIN_DIR/nightshift' audit list | grep -q 'release.withdraw'"
verdict
