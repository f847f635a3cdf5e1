#!/bin/sh
# The TUF client conformance suite against our client, with the production policy: Ed25519 only. So the suite's
# repositories sign with Ed25519, and what needs another kind of key is left out by name. The suite is not ours:
# TUF_CONFORMANCE_DIR is its checkout, TUF_CONFORMANCE_PYTHON an interpreter that has what it needs.
agent=$BIN_DIR/nightshift-agent
python=${TUF_CONFORMANCE_PYTHON:-python3}

skip() {
    echo "skipped: $1"
    exit 77
}
[ -n "$TUF_CONFORMANCE_DIR" ] || skip "TUF_CONFORMANCE_DIR names no checkout of tuf-conformance"
[ -x "$agent" ] || skip "nightshift-agent is not built"
command -v faketime >/dev/null || skip "there is no faketime"
"$python" -c 'import pytest, tuf, securesystemslib' 2>/dev/null || skip "$python lacks pytest, tuf or securesystemslib"

plugin=$(mktemp -d) || exit 1
trap 'rm -rf "$plugin"' EXIT
cat >"$plugin/sign_with_ed25519.py" <<'END'
from tuf_conformance._internal.repository_simulator import RepositorySimulator

RepositorySimulator.new_signer.__defaults__ = ("ed25519", "ed25519")
END

cd "$TUF_CONFORMANCE_DIR" || exit 1
unset http_proxy https_proxy HTTP_PROXY HTTPS_PROXY
PYTHONPATH=$plugin PYTHONDONTWRITEBYTECODE=1 "$python" -m pytest -q -p sign_with_ed25519 -p no:cacheprovider \
    tuf_conformance --entrypoint "$agent tuf" \
    --deselect 'tuf_conformance/test_keys.py::test_keytype_and_scheme[rsa/rsassa-pss-sha256]' \
    --deselect 'tuf_conformance/test_keys.py::test_keytype_and_scheme[ecdsa/ecdsa-sha2-nistp256]' \
    --deselect 'tuf_conformance/test_static_repositories.py'
