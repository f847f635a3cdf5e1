#!/bin/sh
# Customer custody: 200 canaries lie in the settings of 100 devices. A thief takes the whole server, folder and memory,
# and finds none of them, before and after a restore; so does one who comes after custody has moved.
. "$(dirname "$0")/../support/service.sh"
need python3 age age-keygen
[ -x "$BIN_DIR/tests/backup_tool" ] || skip "backup_tool is not built"
[ "$(id -u)" = 0 ] || skip "reading another program's memory takes root"
devices=100

seq 1 200 | while read -r n; do
    echo "canary-$n-$(head -c 9 /dev/urandom | od -An -tx1 | tr -d ' \n')"
done >"$WORK/canaries"
age-keygen -o "$WORK/customer.key" 2>/dev/null
age-keygen -o "$WORK/escrow.key" 2>/dev/null
customer=$(age-keygen -y "$WORK/customer.key")
escrow=$(age-keygen -y "$WORK/escrow.key")

# found WHERE: how many of the words in $WORK/$2 are in the files below it
found() {
    python3 - "$1" "$2" <<'END'
import os, sys
words = [line.strip().encode() for line in open(sys.argv[2]) if line.strip()]
seen = set()
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        seen |= {word for word in words if word in data}
print(len(seen))
END
}

# memory PID FILE: everything the program has mapped, without what is zero. A sanitizer's shadow, which tells where bytes
# lie and not what they are, is terabytes wide: mappings that large are passed over.
memory() {
    python3 - "$1" "$2" <<'END'
import sys
with open(f"/proc/{sys.argv[1]}/maps") as maps, open(f"/proc/{sys.argv[1]}/mem", "rb", 0) as mem, \
        open(sys.argv[2], "wb") as out:
    for line in maps:
        span, rights = line.split()[:2]
        begin, end = (int(part, 16) for part in span.split("-"))
        if "r" not in rights or "[vv" in line or end - begin > 4 << 30:
            continue
        try:
            mem.seek(begin)
            while begin < end:
                piece = mem.read(min(end - begin, 1 << 22))
                if not piece:
                    break
                if piece.count(0) < len(piece):
                    out.write(piece)
                begin += len(piece)
        except (OSError, ValueError):
            pass
END
}

# theft NAME: a copy of the folder, and the memory of the service
theft() {
    mkdir -p "$WORK/$1/memory"
    cp -a "$DIR" "$WORK/$1/folder"
    memory "$(pgrep -P "$SERVICE_PID" nightshiftd || echo "$SERVICE_PID")" "$WORK/$1/memory/image"
}

# opened COPY KEYS: how many of the backups in it any of the keys opens
opened() {
    python3 - "$1" "$2" "$WORK" <<'END'
import glob, os, sqlite3, subprocess, sys
copy, keys, work = sys.argv[1:]
db = sqlite3.connect(os.path.join(copy, "nightshift.db"))
count = 0
tried = 0
for header, payload in db.execute("SELECT header, payload FROM backup WHERE gone_ms = 0 LIMIT 20"):
    path = os.path.join(work, "try.age")
    with open(path, "wb") as file, open(os.path.join(copy, "blobs", payload[:2], payload), "rb") as blob:
        file.write(bytes(header) + blob.read())
    tried += 1
    for key in glob.glob(keys):
        done = subprocess.run(["age", "-d", "-i", key, path], capture_output=True, stdin=subprocess.DEVNULL)
        count += done.returncode == 0
print(f"{count} of {tried}")
END
}

# ---- customer custody from the start ------------------------------------------------------------------

service_start
expect "the tenant's backups are the customer's" ns backup move customer --recipient "$customer"
expect "the service has no identity any more" wait_for \
    "[ \"\$(api GET /backup-custody | jq -r .custody)\" = customer ] && [ ! -e '$DIR/trust/$TENANT/backup.key' ]"
expect "an escrow is agreed" ns backup rule --escrow "$escrow"
mkdir "$WORK/fleet"
expect "100 devices seal 200 canaries" \
    "$BIN_DIR/tests/backup_tool" "$WORK/fleet" -c "$WORK/canaries" $devices "$customer" "$escrow"
