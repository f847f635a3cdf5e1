#!/usr/bin/env python3
"""Reads what strace saw of the service and holds it against the order of durable writes in store/README.md.

A random power cut finds a missing fsync of a folder only now and then: some other fsync may carry the name along. The
order of the calls tells it each time.
"""
import re
import sys

CALL = re.compile(r"^(\d+) +(?:<\.\.\. )?(\w+)(?: resumed>|\()(.*)$")
OPEN_FILE = re.compile(r"\d+<([^>]*)>")


def calls(lines):
    """(name, arguments) in the order of their ends."""
    begun = {}
    for line in lines:
        found = CALL.match(line)
        if not found:
            continue
        pid, name, rest = found.groups()
        if rest.endswith("<unfinished ...>"):
            begun[pid] = rest
        elif rest.rstrip().endswith("= 0"):
            yield name, begun.pop(pid, rest) if "resumed>" in line else rest


def main():
    seen, wrong, blobs, chunks = [], [], 0, 0
    synced = {}  # path: how many calls ago it was synced last
    waiting = {}  # a blob's folder: what still has to be synced before the log may be
    dirty = None
    with open(sys.argv[1], encoding="utf-8", errors="replace") as file:
        for number, (name, rest) in enumerate(calls(file)):
            if name in ("fsync", "fdatasync"):
                path = OPEN_FILE.match(rest).group(1)
                synced[path] = number
                waiting.pop(path, None)
                if path == dirty:
                    dirty, chunks = None, chunks + 1
                if path.endswith("nightshift.db-wal"):
                    wrong += [f"the log is synced before {left}" for left in waiting]
                    wrong += [f"the log is synced before the bytes in {dirty}"] if dirty else []
            elif name == "rename" and "/blobs/" in rest:
                old, new = re.findall(r'"([^"]*)"', rest)
                blobs += 1
                if old not in synced:
                    wrong.append(f"{new} is named before its bytes are synced")
                waiting[new.rsplit("/", 1)[0]] = new
            elif name == "ftruncate" and "/uploads/" in rest:
                dirty = OPEN_FILE.match(rest).group(1)
            seen.append(name)
    for line in sorted(set(wrong)):
        print(f"caught: {line}")
    print(f"{len(seen)} calls, {blobs} blobs named, {chunks} chunks synced, {len(wrong)} in the wrong order")
    sys.exit(1 if wrong or not blobs or not chunks else 0)


main()
