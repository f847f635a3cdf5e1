#!/bin/sh
# One claim code, 100 machines that enrol with it at the same moment: exactly one becomes a device, and no other leaves a
# trace.
. "$(dirname "$0")/../support/service.sh"
need python3
service_start

# enrols PATH CLAIM: 100 at once; their statuses are in $WORK/race
enrols() {
    python3 "$SUPPORT/race.py" 100 POST "/$TENANT/controller/v1/$1/enrol" \
        "{\"claim\":\"$2\",\"family\":\"demo\",\"model\":\"demo-200\",\"serial\":\"SN-{n}\"}" >"$WORK/race" 2>"$WORK/race.err" ||
        { cat "$WORK/race.err"; return 1; }
}

# count STATUS: how often it is in what the last race printed
count() {
    grep -c "^$1$" "$WORK/race" || true
}

devices() {
    ns device list --json 2>>"$WORK/cli.log" | jq '.items | length'
}

before=$(devices)
claim=$(ns claim make --json 2>>"$WORK/cli.log" | jq -re '.claims[0].code') || die "no claim"
expect "100 machines enrol with one code at once" enrols 'mfp-{n}' "$claim"
expect "exactly one is let in" is 1 count 201
expect "the other 99 are refused" is 99 count 403
echo "measured: 100 enrolments at once: $(count 201) let in, $(count 403) refused"
expect "there is one device more, and no other" is $((before + 1)) devices
expect "the log tells of one" is 1 sh -c "'$BIN_DIR/nightshift' audit list --json | jq '[.items[] |
    select(.what == \"device.enrol\")] | length'"
expect "the code is used up" is 403 ask status none POST "$URL/$TENANT/controller/v1/late/enrol" "{\"claim\":\"$claim\"}"
verdict