expect "the settings do hold them" is 200 found "$WORK/fleet" "$WORK/canaries"
python3 "$SOURCE_DIR/tests/backup/fleet.py" give "$WORK/fleet" 0 $devices >"$WORK/given" || die "the fleet could not give"
theft first
echo "mfp-17" >"$WORK/known"
expect "the search finds what is there: an id, in the folder" is 1 found "$WORK/first/folder" "$WORK/known"
expect "and in memory" is 1 found "$WORK/first/memory" "$WORK/known"
expect "no canary is in the folder" is 0 found "$WORK/first/folder" "$WORK/canaries"
expect "no canary is in memory" is 0 found "$WORK/first/memory" "$WORK/canaries"
expect "no key of the folder opens a backup" is "0 of 20" opened "$WORK/first/folder" "$WORK/first/folder/trust/*/*.key"
expect "the customer's does" is "20 of 20" opened "$WORK/first/folder" "$WORK/customer.key"
expect "and the escrow's" is "20 of 20" opened "$WORK/first/folder" "$WORK/escrow.key"

# ---- a restore is planned and sent by whoever has the identity ----------------------------------------

backup=$(awk '$1 == "mfp-5" {print $2}' "$WORK/given")
ns restore plan "$backup" --device mfp-5 --identity "$WORK/customer.key" --json >"$WORK/plan.json" 2>>"$WORK/cli.log"
restore=$(jq -r .id "$WORK/plan.json")
expect "the command plans where the identity is" is planned jq -r .state "$WORK/plan.json"
expect "and sends" ns restore start "$restore" --identity "$WORK/customer.key"
expect "the device takes it" is 200 python3 "$SOURCE_DIR/tests/backup/fleet.py" redeem mfp-5 "$restore" 1
theft second
expect "after it no canary is in the folder" is 0 found "$WORK/second/folder" "$WORK/canaries"
expect "nor in memory" is 0 found "$WORK/second/memory" "$WORK/canaries"
service_stop

# ---- custody moves: headers are wrapped anew, payloads stay ----------------------------------------------

DIR=$WORK/other
PORT=0
service_start
tenant=$(api GET /backup-custody | jq -r .recipient)
mkdir "$WORK/fleet2"
expect "in service custody, too, 100 devices seal them" \
    "$BIN_DIR/tests/backup_tool" "$WORK/fleet2" -c "$WORK/canaries" $devices "$tenant"
python3 "$SOURCE_DIR/tests/backup/fleet.py" give "$WORK/fleet2" 0 $devices >"$WORK/given2" || die "the fleet could not give"
cp -a "$DIR/trust" "$WORK/old-trust"
(cd "$DIR/blobs" && find . -type f | sort) >"$WORK/blobs-before"
expect "custody moves to the customer" ns backup move customer --recipient "$customer"
expect "until every header is theirs" wait_for \
    "[ \"\$(api GET /backup-custody | jq -r '.custody, .left' | tr '\n' ' ')\" = 'customer 0 ' ]"
expect "the payloads are the same files" sh -c "cd '$DIR/blobs' && find . -type f | sort | cmp - '$WORK/blobs-before'"
expect "the identity's file is gone" sh -c "[ ! -e '$DIR/trust/$TENANT/backup.key' ]"
service_stop
service_start
theft third
expect "after a restart no canary is in memory" is 0 found "$WORK/third/memory" "$WORK/canaries"
expect "nor in the folder" is 0 found "$WORK/third/folder" "$WORK/canaries"
expect "what opened them before opens none of the new headers" \
    is "0 of 20" opened "$WORK/third/folder" "$WORK/old-trust/*/*.key"
expect "the customer's key does" is "20 of 20" opened "$WORK/third/folder" "$WORK/customer.key"
expect "and back to the service, with the customer's identity" \
    ns backup move service --identity "$WORK/customer.key"
expect "which then opens them again" is service sh -c "ns() { '$BIN_DIR/nightshift' \"\$@\"; }; ns backup custody --json | jq -r .custody"
verdict
