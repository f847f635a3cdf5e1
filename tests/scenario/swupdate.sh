#!/bin/sh
# Debian's SWUpdate (suricatta) as the device: it downloads over a bad line, refuses what is not signed, obeys a
# cancel, confirms after a second start, and is refused with a wrong token. Nothing of it is ours or changed.
. "$(dirname "$0")/../support/service.sh"
need swupdate cpio python3 sha256sum
swupdate --help 2>&1 | grep -q suricatta || skip "this swupdate has no suricatta"
# Debian 13 builds in several servers' dialects and wants one named; Debian 12 has hawkBit's only.
module=
! swupdate --help 2>&1 | grep -q "suricatta module 'hawkbit'" || module="-S hawkbit"
service_start
api PATCH /tenant '{"poll_sleep_s":1}' >/dev/null || die "no short polls"

# ---- a signed .swu ----------------------------------------------------------------------------------

# signer NAME: a certificate that may sign, and its key
signer() {
    openssl req -x509 -newkey rsa:2048 -nodes -days 30 -subj "/CN=$1" -keyout "$WORK/$1.key" -out "$WORK/$1.crt" \
        -addext extendedKeyUsage=emailProtection -addext keyUsage=digitalSignature 2>>"$WORK/cli.log"
}

# swu NAME VERSION BYTES SIGNER: $WORK/NAME.swu, which writes its payload to $WORK/installed.bin
swu() {
    mkdir -p "$WORK/$1"
    random_file "$WORK/$1/payload.bin" "$3"
    cat >"$WORK/$1/sw-description" <<END
software = {
    version = "$2";
    hardware-compatibility: [ "1.0" ];
    files: ( {
        filename = "payload.bin";
        path = "$WORK/installed.bin";
        type = "rawfile";
        sha256 = "$(sha256sum <"$WORK/$1/payload.bin" | cut -d' ' -f1)";
    } );
}
END
    openssl cms -sign -in "$WORK/$1/sw-description" -out "$WORK/$1/sw-description.sig" -signer "$WORK/$4.crt" \
        -inkey "$WORK/$4.key" -outform DER -nosmimecap -binary
    (cd "$WORK/$1" && printf '%s\n' sw-description sw-description.sig payload.bin | cpio -o -H crc --quiet) \
        >"$WORK/$1.swu"
}

signer trusted
signer stranger
swu good 2.0 4000000 trusted
swu forged 2.1 100000 stranger
swu next 2.2 4000000 trusted

good=$(make_foreign "$WORK/good.swu" 2.0) || die "no release"
forged=$(make_foreign "$WORK/forged.swu" 2.1) || die "no forged release"
next=$(make_foreign "$WORK/next.swu" 2.2) || die "no next release"

# ---- the client -------------------------------------------------------------------------------------

# device_start ID TOKEN URL [OPTION...]: suricatta of this device, its words in $WORK/ID.log
device_start() {
    id=$1
    mkdir -p "$WORK/$id"
    cat >"$WORK/$id.cfg" <<END
globals : { verbose = true; loglevel = 6; public-key-file = "$WORK/trusted.crt"; };
identify : ( { name = "serial"; value = "SN-$id"; } );
suricatta : { tenant = "$TENANT"; id = "$id"; url = "$3"; targettoken = "$2"; cafile = "$CA";
              nocheckcert = false; retry = 5; retrywait = 1; polldelay = 1; };
END
    shift 3
    TMPDIR=$WORK/$id swupdate -f "$WORK/$id.cfg" -H test:1.0 -v -u "$module $*" >>"$WORK/$id.log" 2>&1 &
    DEVICE_PID=$!
    later $DEVICE_PID
}

# A signal may meet it in one of its retries: then it is ended for good.
device_stop() {
    kill "$DEVICE_PID" 2>/dev/null
    wait_for '! kill -0 $DEVICE_PID 2>/dev/null' 2 || kill -9 "$DEVICE_PID"
    wait "$DEVICE_PID" 2>/dev/null
}

