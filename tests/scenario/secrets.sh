#!/bin/sh
# No token, claim code or private key reaches a log line, or rests anywhere but in the files that are meant to hold
# it. Every door that makes or takes a secret is used, rightly and wrongly, with the log at its most talkative.
. "$(dirname "$0")/../support/service.sh"
need sqlite3
service_start
service_stop
echo "log_level = debug" >>"$DIR/nightshift.conf"
service_start
SECRETS=$WORK/secrets
: >"$SECRETS"

# secret NAME VALUE: remembered, to be looked for
secret() {
    [ ${#2} -ge 8 ] || die "no secret came of: $1"
    echo "$1 $2" >>"$SECRETS"
}

# open_door AUTHORIZATION METHOD PATH [JSON]: whatever it answers
open_door() {
    who=$1 door_method=$2 door_path=$3
    shift 3
    ask status "$who" "$door_method" "$URL$door_path" "$@" >>"$WORK/statuses"
    echo " $door_method $door_path" >>"$WORK/statuses"
}

# ---- doors that make a secret ------------------------------------------------------------------------

secret admin_token "$ADMIN"
secret gateway_token "$GATEWAY"
operator=$(api POST /operators '{"name":"ci","role":"engineer"}' | jq -r .token)
secret operator_token "$operator"
device=$(api POST /devices '{"id":"known-1","family":"demo","model":"demo-200"}' | jq -r .token)
secret device_token "$device"
rotated=$(api POST /devices/known-1/token '{}' | jq -r .token)
secret rotated_token "$rotated"
keyed=$(curl -sS --cacert "$CA" -H "Authorization: Bearer $ADMIN" -H "Idempotency-Key: k-1" \
    -H 'Content-Type: application/json' -d '{"id":"known-2"}' "$URL/api/v1/devices" | jq -r .token)
secret keyed_token "$keyed"
claim=$(api POST /claims '{}' | jq -r '.claims[0].code')
secret claim_code "$claim"
secret claim_bare "$(echo "$claim" | tr -d -)"
unused=$(api POST /claims '{"controller_id":"later"}' | jq -r '.claims[0].code')
secret unused_claim "$unused"
secret unused_bare "$(echo "$unused" | tr -d -)"
enrolled=$(ask body "" POST "$URL/$TENANT/controller/v1/enrolled-1/enrol" "{\"claim\":\"$claim\",\"serial\":\"S1\"}" |
    jq -r .token)
secret enrolled_token "$enrolled"
gateway=$(api POST /tenant/gateway-token '{}' | jq -r .token)
secret new_gateway_token "$gateway"
for file in "$DIR"/trust/*/*.key "$DIR"/keys/*.key; do
    sed -n "s/^secret: /key:$(basename "$file") /p" "$file"
done >"$WORK/keys"
grep -vE '^-' "$DIR/tls/server.key" | sed -n 2p | sed 's/^/tls_key /' >>"$WORK/keys"
expect "the key files hold keys" [ "$(wc -l <"$WORK/keys")" -ge 7 ]

# ---- doors that take one, rightly -----------------------------------------------------------------------

open_door "" POST /api/v1/session "{\"token\":\"$ADMIN\"}"
curl -sS -o "$WORK/answer" --cacert "$CA" -H "Cookie: nightshift=$ADMIN" "$URL/api/v1/whoami"
expect "the cookie opens the reading doors" grep -q '"admin"' "$WORK/answer"
open_door "Bearer $operator" GET /api/v1/releases
open_door "TargetToken $rotated" GET "/$TENANT/controller/v1/known-1"
open_door "TargetToken $enrolled" GET "/$TENANT/controller/v1/enrolled-1"
open_door "GatewayToken $gateway" GET "/$TENANT/controller/v1/met-1"
expect "the doors opened" [ "$(grep -c '^20' "$WORK/statuses")" = 5 ]

# ---- and wrongly: what is refused is logged --------------------------------------------------------------

open_door "Bearer $rotated" GET /api/v1/releases
open_door "TargetToken $operator" GET "/$TENANT/controller/v1/known-1"
open_door "TargetToken $device" GET "/$TENANT/controller/v1/known-1"
open_door "GatewayToken $GATEWAY" GET "/$TENANT/controller/v1/met-2"
open_door "Bearer $operator" GET /api/v1/operators
open_door "$operator" GET /api/v1/whoami
open_door "" POST /api/v1/session "{\"token\":\"$operator\",\"colour\":1}"
open_door "" POST /api/v1/session "{\"token\" \"$operator\"}"
open_door "" POST /api/v1/session "{\"token\":$operator}"
open_door "" POST /api/v1/session "$operator"
for code in "$claim" "$unused" "$(echo "$unused" | tr -d -)"; do
    for body in "{\"claim\":\"$code\"}" "{\"claim\" \"$code\"}" "{\"claim\":$code}" "{\"claim\":\"$code" \
        "{\"claim\":\"$code\" \"$code\"}" "[\"$code\"]" "$code"; do
        open_door "" POST "/$TENANT/controller/v1/other/enrol" "$body"
    done
done
curl -sS -o "$WORK/answer" --cacert "$CA" "$URL/api/v1/whoami?token=$operator"
curl -sS -o "$WORK/answer" --cacert "$CA" "$URL/no/such/door?access_token=$operator"
curl -sS -o "$WORK/answer" --cacert "$CA" -X BREW -H "Authorization: Bearer $operator" "$URL/api/v1/whoami"
curl -sS -o "$WORK/answer" --cacert "$CA" -H "Idempotency-Key: k-1" -H "Authorization: Bearer $ADMIN" \
    -H 'Content-Type: application/json' -d '{"id":"known-2"}' "$URL/api/v1/devices"
expect "a key used again gives no secret back" sh -c "! grep -q '$keyed' '$WORK/answer'"
printf 'GET /api/v1/whoami HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nbroken header\r\n\r\n' "$operator" |
    openssl s_client -quiet -connect "localhost:$PORT" -CAfile "$CA" >"$WORK/answer" 2>/dev/null
expect "most of it was refused" [ "$(grep -c '^4' "$WORK/statuses")" -ge 20 ]

# ---- what the commands and the lists show ------------------------------------------------------------------

ns operator list --json >"$WORK/shown" 2>&1
for path in /operators /devices /claims /tenant /audit?limit=500 /devices/known-1 /whoami /families; do
    api GET "$path" >>"$WORK/shown"
done
curl -sS --cacert "$CA" "$URL/metrics" >>"$WORK/shown"
wait_for "[ \"\$(grep -c ' refused ' '$WORK/service.log')\" -ge 20 ]" || die "the refusals are not in the log"
expect "the log talks about polls, too" grep -q ' debug ' "$WORK/service.log"
service_stop

# ---- looking ------------------------------------------------------------------------------------------------

# holders NAME VALUE: the files that hold it and are not meant to, and the log
holders() {
    case $1 in
    admin_token | gateway_token) meant='\.token$' ;;
    key:* | tls_key) meant='\.key$' ;;
    *) meant='^$' ;;
    esac
    grep -rlaF -e "$2" "$DIR" | sed "s|^$DIR/||" | grep -vE "$meant"
    grep -laF -e "$2" "$WORK/service.log" "$WORK/shown"
}

nowhere() {
    bad=0
    while read -r name value; do
        where=$(holders "$name" "$value")
        [ -z "$where" ] || { echo "$name is in: $where"; bad=1; }
    done <"$1"
    return $bad
}

expect "the search finds what is there" sh -c "grep -rlaF -e known-1 '$DIR' | grep -q nightshift.db"
expect "no token and no claim code is in the log, a list or a file" nowhere "$SECRETS"
expect "no private key is in the log, a list or another file" nowhere "$WORK/keys"
expect "what must be secret is readable by its owner only" sh -c \
    "! find '$DIR' \\( -name '*.key' -o -name '*.token' \\) -perm /077 | grep ."
expect "strangers on the machine read none of what rests" sh -c "! find '$DIR' -name 'nightshift.db*' -perm /007 | grep ."
expect "the log has no line of a body" sh -c "! grep -aE 'claim\":|token\":' '$WORK/service.log'"
verdict
