"""Releases on their way as work under kill -9 and power cuts: signed, published, rolled out stage by stage."""
import hashlib
import json
import subprocess
import tempfile

from wire import Refused
from work import UPLOAD_BYTES, Names, Uploads, Work

STATES = ("draft", "running", "finished")


class Publishes(Uploads):
    """An upload that becomes a published release: anybody with a root.json gets these bytes."""

    name = "publication"
    chunk_bytes = 96 * 1024

    def __init__(self, book, place):
        super().__init__(book, place)
        self.staged = None  # the entry of a release that waits for its signature

    def step(self, client):
        if not self.staged:
            super().step(client)
        else:
            self.publish(client)

    def version(self, seed):
        """Below those that are never published, and rising."""
        return Names.next("2.0").replace("-", ".")

    def release(self, client):
        entry = self.entry
        super().release(client)
        entry["published"] = False
        self.staged = entry

    def publish(self, client):
        """From where the service says it stands: an unacknowledged step may have gone through."""
        entry, path = self.staged, f"/api/v1/releases/{self.staged['release']}"
        now = client.tell("GET", path)
        if now["state"] == "staged" and len(now["signatures"]) < now["threshold"]:
            client.tell("POST", f"{path}/signatures", self.sign(client, path))
        elif now["state"] == "staged":
            client.tell("POST", f"{path}/publish", {})
        else:
            entry["published"], self.staged = True, None
            self.book.again(self, entry)

    def sign(self, client, path):
        status, _, text = client.ask("GET", f"{path}/to-sign")
        if status != 200:
            raise Refused(f"{path}/to-sign: {status} {text[:200]}")
        with tempfile.NamedTemporaryFile() as file:
            file.write(text)
            file.flush()
            done = subprocess.run([self.place.tool, "key", "sign", self.place.key, file.name, "--json"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode:
            raise Refused(f"{path}: nothing is signed: {done.stderr.decode(errors='replace')[:300]}")
        return json.loads(done.stdout)

    def check(self, client, entry):
        bad = super().check(client, entry)
        if bad or not entry.get("published"):
            return bad
        wanted = self.bytes_of(entry)
        file = f"demo/{entry['version']}/{hashlib.sha256(wanted).hexdigest()}.load.bin"
        status, _, got = client.ask("GET", f"/{self.place.tenant}/tuf/image/targets/{file}")
        return None if status == 200 and got == wanted else \
            f"release {entry['release']}: {status}, {len(got)} bytes, published were {UPLOAD_BYTES}"

    def check_all(self, client):
        """The list that clients verify names every file that was called published."""
        files = f"/{self.place.tenant}/tuf/image/metadata"
        snapshot = client.tell("GET", f"{files}/timestamp.json")["signed"]["meta"]["snapshot.json"]["version"]
        family = client.tell("GET", f"{files}/{snapshot}.snapshot.json")["signed"]["meta"]["demo.json"]["version"]
        named = client.tell("GET", f"{files}/{family}.demo.json")["signed"]["targets"]
        lost = [entry["release"] for kind, entry in self.book.entries
                if kind is self and entry.get("published") and f"demo/{entry['version']}/load.bin" not in named]
        return f"published and in no list: {lost}" if lost else None


class Rollouts(Work):
    """Two stages over two devices that poll and report: what was seen of its way is never taken back."""

    name = "tick"

    def __init__(self, book, place):
        super().__init__(book, place)
        self.entry = None

    def step(self, client):
        if not self.entry:
            self.begin(client)
        entry = self.entry
        for device in entry["devices"]:
            self.poll(client, device)
        now = client.tell("GET", f"/api/v1/rollouts/{entry['id']}")
        if (now["state"], now["stage"]) != (entry["state"], entry["stage"]):
            entry["state"], entry["stage"] = now["state"], now["stage"]
            self.book.again(self, entry)
        if now["state"] == "draft":
            client.tell("POST", f"/api/v1/rollouts/{entry['id']}/start", {})
        elif now["state"] == "finished":
            self.entry = None

    def begin(self, client):
        devices = []
        for _ in range(2):
            name = Names.next("rolled")
            made = client.tell("POST", "/api/v1/devices", {"id": name, "family": "demo", "model": "demo-200",
                                                           "quirk": "plain"})
            devices.append({"id": name, "token": made["token"], "action": None, "is_done": False})
        made = client.tell("POST", "/api/v1/rollouts", {
            "name": Names.next("walk"), "release": self.place.release, "window": None,
            "selection": {"devices": [device["id"] for device in devices]},
            "stages": [{"kind": "count", "value": 1}], "thresholds": {"soak_min": 0}})
        self.entry = {"id": made["id"], "state": "draft", "stage": made["stage"], "devices": devices}
        self.book.add(self, self.entry)

    def poll(self, client, device):
        if device["is_done"]:
            return
        who = f"TargetToken {device['token']}"
        links = client.tell("GET", f"{self.base}/{device['id']}", who=who).get("_links", {})
        if "deploymentBase" not in links:
            return
        action = links["deploymentBase"]["href"].split("?")[0].rsplit("/", 1)[1]
        if action != device["action"]:
            device["action"] = action
            self.book.again(self, self.entry)
        client.tell("POST", f"{self.base}/{device['id']}/deploymentBase/{action}/feedback",
                    {"id": action, "status": {"execution": "closed", "result": {"finished": "success"}}}, who=who)
        device["is_done"] = True
        self.book.again(self, self.entry)

    def check(self, client, entry):
        now = client.tell("GET", f"/api/v1/rollouts/{entry['id']}")
        if now["state"] not in STATES or (STATES.index(now["state"]), now["stage"]) < \
                (STATES.index(entry["state"]), entry["stage"]):
            return f"rollout {entry['id']} is {now['state']} at {now['stage']}, seen was {entry['state']} at {entry['stage']}"
        for device in entry["devices"]:
            if not device["action"]:
                continue
            action = client.tell("GET", f"/api/v1/actions/{device['action']}")
            if action["device"] != device["id"] or (device["is_done"] and action["state"] != "healthy"):
                return f"action {device['action']} of {device['id']} is {action['state']} of {action['device']}"
        return None