says() {
    grep -F -e "$2" "$WORK/$1.log"
}

is_state() {
    [ "$(action_state "$1")" = "$2" ]
}

# ---- poll, download over a line that cuts, install ----------------------------------------------------

token=$(device_make sw-1 suricatta) || die "no device"
line_start bad --times 1 --at 45
device_start sw-1 "$token" "$LINE_URL"
expect "its attributes arrive" wait_for \
    '[ "$(api GET /devices/sw-1 | jq -r ".attributes.serial")" = SN-sw-1 ]'
expect "it polls and finds nothing" wait_for '[ "$(grep -c "GET /$TENANT/controller/v1/sw-1 " "$line")" -ge 2 ]'
action=$(assign sw-1 "$good") || die "no action"
expect "it takes the update" wait_for 'says sw-1 "SWUPDATE successful" || says sw-1 "Installation SUCCESSFUL"' 40
expect "the line cut it" grep '^cut .*good.swu' "$line"
expect "it asked for the length first" grep 'HEAD .*good.swu' "$line"
expect "it went on with a range" grep -E 'GET .*good.swu bytes=[1-9][0-9]*-' "$line"
expect "what it installed is what was built" same_bytes "$WORK/installed.bin" "$WORK/good/payload.bin"
expect "its words are kept" wait_for 'action_says $action "All Chunks Installed."'
expect "the action stays open until it has restarted" test -n \
    "$(ddi "$token" GET /sw-1 | jq -r '._links.deploymentBase.href // empty')"
device_stop

device_start sw-1 "$token" "$URL" -c 2
expect "a second start that says it went well makes it healthy" wait_for 'is_state $action healthy'
expect "the device runs the new version" wait_for \
    '[ "$(api GET /devices/sw-1 | jq -r .components.system)" = 2.0 ]'
expect "and is in step" is in_sync sh -c "'$BIN_DIR/nightshift' device show sw-1 --json | jq -r .status"
device_stop

# ---- a signature it does not trust ----------------------------------------------------------------------

rm -f "$WORK/installed.bin"
token=$(device_make sw-2 suricatta) || die "no second device"
action=$(assign sw-2 "$forged") || die "no second action"
device_start sw-2 "$token" "$URL"
expect "a stranger's signature is a failure" wait_for 'is_state $action failed'
expect "in the device's own words" wait_for 'action_says $action "No suitable .swu image found" &&
    action_says $action "ignature"'
expect "and nothing was installed" test ! -e "$WORK/installed.bin"
device_stop

# ---- called back while it downloads -----------------------------------------------------------------------

token=$(device_make sw-3 suricatta) || die "no third device"
action=$(assign sw-3 "$next") || die "no third action"
line_start slow --rate 400000
device_start sw-3 "$token" "$LINE_URL"
expect "it downloads" wait_for 'grep "GET .*next.swu" "$line"'
expect "it is called back" is 200 api_status POST "/actions/$action/cancel" '{"reason":"wrong printer"}'
expect "it lets go" wait_for 'is_state $action recalled' 30
expect "and installed nothing" test ! -e "$WORK/installed.bin"
device_stop

# ---- a wrong token -------------------------------------------------------------------------------------------

line_start stranger
device_start sw-3 0123456789abcdef0123456789abcdef "$LINE_URL"
expect "with a wrong token it is refused" wait_for \
    'grep "refused method=GET path=/$TENANT/controller/v1/sw-3 code=unknown_who" "$WORK/service.log"'
expect "that is 401" is 401 ddi_status 0123456789abcdef0123456789abcdef GET /sw-3
expect "it tries on" wait_for '[ "$(grep -c "/sw-3" "$line")" -ge 3 ]'
expect "and others are served meanwhile" is 200 api_status GET /whoami
device_stop
verdict
