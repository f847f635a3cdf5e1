#!/bin/sh
# Other people's TUF clients, with nothing but a root.json: they refresh over HTTPS, fetch a component, see the next
# release through two rotations of every key there is, and refuse what another service's root says. tuf-js from npm,
# python-tuf where it is installed.
. "$(dirname "$0")/../support/service.sh"
need timeout sha256sum
service_start

mkdir "$WORK/in"
random_file "$WORK/in/system.img" 300000
random_file "$WORK/in/engine.bin" 50000
make_release "$WORK/in" 1.0 >/dev/null || die "no release"
cp "$WORK/in/system.img" "$WORK/system-1.0.img"

base=$URL/$TENANT/tuf/image
root=$DIR/trust/$TENANT/1.root.json
ns init --dir "$WORK/elsewhere" --host localhost >>"$WORK/cli.log" 2>&1 || die "no second service"
stranger=$WORK/elsewhere/trust/$TENANT/1.root.json
clients=0

# ---- tuf-js --------------------------------------------------------------------------------------------

js_install() {
    command -v node >/dev/null && command -v npm >/dev/null || { echo "skipped: there is no node or npm"; return 1; }
    HOME=$USER_HOME timeout 60 npm install --prefix "$WORK/js" --no-audit --no-fund --silent --ignore-scripts tuf-js \
        >"$WORK/npm.log" 2>&1 || { echo "skipped: npm cannot install tuf-js"; return 1; }
    cat >"$WORK/js/get.js" <<'END'
const { Updater } = require('tuf-js');
const [dir, base, target, into] = process.argv.slice(2);
(async () => {
  const updater = new Updater({ metadataDir: dir, metadataBaseUrl: base + '/metadata', targetDir: dir,
    targetBaseUrl: base + '/targets' });
  await updater.refresh();
  const info = await updater.getTargetInfo(target);
  if (!info) throw new Error('no such target: ' + target);
  await updater.downloadTarget(info, into);
})().catch((error) => { console.error(String(error)); process.exit(1); });
END
}

js_get() {
    NODE_EXTRA_CA_CERTS=$CA timeout 30 node "$WORK/js/get.js" "$@"
}

# ---- python-tuf ------------------------------------------------------------------------------------------

py_install() {
    command -v python3 >/dev/null && python3 -c "import tuf.ngclient" 2>/dev/null ||
        { echo "skipped: python3 has no tuf.ngclient"; return 1; }
    cat >"$WORK/get.py" <<'END'
import inspect, os, sys
from tuf.ngclient import Updater

folder, base, target, into = sys.argv[1:]
more = {}
if "bootstrap" in inspect.signature(Updater.__init__).parameters:
    with open(os.path.join(folder, "root.json"), "rb") as file:
        more["bootstrap"] = file.read()
updater = Updater(folder, base + "/metadata/", folder, base + "/targets/", **more)
updater.refresh()
info = updater.get_targetinfo(target)
if not info:
    sys.exit("no such target: " + target)
updater.download_target(info, into)
END
}

py_get() {
    REQUESTS_CA_BUNDLE=$CA SSL_CERT_FILE=$CA timeout 30 python3 "$WORK/get.py" "$@"
}

# ---- every key gives way -----------------------------------------------------------------------------------

turn=0
officers="root-1 root-2 root-3" # the first is the next to leave
ENGINEER=$DIR/keys/engineer-1.key

