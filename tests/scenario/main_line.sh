#!/bin/sh
# The thin line: six components become a package, are uploaded, signed, published, rolled out in two stages to six
# devices that are stock DDI clients made of curl, and finished. Steps are repeated where they may be.
. "$(dirname "$0")/../support/service.sh"
need sha256sum
service_start

components="system engine scanner fax panel finisher"
mkdir "$WORK/in"
for name in $components; do
    random_file "$WORK/in/$name.img" 20000
done

# ---- a stock client, one step a call ---------------------------------------------------------------

# link DEVICE NAME: where the poll sends it, or nothing
link() {
    ddi "$(cat "$WORK/$1.token")" GET "/$1" | jq -r "._links.$2.href // empty"
}

# fetch DEVICE HREF
fetch() {
    curl -sS --fail --max-time 30 --cacert "$CA" -H "Authorization: TargetToken $(cat "$WORK/$1.token")" "$2"
}

# tell DEVICE ACTION EXECUTION FINISHED [WHERE]
tell() {
    ddi_status "$(cat "$WORK/$1.token")" POST "/$1/${5:-deploymentBase}/$2/feedback" \
        "{\"id\":\"$2\",\"status\":{\"execution\":\"$3\",\"result\":{\"finished\":\"$4\"},\"details\":[\"$1: $3\"]}}"
}

# Downloads everything it is offered, checks it, reports. The id of its action is left in DEVICE.action.
update() {
    href=$(link "$1" deploymentBase)
    [ -n "$href" ] || { echo "$1 is offered nothing"; return 1; }
    fetch "$1" "$href" >"$WORK/$1.json" || return 1
    action=$(jq -r .id "$WORK/$1.json")
    echo "$action" >"$WORK/$1.action"
    jq -r '.deployment.chunks[].artifacts[] | [.filename, .hashes.sha256, ._links.download.href] | @tsv' \
        "$WORK/$1.json" >"$WORK/$1.files"
    while read -r file sha256 from; do
        fetch "$1" "$from" >"$WORK/got" || return 1
        [ "$(sha256sum <"$WORK/got" | cut -d' ' -f1)" = "$sha256" ] || { echo "$file is damaged"; return 1; }
        same_bytes "$WORK/got" "$WORK/in/$file" || return 1
    done <"$WORK/$1.files"
    is 200 tell "$1" "$action" proceeding none && is 200 tell "$1" "$action" closed success
}

rollout() {
    api GET "/rollouts/$1" | jq -r "$2"
}

# ---- package, release ----------------------------------------------------------------------------------

expect "a package is built" ns package build "$WORK/in" --family demo --version 5.0 --out "$WORK/p.tar"
ns package build "$WORK/in" --family demo --version 5.0 --out "$WORK/again.tar" >>"$WORK/cli.log" 2>&1
expect "the same input gives the same bytes" same_bytes "$WORK/p.tar" "$WORK/again.tar"
release=$(ns release add "$WORK/p.tar" --json 2>>"$WORK/cli.log" | jq -re .id) || die "no release"
expect "adding it again is the same release" is "$release" \
    sh -c "'$BIN_DIR/nightshift' release add '$WORK/p.tar' --json 2>/dev/null | jq .id"
expect "it cannot be published unsigned" is 409 api_status POST "/releases/$release/publish" '{}'
expect "it has six components" is 6 sh -c "'$BIN_DIR/nightshift' release show $release --json | jq '.components | length'"
expect "it is signed and published" publish "$release"
expect "signing it again changes nothing" is published \
    sh -c "'$BIN_DIR/nightshift' release sign $release --key '$DIR/keys/engineer-1.key' --json >'$WORK/again' 2>&1;
        '$BIN_DIR/nightshift' release show $release --json | jq -r .state"
expect "publishing it again is fine" is 200 api_status POST "/releases/$release/publish" '{}'

# ---- six devices, a rollout in two stages --------------------------------------------------------------

devices="mfp-1 mfp-2 mfp-3 mfp-4 mfp-5 mfp-6"
for device in $devices; do
    device_make "$device" plain >"$WORK/$device.token" || die "no $device"
done
expect "a device's name is taken once" is 409 api_status POST /devices '{"id":"mfp-1","family":"demo"}'
expect "a device with nothing to do gets no link" is "" link mfp-1 deploymentBase

body="{\"name\":\"spring\",\"release\":$release,\"stages\":[{\"kind\":\"count\",\"value\":2}],\"window\":null}"
made=$(curl -sS --cacert "$CA" -H "Authorization: Bearer $ADMIN" -H "Idempotency-Key: spring-1" \
    -H "Content-Type: application/json" -d "$body" "$URL/api/v1/rollouts" | jq -re .id) || die "no rollout"
