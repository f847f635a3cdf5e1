#!/bin/sh
# The TUF client conformance suite against our client. First as its makers run it: the client as it is shipped,
# repositories signed with ECDSA P-256 and RSA-PSS, nothing left out. Then with the policy that an agent has, Ed25519
# only: the suite's repositories sign with Ed25519, and what needs another kind of key is left out by name.
# The suite is not ours: TUF_CONFORMANCE_DIR is its checkout, TUF_CONFORMANCE_PYTHON an interpreter that has what it
# needs. TUF_CONFORMANCE_ARGS goes to pytest (--repository-dump-dir DIR).
agent=$BIN_DIR/nightshift-agent
python=${TUF_CONFORMANCE_PYTHON:-python3}
tests_in_all=113

skip() {
    echo "skipped: $1"
    exit 77
}
[ -n "$TUF_CONFORMANCE_DIR" ] || skip "TUF_CONFORMANCE_DIR names no checkout of tuf-conformance"
[ -d "$TUF_CONFORMANCE_DIR/tuf_conformance" ] || skip "$TUF_CONFORMANCE_DIR is no checkout of tuf-conformance"
[ -x "$agent" ] || skip "nightshift-agent is not built"
command -v faketime >/dev/null || skip "there is no faketime"
"$python" -c 'import pytest, tuf, securesystemslib' 2>/dev/null || skip "$python lacks pytest, tuf or securesystemslib"

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cat >"$work/sign_with_ed25519.py" <<'END'
from tuf_conformance._internal.repository_simulator import RepositorySimulator

RepositorySimulator.new_signer.__defaults__ = ("ed25519", "ed25519")
END

cd "$TUF_CONFORMANCE_DIR" || exit 1
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
# For a client built by gcc with sanitizers: faketime is preloaded before them, and exit codes are the suite's.
export ASAN_OPTIONS="verify_asan_link_order=0:detect_leaks=0:exitcode=99${ASAN_OPTIONS:+:$ASAN_OPTIONS}"

# suite NAME ENTRYPOINT PYTEST-ARGUMENT...
suite() {
    echo "== $1"
    entrypoint=$2
    shift 2
    # shellcheck disable=SC2086
    PYTHONPATH=$work PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q -p no:cacheprovider tuf_conformance \
        --entrypoint "$entrypoint" $TUF_CONFORMANCE_ARGS "$@" >"$work/out" 2>&1
    code=$?
    cat "$work/out"
    return $code
}

bad=0
suite "as shipped, as upstream runs it" "$agent tuf" || bad=1
# A suite that has grown is read before it is believed.
grep -q "^$tests_in_all passed" "$work/out" || { echo "not $tests_in_all of $tests_in_all"; bad=1; }
suite "Ed25519 only" "$agent tuf --ed25519-only" -p sign_with_ed25519 \
    --deselect 'tuf_conformance/test_keys.py::test_keytype_and_scheme[rsa/rsassa-pss-sha256]' \
    --deselect 'tuf_conformance/test_keys.py::test_keytype_and_scheme[ecdsa/ecdsa-sha2-nistp256]' \
    --deselect 'tuf_conformance/test_static_repositories.py' || bad=1
exit $bad