# The oldest officer, the service's own keys and the family's engineer give way to new ones.
rotate() {
    turn=$((turn + 1))
    set -- $officers
    ns key make "$DIR/trust/$TENANT/officer-$turn.key" --name officer-$turn >>"$WORK/cli.log" 2>&1 &&
        ns trust stage root --add-root "$DIR/trust/$TENANT/officer-$turn.key.pub" --new-online --new-targets \
            --remove-root "$(ns key show "$DIR/trust/$TENANT/$1.key" --json | jq -r .keyid)" >>"$WORK/cli.log" 2>&1 &&
        ns trust show root --out "$WORK/to-sign" >>"$WORK/cli.log" 2>&1 || return 1
    for officer in "$2" "$3"; do
        ns trust sign "$DIR/trust/$TENANT/$officer.key" "$WORK/to-sign" >"$WORK/sig" 2>>"$WORK/cli.log" &&
            ns trust submit root "$WORK/sig" >>"$WORK/cli.log" 2>&1 || return 1
    done
    officers="$2 $3 officer-$turn"
    ns trust publish >>"$WORK/cli.log" 2>&1 &&
        ns key make "$WORK/engineer-$turn.key" --name engineer-$turn >>"$WORK/cli.log" 2>&1 &&
        ns family key-add demo "$WORK/engineer-$turn.key.pub" >>"$WORK/cli.log" 2>&1 &&
        ns family key-revoke demo "$(ns key show "$ENGINEER" --json | jq -r .keyid)" >>"$WORK/cli.log" 2>&1 || return 1
    ENGINEER=$WORK/engineer-$turn.key
    # What is published is signed again by who is left.
    newest=$(ns release list --json 2>>"$WORK/cli.log" | jq -r .items[0].id)
    ns release sign "$newest" --key "$ENGINEER" >>"$WORK/cli.log" 2>&1 &&
        ns release publish "$newest" >>"$WORK/cli.log" 2>&1
}

# ---- the same story for each -----------------------------------------------------------------------------

# trusting ROOT: a fresh metadata folder
trusting() {
    rm -rf "$WORK/metadata"
    mkdir "$WORK/metadata"
    cp "$1" "$WORK/metadata/root.json"
}

refuses() {
    ! "$@"
}

tell() {
    what=$1 get=$2 version=$3
    trusting "$root"
    expect "$what: refreshes from root.json alone and fetches" \
        "$get" "$WORK/metadata" "$base" demo/1.0/system.img "$WORK/got"
    expect "$what: the bytes are the engineer's" same_bytes "$WORK/got" "$WORK/system-1.0.img"
    expect "$what: it kept all four roles" ls "$WORK/metadata/root.json" "$WORK/metadata/timestamp.json" \
        "$WORK/metadata/snapshot.json" "$WORK/metadata/targets.json"
    expect "$what: a target nobody signed is not there" \
        refuses "$get" "$WORK/metadata" "$base" demo/6.6/system.img "$WORK/got.none"
    expect "every key is rotated" rotate
    expect "and once more" rotate
    expect "$what: follows both, with the metadata it has" \
        "$get" "$WORK/metadata" "$base" demo/1.0/system.img "$WORK/got.rotated"
    expect "$what: and knows the root in force" sh -c \
        "[ \"\$(jq .signed.version '$WORK/metadata/root.json')\" = $((2 * clients + 3)) ]"
    random_file "$WORK/in/system.img" 310000
    make_release "$WORK/in" "$version" >/dev/null || die "no release $version"
    expect "$what: it sees the next release with the metadata it has" \
        "$get" "$WORK/metadata" "$base" "demo/$version/system.img" "$WORK/got.next"
    expect "$what: and has its bytes" same_bytes "$WORK/got.next" "$WORK/in/system.img"
    expect "$what: the older release is still there" \
        "$get" "$WORK/metadata" "$base" demo/1.0/engine.bin "$WORK/got.engine"
    expect "$what: an unchanged component is the same file" same_bytes "$WORK/got.engine" "$WORK/in/engine.bin"
    trusting "$stranger"
    expect "$what: another service's root trusts nothing here" \
        refuses "$get" "$WORK/metadata" "$base" demo/1.0/system.img "$WORK/got.stranger"
    expect "$what: and nothing was fetched" test ! -e "$WORK/got.stranger"
    clients=$((clients + 1))
}

js_install && tell "tuf-js" js_get 1.1
py_install && tell "python-tuf" py_get 1.2
[ $clients -gt 0 ] || skip "no TUF client can be had on this machine"
verdict
