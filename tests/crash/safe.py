"""Backups and restores as work under kill -9: sealed files that devices give, and their way back.

The files come from backup_tool; each device gives one, so a number is used once and in order.
"""
import base64
import json
import os
import secrets

from work import Names, Work

CHUNK_BYTES = 2048
TUS = {"Tus_Resumable": "1.0.0"}
ORDER = ("planned", "started", "redeemed", "done")


class Backups(Work):
    """A backup in chunks: acknowledged means that it comes back byte for byte."""

    name = "backup"

    def __init__(self, book, place):
        super().__init__(book, place)
        self.entry = None
        self.given = []  # those acknowledged and not restored yet: (device, token, backup)

    def step(self, client):
        if not self.entry:
            self.begin(client)
        else:
            self.more(client)

    def begin(self, client):
        number = int(Names.next("sealed").rsplit("-", 1)[1]) % self.place.sealed_count
        with open(f"{self.place.sealed}/{number}.json", encoding="utf-8") as file:
            told = json.load(file)
        name = Names.next("kept")
        token = client.tell("POST", "/api/v1/devices", {"id": name, "family": "mfp-3100", "model": "MFP-3145"})["token"]
        who = f"TargetToken {token}"
        client.tell("PUT", f"{self.base}/{name}/recipient", {"recipient": told["recipient"]}, wanted=(204,), who=who)
        metadata = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in told["metadata"].items())
        size = os.path.getsize(f"{self.place.sealed}/{number}.age")
        status, headers, text = client.ask("POST", f"{self.base}/{name}/backups", who=who, Upload_Length=str(size),
                                           Upload_Metadata=metadata, **TUS)
        if status != 201:
            raise AssertionError(f"a backup was refused: {status} {text[:200]}")
        self.entry = {"id": name, "token": token, "number": number, "size": size, "offset": 0, "backup": None,
                      "path": "/" + headers["Location"].split("/", 3)[3]}
        self.book.add(self, self.entry)

    def bytes_of(self, entry):
        with open(f"{self.place.sealed}/{entry['number']}.age", "rb") as file:
            return file.read()

    def more(self, client):
        entry, who = self.entry, f"TargetToken {self.entry['token']}"
        status, headers, _ = client.ask("HEAD", entry["path"], who=who, **TUS)
        there = int(headers["Upload-Offset"]) if status == 200 else -1
        if there < entry["offset"]:
            raise AssertionError(f"{entry['path']}: {status}, offset {there}, acknowledged was {entry['offset']}")
        if there < entry["size"]:
            chunk = self.bytes_of(entry)[there : there + CHUNK_BYTES]
            status, headers, text = client.ask("PATCH", entry["path"], chunk, who=who, Upload_Offset=str(there),
                                               Content_Type="application/offset+octet-stream", **TUS)
            if status != 204:
                raise AssertionError(f"{entry['path']}: a chunk was refused: {status} {text[:200]}")
        entry["offset"] = int(headers["Upload-Offset"])
        if entry["offset"] == entry["size"]:
            entry["backup"] = int(headers["Nightshift-Backup"])
            self.given.append((entry["id"], entry["token"], entry["backup"]))
            self.entry = None
        self.book.again(self, entry)

    def check(self, client, entry):
        if entry["backup"]:
            status, _, bytes_ = client.ask("GET", f"/api/v1/backups/{entry['backup']}/file")
            if status == 200 and bytes_ == self.bytes_of(entry):
                return None
            return f"backup {entry['backup']}: {status}, {len(bytes_)} bytes, acknowledged were {entry['size']}"
        status, headers, _ = client.ask("HEAD", entry["path"], who=f"TargetToken {entry['token']}", **TUS)
        offset = int(headers["Upload-Offset"]) if status == 200 else -1
        return None if offset >= entry["offset"] else \
            f"{entry['path']}: {status}, offset {offset}, acknowledged was {entry['offset']}"


class Restores(Backups):
    """A backup goes back to its device: no acknowledged step is lost, and nobody redeems it twice."""

    name = "restore"

    def __init__(self, book, place):
        super().__init__(book, place)
        self.backups = Backups(book, place)
        self.under_way = None

    def step(self, client):
        if not self.under_way and not self.backups.given:
            self.backups.step(client)
        elif not self.under_way:
            self.plan(client)
        else:
            self.go_on(client)

    def plan(self, client):
        device, token, backup = self.backups.given.pop()
        made = client.tell("POST", "/api/v1/restores", {"backup": backup, "device": device})
        self.under_way = {"restore": made["id"], "id": device, "token": token, "digest": made["digest"],
                          "nonce": secrets.token_hex(16), "state": "planned", "categories": []}
        self.book.add(self, self.under_way)

    def reach(self, state):
        self.under_way["state"] = state
        self.book.again(self, self.under_way)

    def go_on(self, client):
        """One step from where the service says it stands: an unacknowledged one may have gone through."""
        entry = self.under_way
        now = client.tell("GET", f"/api/v1/restores/{entry['restore']}")
        who = f"TargetToken {entry['token']}"
        mine = f"{self.base}/{entry['id']}"
        if now["state"] == "planned":
            client.tell("POST", f"/api/v1/restores/{entry['restore']}/start", {"digest": entry["digest"]})
            self.reach("started")
        elif now["state"] == "started":
            client.tell("POST", f"{mine}/restores/{entry['restore']}/redeem", {"nonce": entry["nonce"]}, who=who)
            self.reach("redeemed")
        elif now["state"] == "redeemed":
            entry["categories"] = now["categories"].split(",")
            results = [{"name": name, "result": "applied", "items": 1, "text": ""} for name in entry["categories"]]
            client.tell("PUT", f"{mine}/restores/{entry['restore']}/result", {"categories": results}, wanted=(204,), who=who)
            client.tell("POST", f"{mine}/deploymentBase/{now['action']}/feedback",
                        {"id": str(now["action"]), "status": {"execution": "closed", "result": {"finished": "success"}}},
                        who=who)
            self.reach("done")
            self.under_way = None
        else:
            self.under_way = None

    def check(self, client, entry):
        now = client.tell("GET", f"/api/v1/restores/{entry['restore']}")
        if now["state"] not in ORDER or ORDER.index(now["state"]) < ORDER.index(entry["state"]):
            return f"restore {entry['restore']} is {now['state']}, acknowledged was {entry['state']}"
        if entry["state"] == "done" and [row["name"] for row in now["results"]] != entry["categories"]:
            return f"restore {entry['restore']} lost its results"
        if entry["state"] in ("redeemed", "done"):
            status, _, _ = client.ask("POST", f"{self.base}/{entry['id']}/restores/{entry['restore']}/redeem",
                                      {"nonce": secrets.token_hex(16)}, who=f"TargetToken {entry['token']}")
            if status not in (409, 410):
                return f"restore {entry['restore']} was redeemed twice ({status})"
        return None
