#!/usr/bin/env python3
"""Plays a fleet's half of backups and restores with the files of backup_tool, over real HTTPS.

  fleet.py give DIR FROM TO    each device tells its recipient and uploads its backup; prints ids, one a line
  fleet.py redeem DEVICE RESTORE TIMES    so many redemptions at once, each with a nonce of its own; prints statuses

URL, CA, TENANT and GATEWAY come from the environment. A request that fails otherwise than asked ends it with 1."""
import base64
import concurrent.futures
import http.client
import json
import os
import secrets
import ssl
import sys
import threading
from urllib.parse import urlsplit

BASE = urlsplit(os.environ["URL"])
TENANT = os.environ["TENANT"]
HEADERS = {"Authorization": "GatewayToken " + os.environ["GATEWAY"]}
CONTEXT = ssl.create_default_context(cafile=os.environ["CA"])
LOCAL = threading.local()


def ask(method, path, body=None, headers=None):
    """Status, headers, body; over this thread's connection."""
    if not hasattr(LOCAL, "line"):
        LOCAL.line = http.client.HTTPSConnection(BASE.hostname, BASE.port, context=CONTEXT, timeout=60)
    LOCAL.line.request(method, f"/{TENANT}/controller/v1/{path}", body, {**HEADERS, **(headers or {})})
    answer = LOCAL.line.getresponse()
    return answer.status, answer.headers, answer.read()


def must(wanted, got, what):
    status, _, body = got
    if status != wanted:
        sys.exit(f"{what}: {status} {body[:400]!r}")
    return got


def give(folder, number):
    with open(f"{folder}/{number}.json", encoding="utf-8") as file:
        told = json.load(file)
    with open(f"{folder}/{number}.age", "rb") as file:
        sealed = file.read()
    device = told["id"]
    must(200, ask("GET", device), "polling")
    attributes = {"model": told["metadata"]["model"], "serial": told["metadata"]["serial"], "family": "mfp-3100"}
    must(200, ask("PUT", f"{device}/configData", json.dumps({"data": attributes}),
                  {"Content-Type": "application/json"}), "telling the attributes")
    must(204, ask("PUT", f"{device}/recipient", json.dumps({"recipient": told["recipient"]}),
                  {"Content-Type": "application/json"}), "telling the recipient")
    metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}"
                        for key, value in told["metadata"].items())
    _, headers, _ = must(201, ask("POST", f"{device}/backups", sealed,
                                  {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(sealed)),
                                   "Upload-Metadata": metadata,
                                   "Content-Type": "application/offset+octet-stream"}), "uploading")
    return f"{device} {headers['Nightshift-Backup']}"


def redeem(device, restore):
    body = json.dumps({"nonce": secrets.token_hex(16)})
    return ask("POST", f"{device}/restores/{restore}/redeem", body, {"Content-Type": "application/json"})[0]


def main(argv):
    with concurrent.futures.ThreadPoolExecutor(16 if argv[1] == "give" else 100) as pool:
        if argv[1] == "give":
            for line in pool.map(lambda n: give(argv[2], n), range(int(argv[3]), int(argv[4]))):
                print(line)
        elif argv[1] == "redeem":
            for status in pool.map(lambda _: redeem(argv[2], argv[3]), range(int(argv[4]))):
                print(status)
        else:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv)
