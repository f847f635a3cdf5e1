#!/bin/sh
# Two machines and a thief who owns the server's certificate, its DDI and its blobs, but no key: what the director says
# of one machine is refused by the other before anything of it is kept; a deployment that no director knows of installs
# nothing; the service hears of each, by name. Then, without the thief, both are updated.
. "$(dirname "$0")/../support/service.sh"
need python3
[ -x "$BIN_DIR/nightshift-agent" ] || skip "nightshift-agent is not built"
service_start
liar_start

# machine NAME: enrolled, through the thief, who is honest yet
machine() {
    claim=$(api POST /claims "{\"controller_id\":\"$1\"}" | jq -re '.claims[0].code') &&
        mkdir -p "$WORK/$1/install.d" &&
        printf '#!/bin/sh\necho "$1 $3" >>"%s"\n' "$WORK/$1.flashed" >"$WORK/$1/install.d/10-flash" &&
        chmod +x "$WORK/$1/install.d/10-flash" &&
        : >"$WORK/$1.flashed" &&
        agent "$1" --claim "$claim"
}

agent() {
    name=$1
    shift
    "$BIN_DIR/nightshift-agent" --dir "$WORK/$name" --url "$LIAR_URL" --ca "$CA" --id "$name" --family demo \
        --model demo-200 --component system=4.2.0 --no-backups --once "$@" 2>>"$WORK/$name.log"
}

# updated NAME ACTION: with its restarts, until the action is over
updated() {
    for turn in 1 2 3 4 5 6; do
        agent "$1" || [ $? = 75 ] || return 1
        [ "$(action_state "$2")" != healthy ] || return 0
    done
    return 1
}

refuses() {
    agent "$1" && [ "$(action_state "$2")" = failed ] && action_says "$2" "refused, $3"
}

alarmed() {
    api GET "/audit?limit=500" | jq -e --arg device "$1" --arg attack "$2" \
        'any(.items[]; .what == "device.refused" and .object == $device and (.detail | startswith($attack + ",")))'
}

kept() {
    (cd "$WORK/$1/tuf/director" && ls)
}

mkdir "$WORK/in"
random_file "$WORK/in/system.img" 200000
make_release "$WORK/in" 5.0 >/dev/null || die "no release"
first=$release
expect "machine a enrols" machine mfp-a
expect "machine b enrols" machine mfp-b
expect "the enrolment brought the director's root" is root.json kept mfp-b

# ---- stock clients, with nothing but the director's root ----------------------------------------------------

# Refreshes, and prints the targets that are for this device: FOLDER BASE TOKEN DEVICE.
cat >"$WORK/get.py" <<'END'
import inspect, json, ssl, sys, urllib.error, urllib.request
from tuf.ngclient import FetcherInterface, Updater
from tuf.api.exceptions import DownloadHTTPError

folder, base, token, device = sys.argv[1:]

class Fetcher(FetcherInterface):
    def _fetch(self, url):
        try:
            request = urllib.request.Request(url, headers={"Authorization": "TargetToken " + token})
            yield urllib.request.urlopen(request, context=ssl.create_default_context(cafile=sys.argv[0] + ".ca")).read()
        except urllib.error.HTTPError as error:
            raise DownloadHTTPError(str(error), error.code) from error

more = {}
if "bootstrap" in inspect.signature(Updater.__init__).parameters:
    with open(folder + "/root.json", "rb") as file:
        more["bootstrap"] = file.read()
Updater(folder, base, folder, base, fetcher=Fetcher(), **more).refresh()
with open(folder + "/targets.json", encoding="utf-8") as file:
    signed = json.load(file)["signed"]
assert signed["x-device"] == device
print(" ".join(signed["targets"]))
END
cp "$CA" "$WORK/get.py.ca"

stock_client() {
    mkdir -p "$WORK/stock" && cp "$WORK/mfp-a/tuf/director/root.json" "$WORK/stock/root.json" &&
        timeout 60 python3 "$WORK/get.py" "$WORK/stock" "$URL/$TENANT/tuf/director/mfp-a/metadata/" \
            "$(cat "$WORK/mfp-a/token")" mfp-a
}

