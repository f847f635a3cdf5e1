"""Runs the CCTV age vectors of a folder against age_tool: vectors.py AGE_TOOL FOLDER

Every vector says what opening must come to and, where something opens, the SHA-256 of all the plaintext that may
come out, also when it ends in a refusal. One that opens is also wrapped anew for another identity, and armor that
opens is read and written again. What needs more than X25519, scrypt and armor is out of scope and counted by kind."""
import collections
import hashlib
import os
import pathlib
import subprocess
import sys
import tempfile
import zlib

KNOWN = {"expect", "payload", "identity", "passphrase", "armored", "file key", "comment", "compressed"}
# The beginning of what age_tool says, longest first.
WORDS = [
    ("age header MAC:", "HMAC failure"),
    ("age header:", "header failure"),
    ("age recipient:", "no match"),
    ("age payload:", "payload failure"),
    ("age armor:", "armor failure"),
]


class Vector:
    def __init__(self, path):
        self.name = path.name
        head, body = path.read_bytes().split(b"\n\n", 1)
        self.fields = collections.defaultdict(list)
        for line in head.decode().split("\n"):
            key, value = line.split(": ", 1)
            self.fields[key].append(value)
        self.body = zlib.decompress(body) if self.one("compressed") == "zlib" else body

    def one(self, key):
        return self.fields[key][0] if self.fields[key] else None

    def out_of_scope(self):
        strange = set(key for key in self.fields if self.fields[key]) - KNOWN
        if strange:
            return "unknown field: " + " ".join(sorted(strange))
        ours = [text for text in self.fields["identity"] if text.startswith("AGE-SECRET-KEY-1")]
        others = [text for text in self.fields["identity"] if text not in ours]
        if any(text.startswith("AGE-SECRET-KEY-PQ-") for text in others) and not ours:
            return "post-quantum identity"
        if any(not text.startswith("AGE-SECRET-KEY-PQ-") for text in others):
            return "plugin identity"
        self.fields["identity"] = ours
        return None


def run(tool, arguments, body):
    return subprocess.run([tool, *arguments], input=body, capture_output=True)


def word(result):
    if result.returncode == 0:
        return "success"
    said = result.stderr.decode(errors="replace")
    return next((word for start, word in WORDS if said.startswith(start)), "?? " + said.strip())


def secrets(vector, folder):
    options = []
    for letter, key in (("-i", "identity"), ("-p", "passphrase")):
        for number, text in enumerate(vector.fields[key]):
            path = folder / f"{key}{number}"
            path.write_text(text)
            path.chmod(0o600)
            options += [letter, str(path)]
    return options


def judge(tool, vector, folder):
    """What is wrong, or None."""
    options = secrets(vector, folder)
    armored = ["-a"] if vector.one("armored") == "yes" else []
    for piece in ("1", "63", "65536", "1000000"):
        if piece == "1" and len(vector.body) > 100_000:
            continue
        result = run(tool, ["open", "-n", piece, *options, *armored], vector.body)
        if word(result) != vector.one("expect"):
            return f"{word(result)} in pieces of {piece} (said: {result.stderr.decode().strip()})"
        want = vector.one("payload") or hashlib.sha256(b"").hexdigest()
        if hashlib.sha256(result.stdout).hexdigest() != want:
            return f"other plaintext in pieces of {piece}"
    if vector.one("expect") != "success":
        return None
    binary = run(tool, ["dearmor"], vector.body).stdout if armored else vector.body
    if armored:
        again = run(tool, ["armor"], binary).stdout
        if again != vector.body.strip().replace(b"\r\n", b"\n") + b"\n":
            return "armor that is read and written again differs"
    new = folder / "new"
    recipient = run(tool, ["keygen", str(new)], b"").stdout.decode().strip()
    wrapped = run(tool, ["rewrap", *options, recipient], binary)
    size = len(binary) - binary.index(b"\n", binary.index(b"\n--- ") + 1) - 1
    if wrapped.returncode != 0 or not wrapped.stdout.endswith(binary[-size:]):
        return "wrapped anew: " + wrapped.stderr.decode().strip()
    opened = run(tool, ["open", "-i", str(new)], wrapped.stdout)
    if opened.returncode != 0 or hashlib.sha256(opened.stdout).hexdigest() != vector.one("payload"):
        return "wrapped anew it does not open: " + opened.stderr.decode().strip()
    return None


def main():
    tool, source = sys.argv[1:]
    passed, failed, outside = (collections.Counter() for _ in range(3))
    for path in sorted(pathlib.Path(source).iterdir()):
        if not path.is_file() or not path.read_bytes().startswith(b"expect: "):
            continue
        vector = Vector(path)
        why = vector.out_of_scope()
        if why:
            outside[why] += 1
            continue
        with tempfile.TemporaryDirectory() as folder:
            wrong = judge(tool, vector, pathlib.Path(folder))
        (failed if wrong else passed)[vector.one("expect")] += 1
        if wrong:
            print(f"failed: {vector.name}: expected {vector.one('expect')}, got {wrong}")
    for expect in sorted(passed | failed):
        print(f"{expect}: {passed[expect]} passed, {failed[expect]} failed")
    for why in sorted(outside):
        print(f"out of scope, {why}: {outside[why]}")
    total = sum(passed.values())
    print(f"total: {total} passed, {sum(failed.values())} failed, {sum(outside.values())} out of scope")
    sys.exit(0 if total > 0 and not failed else 1)


if __name__ == "__main__":
    main()
