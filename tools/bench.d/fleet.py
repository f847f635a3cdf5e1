"""Two folders that differ in one thing, the number of devices: a release, ten running rollouts, 1,000 and 100,000."""

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import time

from servers import Failure

FEW, MANY = 1000, 100000
ROLLOUTS = 10
TOKEN = "6d0c1c6b9a0f4b6f8a3b0e5d2c7f9183"  # every device's; only this machine's loopback ever hears it
VERSION = "1.0"


class Folders:
    """What fleet.make leaves: folder (FEW devices), folder_many, target (its URL path), blob (its file), sha256."""


def device_id(number):
    return f"bench-{number:06d}"


class Dev:
    """`nightshift dev` on a folder, for as long as the with-block lasts."""

    def __init__(self, programs, folder):
        self.cli, self.folder = os.path.join(programs, "nightshift"), folder

    def __enter__(self):
        self.log = open(self.folder + ".log", "a+")
        self.process = subprocess.Popen([self.cli, "dev", "--dir", self.folder, "--port", "0", "--json"],
                                        stdout=subprocess.PIPE, stderr=self.log, text=True)
        line = self.process.stdout.readline()
        if not line:
            self.log.seek(0)
            raise Failure(f"nightshift dev did not start: {self.log.read()[-500:]}")
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()

    def run(self, *words):
        return command(os.path.dirname(self.cli), self.folder, *words)


def command(programs, folder, *words):
    """What a person types, against the service that runs on a folder. Returns what it printed as JSON."""
    done = subprocess.run([os.path.join(programs, "nightshift"), *words, "--dir", folder, "--json"],
                          capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"nightshift {' '.join(words[:2])}: {done.stderr.strip()[-500:]}")
    return json.loads(done.stdout) if done.stdout.strip() else None


def write_firmware(path, size):
    with open(path, "wb") as file:
        while size > 0:
            size -= file.write(os.urandom(min(size, 1 << 22)))


def publish(run, folder, firmware, version):
    """`run` takes a command's words. Returns the release as it is published."""
    release = run("release", "add", firmware, "--family", "demo", "--version", version)
    number = str(release["id"])
    run("release", "sign", number, "--key", os.path.join(folder, "keys", "engineer-1.key"))
    return run("release", "publish", number)


def count_again(db):
    """The counters of the summary, after rows came past the service: as its own schema step counts them."""
    step = os.path.join(os.path.dirname(__file__), "..", "..", "store", "schema", "0027_fleet_tally.sql")
    with open(step) as file:
        sums = file.read()
    db.execute("DELETE FROM fleet_tally")
    for statement in sums[sums.index("INSERT"):].split(";"):
        db.execute(statement)


def _add_devices(folder, first, last):
    """Written straight into the tables while the service is down: enrolling 100,000 over HTTPS would take minutes
    and say nothing about polls. Columns as in store/schema/0001_start.sql; one token for all."""
    now = int(time.time() * 1000)
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    with sqlite3.connect(os.path.join(folder, "nightshift.db")) as db:
        tenant = db.execute("SELECT id FROM tenant WHERE name = 'DEFAULT'").fetchone()[0]
        base = db.execute("SELECT coalesce(max(id), 0) + 1 FROM device").fetchone()[0] - first
        db.executemany(
            "INSERT INTO device (id, tenant_id, controller_id, token_hash, state, family, model, serial, wants_attributes,"
            " created_ms, enrolled_ms) VALUES (?, ?, ?, ?, 'active', 'demo', ?, ?, 0, ?, ?)",
            # Number 0 is the other model: the rollouts have somebody to wait for, and it never polls.
            ((base + n, tenant, device_id(n), digest, "demo-200" if n else "demo-300", f"S{n:08d}", now, now)
             for n in range(first, last)))
        db.executemany("INSERT INTO device_seen (device_id, last_seen_ms, address) VALUES (?, ?, '127.0.0.1')",
                       ((base + n, now) for n in range(first, last)))
        db.executemany("INSERT INTO device_component (device_id, component, version, updated_ms) VALUES (?, 'system', ?, ?)",
                       ((base + n, "0.9", now) for n in range(first, last)))
        count_again(db)
    db.close()


def _find_blob(folder, sha256):
    for where, _, names in os.walk(os.path.join(folder, "blobs")):
        if sha256 in names:
            return os.path.join(where, sha256)
    raise Failure("the release's blob is not where blobs rest")


def _copy(folder, name, work):
    """Another folder like it, with the same blobs."""
    out = os.path.join(work, name)
    shutil.copytree(folder, out, ignore=shutil.ignore_patterns("blobs", "port", "lock"))
    os.symlink(os.path.join(folder, "blobs"), os.path.join(out, "blobs"))
    return out


def make_larger(folders, work, devices):
    """The same with so many devices."""
    out = _copy(folders.folder_many, f"fleet-{devices}", work)
    _add_devices(out, MANY + 1, devices + 1)
    return out


def make_writable(folders, work, name):
    """One for a part that changes what it measures; its blobs are its own."""
    out = os.path.join(work, name)
    shutil.copytree(folders.folder, out, ignore=shutil.ignore_patterns("port", "lock"))
    return out


def actions(folder):
    """(number of a device, its action) of all that have one."""
    with sqlite3.connect(os.path.join(folder, "nightshift.db")) as db:
        rows = db.execute("SELECT d.controller_id, a.id FROM action a JOIN device d ON d.id = a.device_id").fetchall()
    db.close()
    return [(int(name.rsplit("-", 1)[1]), action) for name, action in rows]


def make(programs, work, file_bytes):
    out = Folders()
    out.folder = os.path.join(work, "few")
    firmware = os.path.join(work, "firmware.bin")
    write_firmware(firmware, file_bytes)
    with Dev(programs, out.folder) as dev:
        component = publish(dev.run, dev.folder, firmware, VERSION)["components"][0]
    os.unlink(firmware)
    out.sha256 = component["sha256"]
    out.target = f"/DEFAULT/tuf/image/targets/demo/{VERSION}/{out.sha256}.{component['file']}"
    out.blob = _find_blob(out.folder, out.sha256)
    _add_devices(out.folder, 0, FEW + 1)
    with Dev(programs, out.folder) as dev:
        for n in range(ROLLOUTS):
            dev.run("rollout", "make", "--release", "1", "--name", f"other-{n}", "--model", "demo-300", "--start")
        time.sleep(1.5)  # a tick of the engine: a rollout without devices would have ended by now
        running = [row for row in dev.run("rollout", "list")["items"] if row["state"] == "running"]
    if len(running) != ROLLOUTS:
        raise Failure(f"{len(running)} of {ROLLOUTS} rollouts are running")
    out.folder_many = _copy(out.folder, "many", work)
    _add_devices(out.folder_many, FEW + 1, MANY + 1)
    return out
