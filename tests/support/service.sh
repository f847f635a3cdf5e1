# A real service for one test: sourced by scripts, BIN_DIR and SOURCE_DIR come from ctest (BIN_DIR alone by hand).
# Nothing here sleeps for luck: wait_for asks again until a deadline. Everything started is stopped at the end.
#
#   need PROGRAM...                skips the test, with a reason, when one is missing
#   service_start [OPTION...]      a service in a fresh folder (or again in $DIR): URL CA TENANT ADMIN GATEWAY DIR
#   service_stop, service_is_up    the first waits until it is gone
#   expect SENTENCE COMMAND...     notes a failure and goes on; `verdict` at the end decides
#   wait_for 'CONDITION' [S]       true once the condition is, false at the deadline [20 s]
#   refuses CODE WORDS COMMAND...  exits with CODE and says WORDS on stderr
#   ns ARGS...                     the nightshift command, against the service
#   api METHOD PATH [JSON]         an operator's request; prints the answer, false for 4xx and 5xx
#   api_status METHOD PATH [JSON]  prints the status only
#   ddi TOKEN METHOD PATH [JSON]   a device's request below /TENANT/controller/v1
#   ddi_status TOKEN METHOD PATH [JSON]
#   make_release DIR VERSION ...   build, add, sign, publish; prints the release's id
#   make_foreign FILE VERSION ...  the same of a file that is no package of ours
#   device_make ID QUIRK           prints its token
#   assign DEVICE RELEASE ...      prints the action's id
#   action_state ACTION            prints it

export LC_ALL=C
HERE=$(cd "$(dirname "$0")/../.." && pwd)
SOURCE_DIR=${SOURCE_DIR:-$HERE}
SUPPORT=$SOURCE_DIR/tests/support
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY all_proxy ALL_PROXY no_proxy NO_PROXY CURL_HOME

skip() {
    echo "skipped: $1"
    exit 77
}

need() {
    for program in "$@"; do
        command -v "$program" >/dev/null || skip "there is no $program"
    done
}

[ -n "$BIN_DIR" ] || skip "BIN_DIR names no build"
[ -x "$BIN_DIR/nightshift" ] && [ -x "$BIN_DIR/nightshiftd" ] || skip "nightshift and nightshiftd are not built"
need curl jq openssl

WORK=$(mktemp -d) || exit 1
DIR=$WORK/service
started=
failures=0
USER_HOME=$HOME
export HOME=$WORK TMPDIR=$WORK XDG_STATE_HOME=$WORK/state

stop_pid() {
    kill "$1" 2>/dev/null || return 0
    wait_for "! kill -0 $1 2>/dev/null" 15 || kill -9 "$1" 2>/dev/null
    wait "$1" 2>/dev/null
    return 0
}

# later PID...: what ends with the test
later() {
    started="$* $started"
}

cleanup() {
    status=$?
    trap - EXIT INT TERM
    for pid in $started; do
        stop_pid "$pid"
    done
    if [ -n "$KEEP" ]; then
        echo "kept: $WORK"
    else
        rm -rf "$WORK"
    fi
    exit $status
}
trap cleanup EXIT
trap 'exit 130' INT TERM

die() {
    echo "failed: $1"
    [ ! -s "$WORK/service.log" ] || tail -20 "$WORK/service.log"
    exit 1
}

expect() {
    sentence=$1
    shift
    if "$@" >"$WORK/expect.out" 2>&1; then
        echo "ok: $sentence"
    else
        echo "FAILED: $sentence"
        echo "   $*"
        head -c 2000 "$WORK/expect.out" | sed 's/^/   /'
        failures=$((failures + 1))
    fi
}

verdict() {
    if service_is_up || [ -z "$SERVICE_PID" ]; then
        expect "the service complained about nothing" no_complaints
    else
        expect "the service is still up" false
    fi
    [ $failures = 0 ] || { tail -30 "$WORK/service.log"; exit 1; }
    exit 0
}

no_complaints() {
    ! grep -E ' error |Sanitizer|runtime error' "$WORK/service.log"
}

now_ms() {
    echo $(($(date +%s%N) / 1000000))
}

wait_for() {
    wait_end=$(($(now_ms) + ${2:-20} * 1000))
    until eval "$1"; do
        [ "$(now_ms)" -lt $wait_end ] || return 1
        sleep 0.05
    done
}

# ---- the service ---------------------------------------------------------------------------------

service_start() {
    : >"$WORK/service.json"
    "$BIN_DIR/nightshift" dev --dir "$DIR" --port "${PORT:-0}" --json "$@" \
        >"$WORK/service.json" 2>>"$WORK/service.log" &
    SERVICE_PID=$!
    later $SERVICE_PID
    service_known
}

