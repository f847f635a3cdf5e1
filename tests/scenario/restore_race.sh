#!/bin/sh
# One restore is for one device, once: 100 redemptions at the same moment, another device, a second time, too late.
. "$(dirname "$0")/../support/service.sh"
need python3 sqlite3
[ -x "$BIN_DIR/tests/backup_tool" ] || skip "backup_tool is not built"
service_start

mkdir "$WORK/fleet"
tenant=$(api GET /backup-custody | jq -r .recipient)
"$BIN_DIR/tests/backup_tool" "$WORK/fleet" 4 "$tenant" || die "nothing to give"
fleet() {
    python3 "$SOURCE_DIR/tests/backup/fleet.py" "$@"
}
fleet give "$WORK/fleet" 0 4 >"$WORK/given" || die "the fleet could not give"
backup=$(awk '$1 == "mfp-0" {print $2}' "$WORK/given")

# restore_make DEVICE: plans and starts one, prints its id
restore_make() {
    ns restore plan "$backup" --device "$1" --json 2>>"$WORK/cli.log" >"$WORK/plan.json" &&
        ns restore start "$(jq -r .id "$WORK/plan.json")" >>"$WORK/cli.log" 2>&1 && jq -r .id "$WORK/plan.json"
}

# count STATUS: how often it is in what the last race printed
count() {
    grep -c "^$1$" "$WORK/race" || true
}

restore=$(restore_make mfp-0) || die "no restore: $(tail -3 "$WORK/cli.log")"
expect "another device is told nothing of it" is 404 fleet redeem mfp-1 "$restore" 1
fleet redeem mfp-0 "$restore" 100 >"$WORK/race"
expect "of 100 at once exactly one succeeds" is 1 count 200
expect "the other 99 are refused" is 99 count 409
echo "measured: 100 redemptions at once: $(count 200) succeeded, $(count 409) refused"
expect "later ones, too" is 409 fleet redeem mfp-0 "$restore" 1
expect "it stands as redeemed" is redeemed sh -c "curl -sS --cacert '$CA' -H 'Authorization: Bearer $ADMIN' '$URL/api/v1/restores/$restore' | jq -r .state"
expect "the file is not for who does not know the redemption" is 403 ask status "GatewayToken $GATEWAY" GET \
    "$URL/$TENANT/controller/v1/mfp-0/restores/$restore/settings.age?nonce=00000000000000000000000000000000"
expect "a second one for the device waits for the first" sh -c "! '$BIN_DIR/nightshift' restore plan '$backup' --device mfp-0 --json >'$WORK/second.json' ||
    ! '$BIN_DIR/nightshift' restore start \$(jq -r .id '$WORK/second.json')"
expect "called back, nobody else can take it either" ns restore cancel "$restore" --reason "wrong machine"
expect "for its device holds it until it lets go" is 409 fleet redeem mfp-0 "$restore" 1

unused=$(restore_make mfp-3) || die "no restore to cancel: $(tail -3 "$WORK/cli.log")"
expect "one that nobody has taken is over at once" ns restore cancel "$unused" --reason "not needed"
expect "also for its device" is 410 fleet redeem mfp-3 "$unused" 1
expect "and its header is destroyed" is 0 \
    sqlite3 "$DIR/nightshift.db" "SELECT length(header) FROM restore WHERE id = $unused"

# ---- onto another machine: never the adjustment values, and sealed for that one alone ----------------------

other=$(restore_make mfp-2) || die "no second restore: $(tail -3 "$WORK/cli.log")"
expect "a restore for a replacement is for the replacement" is 404 fleet redeem mfp-0 "$other" 1
expect "which takes it" is 200 fleet redeem mfp-2 "$other" 1
verdict