to_a=$(assign mfp-a "$first") || die "no action for a"
if python3 -c "import tuf.ngclient" 2>/dev/null; then
    expect "python-tuf reads a's director" is "demo/5.0/system.img" stock_client
else
    echo "skipped: python3 has no tuf.ngclient"
fi

# ---- the other machine's director -------------------------------------------------------------------------

to_b=$(assign mfp-b "$first") || die "no action for b"
token_a=$(cat "$WORK/mfp-a/token")
lies "[{\"match\":\"^/$TENANT/tuf/director/mfp-b/(.*)\",\"path\":\"/$TENANT/tuf/director/mfp-a/\\\\1\",
    \"as\":\"TargetToken $token_a\"}]"
expect "what a is told is refused by b" refuses mfp-b "$to_b" wrong-device
expect "before anything of it is kept" is root.json kept mfp-b
expect "nothing was asked for beyond the timestamp" sh -c "! grep 'director/mfp-b' '$WORK/liar.log' |
    grep -e snapshot -e targets.json"
expect "nothing was downloaded" sh -c "! grep -q tuf/image/targets '$WORK/liar.log'"
expect "the service was alarmed" alarmed mfp-b wrong-device
expect "and says so in its log" grep -q 'device.refused.*mfp-b.*wrong-device' "$WORK/service.log"
expect "b was not touched" is 0 stat -c %s "$WORK/mfp-b.flashed"

# ---- a deployment that no director knows of -----------------------------------------------------------------

lies '[]'
expect "a is updated to what its director says" updated mfp-a "$to_a"
expect "and flashed once" is "system 5.0" cat "$WORK/mfp-a.flashed"
random_file "$WORK/in/system.img" 200000
make_release "$WORK/in" 5.1 >/dev/null || die "no second release"
to_b=$(assign mfp-b "$release") || die "no second action for b"
sha256=$(sha256sum "$WORK/in/system.img" | cut -d' ' -f1)
before=$(wc -c <"$WORK/mfp-a.flashed")
# The thief gives b's deployment to a: same release, properly signed by its engineers, but nobody told a.
lies "[{\"match\":\"^/$TENANT/controller/v1/mfp-a(/deploymentBase/[0-9]+)?([?].*)?\$\",
    \"path\":\"/$TENANT/controller/v1/mfp-b\\\\1\\\\2\",\"as\":\"TargetToken $(cat "$WORK/mfp-b/token")\",
    \"replace\":[[\"mfp-b\",\"mfp-a\"]]}]"
expect "a meets a deployment that was never its own" agent mfp-a
expect "it says that nobody assigned it" grep -q "refused, not-assigned" "$WORK/mfp-a.log"
expect "and installs nothing" is "$before" wc -c <"$WORK/mfp-a.flashed"
expect "nor downloads it" sh -c "! grep -q '$sha256' '$WORK/liar.log'"

# ---- frozen, and rolled back ---------------------------------------------------------------------------------

lies '[]'
curl -s --cacert "$CA" -H "Authorization: TargetToken $token_a" \
    "$URL/$TENANT/tuf/director/mfp-a/metadata/timestamp.json" >"$WORK/old.json"
to_a=$(assign mfp-a "$release") || die "no second action for a"
lies "[{\"match\":\"director/mfp-a/metadata/timestamp.json\",\"file\":\"$WORK/old.json\"}]"
expect "with yesterday's director a does not learn of the new action" refuses mfp-a "$to_a" not-assigned
lies '[]'
to_a=$(assign mfp-a "$release") || die "no third action for a"
expect "with today's it is updated" updated mfp-a "$to_a"
to_a=$(assign mfp-a "$first") || to_a=
if [ -n "$to_a" ]; then
    lies "[{\"match\":\"director/mfp-a/metadata/timestamp.json\",\"file\":\"$WORK/old.json\"}]"
    expect "and refuses to go back to an older timestamp" refuses mfp-a "$to_a" rollback
    expect "the service was alarmed of that, too" alarmed mfp-a rollback
fi
lies '[]'
expect "b is updated" updated mfp-b "$to_b"
expect "to the release that is its own" is "system 5.1" cat "$WORK/mfp-b.flashed"
verdict
