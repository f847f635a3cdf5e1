"""What is written while the service is killed, and how each acknowledged piece is looked for afterwards.

A kind of work has step(client): one or a few requests; and check(client, entry): None, or what is wrong with what was
acknowledged. An entry goes into the book only after its 2xx was read whole.
"""
import base64
import collections
import hashlib
import json
import random
import threading

from wire import Refused

UPLOAD_BYTES = 192 * 1024
CHUNK_BYTES = 16 * 1024
REPORTS_MAX = 12


class Book:
    """Acknowledged writes. Lives outside the service: in memory, and line by line in a file for the autopsy."""

    def __init__(self, path):
        self.file = open(path, "a", buffering=1, encoding="utf-8")
        self.lock = threading.Lock()
        self.entries = []
        self.fresh = []
        self.count = 0

    def add(self, kind, entry):
        """A new thing."""
        with self.lock:
            self.entries.append((kind, entry))
        self.again(kind, entry)

    def again(self, kind, entry):
        """More was acknowledged about a thing that is in the book."""
        with self.lock:
            self.count += 1
            self.fresh.append((kind, entry))
            self.file.write(f"{kind.name} {json.dumps(entry, default=str)}\n")

    def take_fresh(self):
        with self.lock:
            fresh, self.fresh = self.fresh, []
        return list({id(entry): (kind, entry) for kind, entry in fresh}.values())


class Names:
    """Numbers nobody has used."""

    lock = threading.Lock()
    last = 0

    @classmethod
    def next(cls, word):
        with cls.lock:
            cls.last += 1
            return f"{word}-{cls.last}"


class Work:
    name = ""

    def __init__(self, book, place):
        self.book, self.place = book, place
        self.base = f"/{place.tenant}/controller/v1"

    def token_works(self, client, entry):
        status, _, _ = client.ask("GET", f"{self.base}/{entry['id']}", who=f"TargetToken {entry['token']}")
        return None if status == 200 else f"{self.name} {entry['id']}: its token gives {status}"


class Devices(Work):
    """POST /devices: the device is there, and its token works."""

    name = "device"

    def step(self, client):
        name = Names.next("made")
        made = client.tell("POST", "/api/v1/devices", {"id": name, "family": "demo", "model": "demo-200"})
        self.book.add(self, {"id": name, "token": made["token"]})

    check = Work.token_works


class Enrolments(Work):
    """A claim, then a first contact with it: the token works, and the claim is used up."""

    name = "enrolment"

    def step(self, client):
        name = Names.next("enrolled")
        claim = client.tell("POST", "/api/v1/claims", {})["claims"][0]["code"]
        body = {"claim": claim, "model": "demo-200", "family": "demo", "serial": name}
        done = client.tell("POST", f"{self.base}/{name}/enrol", body)
        self.book.add(self, {"id": name, "token": done["token"], "claim": claim})

    def check(self, client, entry):
        bad = self.token_works(client, entry)
        if bad:
            return bad
        other = Names.next("thief")
        status, _, _ = client.ask("POST", f"{self.base}/{other}/enrol", {"claim": entry["claim"]})
        return None if status in (403, 409, 410) else f"claim of {entry['id']}: used twice ({status})"


class Reports(Work):
    """An assignment, feedback until the last word: every message is there, and the state it led to."""

    name = "action"

    def __init__(self, book, place):
        super().__init__(book, place)
        self.entry = None

    def step(self, client):
        if not self.entry:
            self.begin(client)
        entry, self.entry = self.entry, None  # in doubt until acknowledged: then a new device
        number = len(entry["said"])
        is_last = number == REPORTS_MAX
        words = f"{entry['id']} says {number}"
        body = {"id": str(entry["action"]), "status": {
            "execution": "closed" if is_last else "proceeding",
            "result": {"finished": "success" if is_last else "none"}, "details": [words]}}
        client.tell("POST", f"{self.base}/{entry['id']}/deploymentBase/{entry['action']}/feedback", body,
                    who=f"TargetToken {entry['token']}")
        entry["said"].append(words)
        entry["state"] = "healthy" if is_last else "downloading"
        self.book.again(self, entry)
        self.entry = None if is_last else entry

    def begin(self, client):
        name = Names.next("told")
        made = client.tell("POST", "/api/v1/devices", {"id": name, "family": "demo", "model": "demo-200",
                                                       "quirk": "plain"})
        action = client.tell("POST", f"/api/v1/devices/{name}/actions", {"release": self.place.release})
        self.entry = {"id": name, "token": made["token"], "action": action["id"], "said": [], "state": "offered"}
        self.book.add(self, self.entry)

    def check(self, client, entry):
        action = client.tell("GET", f"/api/v1/actions/{entry['action']}")
        order = ["offered", "downloading", "healthy"]  # an unacknowledged step may have gone through
        if action["state"] not in order or order.index(action["state"]) < order.index(entry["state"]):
            return f"action {entry['action']} is {action['state']}, acknowledged was {entry['state']}"
        items = client.tell("GET", f"/api/v1/actions/{entry['action']}/entries?limit=100")["items"]
        there = {words for item in items for words in item["messages"]}
        lost = [words for words in entry["said"] if words not in there]
        return f"action {entry['action']} lost {lost}" if lost else None


