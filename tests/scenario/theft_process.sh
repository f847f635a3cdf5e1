#!/bin/sh
# The row of the theft matrix that has no key: a thief who holds the process of the service, and not its signer. He takes
# the service's own end of the pipe between them and asks as the service would; what the signer must not sign it refuses
# by name, and the machine keeps what it has. What he may have signed is what signing/README.md concedes.
. "$(dirname "$0")/../support/service.sh"
[ -x "$BIN_DIR/tests/puppet" ] || skip "puppet is not built"
[ "$(id -u)" = 0 ] || skip "the files of another process are taken by root"
. "$SUPPORT/theft.sh"
. "$SUPPORT/processes.sh"

puppet="$BIN_DIR/tests/puppet $(parent_of "$(signer_pid)")"

# installed DEVICE: the version that it told the service of last
installed() {
    lies '[]' && turns "$1" && api GET "/devices/$1" | jq -r .components.system
}

# refused NAME WHAT FILE TARGET [OPTION of lies.py...]: what the signer refused he signs himself
refused() {
    refusal=$1 what=$2
    shift 2
    row "the service's process" "$what" bad-signature "$@" --process "$puppet"
    expect "[the service's process] $what: the signer refuses, $refusal" grep -q "^$refusal: " "$WORK/refused"
    expect "[the service's process] $what: the machine keeps what it has" is 5.0 installed "$name"
}

refused unknown-target  "bytes of his own"                 $evil
refused mismatch-length "his bytes under a release's name" "$WORK/own.key" duo/5.1/system.img --custom "$next"
refused mismatch-hash   "his bytes, as long as a release"  "$WORK/evil.img" duo/5.1/system.img --custom "$next"
refused lower-version   "a lower version"                  "$WORK/system-5.1.img" duo/5.1/system.img --custom "$next" --lower
refused too-far         "a version that leaves none"       "$WORK/system-5.1.img" duo/5.1/system.img --custom "$next" --leap
row "the service's process" "a release for it, untold" installs "$WORK/system-5.1.img" duo/5.1/system.img --custom "$next" \
    --process "$puppet"
expect "[the service's process] a release for it, untold: the signer signed all of it" [ ! -s "$WORK/refused" ]
verdict
