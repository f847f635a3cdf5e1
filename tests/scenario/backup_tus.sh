#!/bin/sh
# Somebody else's tus client gives a backup: cut at 40 %, the service killed and started again in between, and the same
# upload goes on at the byte.
. "$(dirname "$0")/../support/service.sh"
need node npm timeout age-keygen cmp
[ -x "$BIN_DIR/tests/age_tool" ] || skip "age_tool is not built"
HOME=$USER_HOME timeout 120 npm install --prefix "$WORK/js" --no-audit --no-fund --silent --ignore-scripts tus-js-client@4 \
    >"$WORK/npm.log" 2>&1 || skip "npm cannot install tus-js-client"

age-keygen -o "$WORK/customer.key" 2>/dev/null
age-keygen -o "$WORK/device.key" 2>/dev/null
customer=$(age-keygen -y "$WORK/customer.key")
device=$(age-keygen -y "$WORK/device.key")
service_start
ns backup move customer --recipient "$customer" >>"$WORK/cli.log" 2>&1 || die "no customer custody"
wait_for "[ \"\$(api GET /backup-custody | jq -r .custody)\" = customer ]" || die "custody did not move"
random_file "$WORK/settings" 30000000
"$BIN_DIR/tests/age_tool" seal "$customer" "$device" <"$WORK/settings" >"$WORK/backup.age"
ask body "GatewayToken $GATEWAY" GET "$URL/$TENANT/controller/v1/mfp-t" >/dev/null || die "no device"
ask body "GatewayToken $GATEWAY" PUT "$URL/$TENANT/controller/v1/mfp-t/recipient" "{\"recipient\":\"$device\"}" >/dev/null ||
    die "the recipient was refused"

cat >"$WORK/js/give.js" <<'END'
const fs = require('fs');
const tus = require('tus-js-client');
const [file, endpoint, token, recipients, cutAt, memo] = process.argv.slice(2);
const size = fs.statSync(file).size;
const upload = new tus.Upload(fs.createReadStream(file), {
  endpoint, uploadSize: size, chunkSize: 1 << 20, retryDelays: null,
  uploadUrl: fs.existsSync(memo) ? fs.readFileSync(memo, 'utf8') : null,
  headers: { Authorization: 'GatewayToken ' + token },
  metadata: { trigger: 'panel', taken: '2026-09-02T10:15:00Z', model: 'MFP-3145', serial: 'SN-t',
              firmware: 'system=4.2.0', categories: 'panel-layout=1', recipients },
  onProgress(sent, total) {
    if (upload.url) fs.writeFileSync(memo, upload.url);
    if (Number(cutAt) && sent / total >= Number(cutAt) / 100) { console.log('cut at', sent); process.exit(9); }
  },
  onAfterResponse(request, response) {
    const id = response.getHeader('Nightshift-Backup');
    if (request.getMethod() === 'HEAD') console.log('goes on at', response.getHeader('Upload-Offset'));
    if (id) console.log('backup', id);
  },
  onError(error) { console.error(String(error)); process.exit(1); },
  onSuccess() { console.log('done'); process.exit(0); },
});
upload.start();
END
give() {
    NODE_EXTRA_CA_CERTS=$CA timeout 60 node "$WORK/js/give.js" "$WORK/backup.age" \
        "$URL/$TENANT/controller/v1/mfp-t/backups" "$GATEWAY" "$customer $device" "$1" "$WORK/memo"
}

give 40 >"$WORK/first" 2>&1
expect "it is cut at 40 %" grep -q '^cut at' "$WORK/first"
kill -9 "$(pgrep -P "$SERVICE_PID" nightshiftd || echo "$SERVICE_PID")"
wait_for "! service_is_up" || die "the service lives on"
service_start
give 0 >"$WORK/second" 2>&1
expect "it ends well" grep -q '^done' "$WORK/second"
at=$(sed -n 's/^goes on at //p' "$WORK/second")
expect "at the byte that was acknowledged, not at the first" [ "${at:-0}" -ge 8000000 ]
echo "measured: $(cat "$WORK/first" | tail -1); after the restart it goes on at $at of $(stat -c %s "$WORK/backup.age")"
id=$(sed -n 's/^backup //p' "$WORK/second" | tail -1)
expect "the service says which backup it became" [ -n "$id" ]
expect "it comes back as it was given" sh -c "curl -sS --cacert '$CA' -H 'Authorization: Bearer $ADMIN' '$URL/api/v1/backups/$id/file' | cmp - '$WORK/backup.age'"
give 0 >"$WORK/third" 2>&1
expect "asked once more, the same upload is the same backup" is "$id" sh -c "sed -n 's/^backup //p' '$WORK/third' | tail -1"
verdict
