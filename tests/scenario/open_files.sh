#!/bin/sh
# The service at its limit of open files. It takes only as many connections as it has files for, and more wait; it says so
# once; whoever is in goes on. When the limit falls below what is open (or the whole system has no more), new ones are
# turned away, what needs a file is refused with 503, nothing burns a processor and nothing acknowledged is lost. When
# there are files again it serves, without a restart.
. "$(dirname "$0")/../support/service.sh"
need python3 prlimit pgrep
limited() {
    limit=$1
    shift
    prlimit --nofile="$limit:$limit" "$@"
}
hard=$(ulimit -Hn)
[ "$hard" = unlimited ] || [ "$hard" -ge 1000 ] || skip "the limit of open files is $hard, and cannot be raised"

limited 300 "$BIN_DIR/nightshiftd" --dir "$WORK" --port 0 2>"$WORK/why"
expect "with too few it does not start" test $? = 1
expect "and says how many it needs" grep -q 'allow it 592 (LimitNOFILE=' "$WORK/why"

# start OPTION...: under a limit, with a file and a device
start() {
    (ulimit -n 800 && exec "$BIN_DIR/nightshift" dev --dir "$DIR" --port 0 --json "$@") \
        >"$WORK/service.json" 2>>"$WORK/service.log" &
    SERVICE_PID=$!
    later $SERVICE_PID
    service_known
}
start
random_file "$WORK/system.img" 3000000
make_foreign "$WORK/system.img" 1.0 >"$WORK/release" || die "no release"
sum=$(sha256sum <"$WORK/system.img" | cut -d' ' -f1)
token=$(device_make printer plain) || die "no device"
process=$(pgrep -P "$SERVICE_PID" nightshiftd | head -1)
jq -n --argjson pid "$process" --argjson port "$PORT" --arg ca "$CA" --arg token "$token" --arg admin "$ADMIN" \
    --arg poll "/$TENANT/controller/v1/printer" --arg file "/$TENANT/tuf/image/targets/demo/1.0/$sum.system.img" \
    '{$pid,$port,$ca,$token,$admin,$poll,$file}' >"$WORK/facts"

says() {
    grep -c " $1 " "$WORK/service.log"
}
# told FILTER: of what the last one saw
told() {
    jq -e "$1" "$WORK/seen"
}
see() {
    python3 "$SUPPORT/open_files.py" "$1" "$WORK/facts" >"$WORK/seen" || die "$1 did not come to its end"
    echo "measured: $1: $(cat "$WORK/seen")"
}

expect "it said at its start that the files suffice for 224 connections" grep -q 'connections.bounded .*taken=224' "$WORK/service.log"
see crowd
expect "a crowd has what is left of them" told '.taken >= 200 and .taken <= 224 and .turned_away == 5'
expect "descriptors are left for the store, the blobs and the uploads" told '.open_files < .limit - 300'
expect "who is in goes on" told '(.polls | keys) == ["200"] and .upload == [201, 204, 8000] and .download == 200'
expect "nothing turns in a circle" told '.processor_percent < 20'
expect "when they are gone it serves others" told .serves_again
expect "it said once that there were many" is 1 says connections.many
expect "and nothing of files" is 0 says files.short

see short
expect "with no file left who is in is still answered" told '(.polls | keys - ["200", "503"]) == [] and .polls["200"] > 0'
expect "new ones are turned away" told '.knocks["0"] > 10 and (.knocks | keys - ["0", "200", "503"]) == []'
expect "what needs a file is done or refused with 503" told '(.uploads | keys) == ["204", "503"] and (.more | keys - ["200", "201", "503"]) == []'
expect "nothing turns in a circle" told '.processor_percent < 50'
expect "with files again it serves, without a restart" told .serves_again
expect "every acknowledged upload is there, no refused one by half" told '.wrong_offsets == 0'
expect "and what was refused is taken" told '(.asked_again | keys) == ["204"]'
expect "it said once that it had no files" is 1 says files.short
expect "and once that it has" wait_for '[ "$(says files.enough)" = 1 ]'
expect "it is the same process" kill -0 "$process"
expect "no blob is half written" test -z "$(ls "$DIR/blobs/tmp")"
expect "the store is sound" sh -c "'$BIN_DIR/nightshift' store check '$DIR'"
[ $failures = 0 ] || { grep -v ' request ' "$WORK/service.log" | tail -30; exit 1; }