# What it says of itself, once it has.
service_known() {
    wait_for "[ -s '$WORK/service.json' ] || ! service_is_up" 60
    URL=$(jq -re .url "$WORK/service.json") || die "the service did not start"
    CA=$(jq -r .ca "$WORK/service.json")
    TENANT=$(jq -r .tenant "$WORK/service.json")
    ADMIN=$(jq -r .admin_token "$WORK/service.json")
    GATEWAY=$(jq -r .gateway_token "$WORK/service.json")
    PORT=${URL##*:}
    export URL CA TENANT ADMIN GATEWAY DIR PORT
    export NIGHTSHIFT_URL="$URL" NIGHTSHIFT_CA="$CA" NIGHTSHIFT_TOKEN="$ADMIN"
}

service_is_up() {
    [ -n "$SERVICE_PID" ] && kill -0 "$SERVICE_PID" 2>/dev/null
}

service_stop() {
    stop_pid "$SERVICE_PID"
    SERVICE_PID=
}

# ---- asking ---------------------------------------------------------------------------------------

# ask WAY AUTHORIZATION METHOD URL [JSON]
ask() {
    way=$1 who=$2 method=$3 url=$4
    shift 4
    [ $# = 0 ] || set -- -H 'Content-Type: application/json' --data-binary "$1"
    case $way in
    body) set -- --fail-with-body "$@" ;;
    status) set -- -o "$WORK/answer" -w '%{http_code}' "$@" ;;
    esac
    curl -sS --max-time 30 --cacert "$CA" -H "Authorization: $who" -X "$method" "$@" "$url"
}

api() {
    method=$1 path=$2
    shift 2
    ask body "Bearer $ADMIN" "$method" "$URL/api/v1$path" "$@"
}

api_status() {
    method=$1 path=$2
    shift 2
    ask status "Bearer $ADMIN" "$method" "$URL/api/v1$path" "$@"
}

ddi() {
    token=$1 method=$2 path=$3
    shift 3
    ask body "TargetToken $token" "$method" "$URL/$TENANT/controller/v1$path" "$@"
}

ddi_status() {
    token=$1 method=$2 path=$3
    shift 3
    ask status "TargetToken $token" "$method" "$URL/$TENANT/controller/v1$path" "$@"
}

ns() {
    "$BIN_DIR/nightshift" "$@"
}

# is WANTED COMMAND...: what it prints is what is wanted
is() {
    wanted=$1
    shift
    got=$("$@")
    [ "$got" = "$wanted" ] || { echo "wanted \"$wanted\", got \"$got\""; return 1; }
}

refuses() {
    code=$1 words=$2
    shift 2
    "$@" >"$WORK/out" 2>"$WORK/said"
    got=$?
    cat "$WORK/said"
    [ $got = "$code" ] && grep -qF -e "$words" "$WORK/said"
}

same_bytes() {
    cmp "$1" "$2"
}

# random_file FILE BYTES
random_file() {
    head -c "$2" /dev/urandom >"$1"
}

# ---- a fleet's nouns ------------------------------------------------------------------------------

publish() {
    ns release sign "$1" --key "${ENGINEER:-$DIR/keys/engineer-1.key}" >>"$WORK/cli.log" 2>&1 &&
        ns release publish "$1" --json 2>>"$WORK/cli.log" | jq -re 'select(.state == "published") | .id'
}

make_release() {
    from=$1 version=$2 package=$WORK/package-$2.tar
    shift 2
    ns package build "$from" --family demo --version "$version" --out "$package" "$@" >>"$WORK/cli.log" 2>&1 &&
        release=$(ns release add "$package" --json 2>>"$WORK/cli.log" | jq -re .id) && publish "$release"
}

make_foreign() {
    file=$1 version=$2
    shift 2
    release=$(ns release add "$file" --family demo --version "$version" "$@" --json 2>>"$WORK/cli.log" |
        jq -re .id) && publish "$release"
}

device_make() {
    api POST /devices "{\"id\":\"$1\",\"family\":\"demo\",\"model\":\"demo-200\",\"quirk\":\"$2\"}" | jq -re .token
}

assign() {
    device=$1 release=$2
    shift 2
    ns device assign "$device" --release "$release" "$@" --json 2>>"$WORK/cli.log" | jq -re .id
}

action_state() {
    api GET "/actions/$1" | jq -r .state
}

# action_says ACTION WORDS: among what the device said
action_says() {
    api GET "/actions/$1/entries?limit=500" | jq -r '.items[].messages[]' | grep -F -e "$2"
}

# ---- a thief in front -------------------------------------------------------------------------------

# liar_start: liar.py in front of the service; LIAR_URL, its rules in $WORK/rules.json, its log in $WORK/liar.log
liar_start() {
    echo '[]' >"$WORK/rules.json"
    : >"$WORK/liar.port"
    : >"$WORK/liar.log"
    python3 "$SUPPORT/liar.py" --to "$PORT" --ca "$CA" --cert "$DIR/tls/server.pem" --key "$DIR/tls/server.key" \
        --rules "$WORK/rules.json" --log "$WORK/liar.log" >"$WORK/liar.port" 2>>"$WORK/service.log" &
    later $!
    wait_for "[ -s '$WORK/liar.port' ]" || die "the thief did not start"
    LIAR_URL=https://localhost:$(cat "$WORK/liar.port")
}

# lies JSON: its rules from now on
lies() {
    printf '%s' "$1" >"$WORK/rules.new" && mv "$WORK/rules.new" "$WORK/rules.json"
}

# ---- a bad line in front ---------------------------------------------------------------------------

# line_start NAME [OPTION...]: cut_proxy.py in front of the service; LINE_URL, and its log in $WORK/NAME.line
line_start() {
    line=$WORK/$1.line
    shift
    : >"$line.port"
    python3 "$SUPPORT/cut_proxy.py" --to "$PORT" --ca "$CA" --cert "$DIR/tls/server.pem" --key "$DIR/tls/server.key" \
        --log "$line" "$@" >"$line.port" 2>>"$WORK/service.log" &
    LINE_PID=$!
    later $LINE_PID
    wait_for "[ -s '$line.port' ]" || die "the bad line did not start"
    LINE_URL=https://localhost:$(cat "$line.port")
}
