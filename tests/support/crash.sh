# Sourced behind service.sh by scripts that hurt the service under load: a service in $DIR that has what the load needs.

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

# harm PROGRAM DIR NAME OPTION...: a program of tests/crash, with the service in DIR; what that acknowledges is noted in
# $WORK/NAME.book
harm() {
    program=$1 where=$2 name=$3
    shift 3
    python3 "$SOURCE_DIR/tests/crash/$program.py" --bin "$BIN_DIR/nightshiftd" --dir "$where" --port "$PORT" --ca "$CA" \
        --admin "$ADMIN" --tenant "$TENANT" --release "$release" --log "$WORK/$name.log" --book "$WORK/$name.book" \
        --tool "$BIN_DIR/nightshift" --key "$DIR/keys/engineer-1.key" --sealed "$WORK/sealed" --sealed-count 500 "$@"
}