class Uploads(Work):
    """tus: no acknowledged byte is lost; a whole upload becomes a release with these bytes."""

    name = "upload"
    chunk_bytes = CHUNK_BYTES
    tus = {"Tus_Resumable": "1.0.0"}

    def __init__(self, book, place):
        super().__init__(book, place)
        self.entry = None

    def step(self, client):
        if not self.entry:
            self.begin(client)
        elif self.entry["offset"] == UPLOAD_BYTES:
            self.release(client)
        else:
            self.more(client)

    def begin(self, client):
        seed = random.getrandbits(32)
        status, headers, text = client.ask("POST", "/api/v1/uploads", Upload_Length=str(UPLOAD_BYTES), **self.tus)
        if status != 201:
            raise AssertionError(f"an upload was refused: {status} {text[:200]}")
        path = "/" + headers["Location"].split("/", 3)[3]
        self.entry = {"path": path, "seed": seed, "version": self.version(seed), "offset": 0, "release": None}
        self.book.add(self, self.entry)

    def version(self, seed):
        return f"9.{seed}"

    def bytes_of(self, entry):
        return random.Random(entry["seed"]).randbytes(UPLOAD_BYTES)

    def more(self, client):
        entry = self.entry
        status, headers, _ = client.ask("HEAD", entry["path"], **self.tus)
        there = int(headers["Upload-Offset"]) if status == 200 else -1
        if there < entry["offset"]:
            raise AssertionError(f"{entry['path']}: {status}, offset {there}, acknowledged was {entry['offset']}")
        chunk = self.bytes_of(entry)[there : there + self.chunk_bytes]
        check = "sha256 " + base64.b64encode(hashlib.sha256(chunk).digest()).decode()
        status, headers, text = client.ask("PATCH", entry["path"], chunk, Upload_Offset=str(there),
                                           Upload_Checksum=check, Content_Type="application/offset+octet-stream",
                                           **self.tus) if chunk else (204, {"Upload-Offset": str(there)}, b"")
        if status != 204:
            raise AssertionError(f"{entry['path']}: a chunk was refused: {status} {text[:200]}")
        entry["offset"] = int(headers["Upload-Offset"])
        self.book.again(self, entry)

    def release(self, client):
        entry = self.entry
        upload, version = entry["path"].rsplit("/", 1)[1], entry["version"]
        body = {"upload": upload, "family": "demo", "version": version, "filename": "load.bin"}
        release = client.tell("POST", "/api/v1/releases", body, wanted=(200, 201, 409), Idempotency_Key=upload)
        if "id" not in release:  # it went through before the kill; only the answer was lost
            newest = client.tell("GET", "/api/v1/releases?limit=50")["items"]
            release = next((item for item in newest if item["version"] == version), None)
            if not release:
                raise Refused(f"release {version} was called done and is not there")
        entry["release"] = release["id"]
        self.book.again(self, entry)
        self.entry = None

    def check(self, client, entry):
        if entry["release"]:
            release = client.tell("GET", f"/api/v1/releases/{entry['release']}")
            wanted = hashlib.sha256(self.bytes_of(entry)).hexdigest()
            got = release["components"][0]["sha256"]
            return None if got == wanted else f"release {entry['release']} holds {got}, not {wanted}"
        status, headers, _ = client.ask("HEAD", entry["path"], **self.tus)
        offset = int(headers["Upload-Offset"]) if status == 200 else -1
        if entry["offset"] <= offset <= UPLOAD_BYTES or (entry["offset"] == UPLOAD_BYTES and status in (404, 410)):
            return None  # gone: it became a release whose answer was lost
        return f"{entry['path']}: {status}, offset {offset}, acknowledged was {entry['offset']}"


class Plans(Work):
    """A draft with an idempotency key, asked again after a kill: there once, and only once."""

    name = "rollout"

    def __init__(self, book, place):
        super().__init__(book, place)
        self.doubt = None
        self.done_before = set()

    def step(self, client):
        name = self.doubt or Names.next("plan")
        self.doubt = name
        body = {"name": name, "release": self.place.release, "stages": [{"kind": "count", "value": 1}]}
        made = client.tell("POST", "/api/v1/rollouts", body, wanted=(200, 201, 409), Idempotency_Key=name)
        if "id" in made:
            self.book.add(self, {"id": made["id"], "name": name})
        elif "was done before" in made["detail"]:
            self.done_before.add(name)
        else:
            raise Refused(made["detail"])
        self.doubt = None

    def check(self, client, entry):
        there = client.tell("GET", f"/api/v1/rollouts/{entry['id']}")
        return None if there["name"] == entry["name"] else f"rollout {entry['id']} is {there['name']}"

    def check_all(self, client):
        """No name twice, for a repeated key makes nothing new; and what was called done is there."""
        names, cursor = collections.Counter(), ""
        while cursor is not None:
            page = client.tell("GET", f"/api/v1/rollouts?limit=500{cursor}")
            names.update(item["name"] for item in page["items"])
            cursor = f"&cursor={page['next']}" if page["next"] else None
        twice = sorted(name for name, count in names.items() if count > 1)
        missing = sorted(self.done_before - set(names))
        return f"rollouts made twice: {twice}, called done and missing: {missing}" if twice or missing else None


KINDS = (Devices, Enrolments, Reports, Reports, Uploads, Uploads, Plans)
