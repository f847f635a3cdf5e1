# Sourced behind service.sh by scripts that kill the service under load: a service in $DIR that has what the load needs.

export PYTHONDONTWRITEBYTECODE=1

crash_prepare() {
    service_start
    mkdir "$WORK/in" "$WORK/sealed"
    random_file "$WORK/in/system.img" 10000
    release=$(make_release "$WORK/in" 1.0) || die "no release"
    tenant=$(api GET /backup-custody | jq -re .recipient) || die "no backup custody"
    "$BIN_DIR/tests/backup_tool" "$WORK/sealed" 500 "$tenant" || die "nothing is sealed"
    service_stop
}

# load DIR NAME OPTION...: writes to the service in DIR and kills it; what it acknowledged is noted in $WORK/NAME.book
load() {
    where=$1 name=$2
    shift 2
    python3 "$SOURCE_DIR/tests/crash/load.py" --bin "$BIN_DIR/nightshiftd" --dir "$where" --port "$PORT" --ca "$CA" \
        --admin "$ADMIN" --tenant "$TENANT" --release "$release" --log "$WORK/$name.log" --book "$WORK/$name.book" \
        --tool "$BIN_DIR/nightshift" --key "$DIR/keys/engineer-1.key" --sealed "$WORK/sealed" --sealed-count 500 "$@"
}