expect "the same key makes no second rollout" is "$made" sh -c "curl -sS --cacert '$CA' -H 'Authorization: Bearer $ADMIN' \
    -H 'Idempotency-Key: spring-1' -H 'Content-Type: application/json' -d '$body' '$URL/api/v1/rollouts' | jq .id"
expect "the same key with another body is refused" is 409 sh -c "curl -sS -o '$WORK/answer' -w '%{http_code}' \
    --cacert '$CA' -H 'Authorization: Bearer $ADMIN' -H 'Idempotency-Key: spring-1' \
    -H 'Content-Type: application/json' -d '{\"name\":\"other\",\"release\":$release,\"stages\":[]}' '$URL/api/v1/rollouts'"
expect "a rest is added behind the two" is "count rest" rollout "$made" '[.stages[].kind] | join(" ")'
expect "a draft is offered to nobody" is "" link mfp-1 deploymentBase
expect "it starts" is 200 api_status POST "/rollouts/$made/start" '{}'

offered() {
    count=0
    for device in $devices; do
        [ -z "$(link "$device" deploymentBase)" ] || count=$((count + 1))
    done
    echo $count
}
expect "the first stage is offered to two" wait_for '[ "$(offered)" = 2 ]'
expect "and to no more, however often they ask" is 2 offered
expect "it starts once" is 409 api_status POST "/rollouts/$made/start" '{}'
expect "it is paused" is 200 api_status POST "/rollouts/$made/pause" '{"reason":"a look"}'
expect "pausing takes no offer back" is 2 offered
expect "pausing twice is a conflict" is 409 api_status POST "/rollouts/$made/pause" '{}'
expect "and leaves it paused" is paused rollout "$made" .state
expect "it goes on" is 200 api_status POST "/rollouts/$made/resume" '{}'

first=
for device in $devices; do
    [ -z "$(link "$device" deploymentBase)" ] || first="$first $device"
done
for device in $first; do
    expect "$device updates" update "$device"
    expect "$device may say its last word twice" is 200 tell "$device" "$(cat "$WORK/$device.action")" closed success
    expect "$device is healthy" wait_for "[ \"\$(action_state $(cat "$WORK/$device.action"))\" = healthy ]"
    expect "$device is offered nothing more" is "" link "$device" deploymentBase
done
expect "six files came down" is 6 sh -c "wc -l <'$WORK/${first##* }.files'"
expect "the second stage opens by itself" wait_for '[ "$(rollout "$made" .stage)" = 1 ]'
expect "it is offered to the four others" wait_for '[ "$(offered)" = 4 ]'
for device in $devices; do
    case $first in
    *$device*) ;;
    *) expect "$device updates" update "$device" ;;
    esac
done
expect "the rollout is finished" wait_for '[ "$(rollout "$made" .state)" = finished ]'
expect "all six are healthy" is 6 rollout "$made" '[.stages[].tally.healthy // 0] | add'
expect "a finished rollout cannot start again" is 409 api_status POST "/rollouts/$made/start" '{}'

# ---- another one, called back ------------------------------------------------------------------------------

random_file "$WORK/in/system.img" 21000
second=$(make_release "$WORK/in" 5.1) || die "no second release"
made=$(api POST /rollouts "{\"name\":\"summer\",\"release\":$second,\"stages\":[{\"kind\":\"count\",\"value\":1}],
    \"selection\":{\"devices\":[\"mfp-1\",\"mfp-2\"]},\"window\":null}" | jq -re .id) || die "no second rollout"
api POST "/rollouts/$made/start" '{}' >/dev/null
expect "one of the two is offered it" wait_for '[ "$(offered)" = 1 ]'
for device in mfp-1 mfp-2; do
    href=$(link "$device" deploymentBase)
    [ -z "$href" ] || break
done
action=$(fetch "$device" "$href" | jq -r .id)
expect "it begins" is 200 tell "$device" "$action" proceeding none
expect "the rollout is aborted" is 200 api_status POST "/rollouts/$made/abort" '{"reason":"paper jams"}'
expect "the cancel reaches the device instead of the deployment" wait_for \
    '[ -n "$(link "$device" cancelAction)" ] && [ -z "$(link "$device" deploymentBase)" ]'
expect "it is told which to stop" is "$action" sh -c \
    "curl -sS --cacert '$CA' -H 'Authorization: TargetToken $(cat "$WORK/$device.token")' \
    '$(link "$device" cancelAction)' | jq -r .cancelAction.stopId"
expect "it agrees" is 200 tell "$device" "$action" closed success cancelAction
expect "it may agree twice" is 200 tell "$device" "$action" closed success cancelAction
expect "the action is recalled" is recalled action_state "$action"
expect "nothing is left for it" is "" link "$device" cancelAction
expect "the rollout is aborted for good" is aborted rollout "$made" .state
expect "an aborted rollout cannot go on" is 409 api_status POST "/rollouts/$made/resume" '{}'
verdict
