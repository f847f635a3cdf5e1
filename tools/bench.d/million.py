"""tools/bench million: what a rollout over a million devices costs: its start, its planning, its rehearsal, and a
check-in meanwhile. The fleet is written straight into the tables: sites in many zones, windows, a few odd devices."""

import argparse
import hashlib
import json
import os
import random
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time

import fleet
import servers

SITES = 5000
CUSTOMERS = 400
ZONES = ("Europe/Berlin", "Europe/London", "America/New_York", "America/Chicago", "America/Los_Angeles", "Asia/Tokyo",
         "Asia/Kolkata", "Australia/Sydney", "America/Sao_Paulo", "Europe/Helsinki", "Asia/Kathmandu", "Africa/Cairo")
TOKEN = "6d0c1c6b9a0f4b6f8a3b0e5d2c7f9183"


def device_id(number):
    return f"mill-{number:07d}"


def _sites(db, tenant):
    """Every tenth has no window; every fiftieth one of a quarter of an hour; some name a calendar."""
    for n in range(SITES):
        start, end = (-1, -1) if n % 10 == 9 else (60, 75) if n % 50 == 0 else (20 * 60 + n % 5 * 30, 5 * 60 + n % 3 * 30)
        db.execute(
            "INSERT INTO site (tenant_id, name, customer, zone, window_start_min, window_end_min, window_days)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (tenant, f"site-{n:04d}", f"customer-{n % CUSTOMERS}", ZONES[n % len(ZONES)], start, end,
             31 if n % 4 == 0 else 127))


def fill(folder, devices):
    now = int(time.time() * 1000)
    digest = hashlib.sha256(TOKEN.encode()).hexdigest()
    with sqlite3.connect(os.path.join(folder, "nightshift.db")) as db:
        db.execute("PRAGMA synchronous = OFF")
        db.execute("PRAGMA cache_size = -200000")
        tenant = db.execute("SELECT id FROM tenant WHERE name = 'DEFAULT'").fetchone()[0]
        base = db.execute("SELECT coalesce(max(id), 0) + 1 FROM device").fetchone()[0]
        _sites(db, tenant)
        db.executemany(
            "INSERT INTO device (id, tenant_id, controller_id, token_hash, state, family, model, serial, customer, site,"
            " wants_attributes, created_ms, enrolled_ms) VALUES (?, ?, ?, ?, 'active', 'demo', ?, ?, ?, ?, 0, ?, ?)",
            ((base + n, tenant, device_id(n), digest, "demo-300" if n % 3 == 0 else "demo-200", f"S{n:08d}",
              f"customer-{n % SITES % CUSTOMERS}", f"site-{n % SITES:04d}", now, now) for n in range(devices)))
        db.executemany("INSERT INTO device_seen (device_id, last_seen_ms, address) VALUES (?, ?, '127.0.0.1')",
                       ((base + n, now - (10 * 86400000 if n % 100 == 99 else 0)) for n in range(devices)))
        db.executemany("INSERT INTO device_component (device_id, component, version, updated_ms) VALUES (?, ?, ?, ?)",
                       ((base + n, part, "0.9", now) for n in range(devices) for part in ("engine", "system")))
        fleet.count_again(db)
    db.close()
    return base


# ---- asking ---------------------------------------------------------------------------------------


class Asker:
    """One kept connection; every answer with its time."""

    def __init__(self, server, token):
        self.connection = servers.connect(server, servers.client_context(server.ca))
        self.connection.settimeout(600)
        self.token = token

    def ask(self, method, path, body=None, wanted=(200, 201)):
        payload = b"" if body is None else json.dumps(body).encode()
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: {self.token}\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\n"
        began = time.perf_counter()
        status, answer = servers.ask(self.connection, head.encode() + b"\r\n" + payload)
        took = time.perf_counter() - began
        if status not in wanted:
            raise servers.Failure(f"{method} {path}: {status} {answer[:300]!r}")
        return took * 1000, answer


def poll(asker, devices):
    number = random.randrange(devices)
    return asker.ask("GET", f"/DEFAULT/controller/v1/{device_id(number)}")[0]


def write(asker):
    return asker.ask("PUT", "/api/v1/sites/bench", {"zone": "UTC"})[0]


def line(what, times):
    times = sorted(times)
    print(f"{what}: n {len(times)}, median {statistics.median(times):.2f} ms, "
          f"95 % {times[len(times) * 95 // 100]:.2f} ms, most {times[-1]:.2f} ms", flush=True)


def peak(server, is_reset=False):
    """Resident bytes at most since the last reset, in MB."""
    if is_reset:
        with open(f"/proc/{server.pid}/clear_refs", "w") as file:
            file.write("5")
    with open(f"/proc/{server.pid}/status") as file:
        rows = dict(row.split(":", 1) for row in file)
    return int(rows["VmHWM"].split()[0]) / 1024


# ---- measuring --------------------------------------------------------------------------------------

STAGES = [{"kind": "count", "value": 100}, {"kind": "percent", "value": 1}, {"kind": "percent", "value": 10}]


def draft(operator, name):
    took, answer = operator.ask("POST", "/api/v1/rollouts", {"name": name, "release": 1, "stages": STAGES})
    return took, json.loads(answer)["id"]


def state_of(operator, rollout):
    return json.loads(operator.ask("GET", f"/api/v1/rollouts/{rollout}")[1])["state"]


def measure_start(server, operator, device, devices, seconds):
    deadline = time.monotonic() + seconds
    before, writes = [], []
    while time.monotonic() < deadline:
        before.append(poll(device, devices))
        if len(before) % 50 == 0:
            writes.append(write(operator))
    line("check-in before", before)
    line("a write before", writes)
    peak(server, True)
    took, rollout = draft(operator, "million")
    started, _ = operator.ask("POST", f"/api/v1/rollouts/{rollout}/start", {})
    began, cpu = time.monotonic(), server.cpu_ns()
    print(f"make {took:.2f} ms, start {started:.2f} ms, state {state_of(operator, rollout)}", flush=True)
    during, writes = [], []
    while state_of(operator, rollout) == "planning":
        during += [poll(device, devices) for _ in range(50)]
        writes.append(write(operator))
    print(f"planning {time.monotonic() - began:.2f} s, with the check-ins {(server.cpu_ns() - cpu) / 1e9:.2f} s "
          f"of CPU, resident at most {peak(server):.0f} MB", flush=True)
    line("check-in during", during)
    line("a write during", writes)
    stages = json.loads(operator.ask("GET", f"/api/v1/rollouts/{rollout}")[1])["stages"]
    print("planned " + ", ".join(str(stage["planned"]) for stage in stages))
    deadline, after = time.monotonic() + seconds, []
    while time.monotonic() < deadline:
        after.append(poll(device, devices))
    line("check-in after", after)


def measure_rehearsal(server, operator, device, devices):
    _, rollout = draft(operator, "rehearsed")
    answers = []
    for turn in range(2):
        peak(server, True)
        rest, cpu = peak(server), server.cpu_ns()
        took, answer = operator.ask("POST", f"/api/v1/rollouts/{rollout}/rehearse", {
            "nights": 30, "seed": 7, "from": "2027-03-22T12:00:00Z"})
        answers.append(answer)
        print(f"rehearsal {turn + 1}: {took / 1000:.2f} s, {(server.cpu_ns() - cpu) / 1e9:.2f} s of CPU, resident "
              f"at most {peak(server):.0f} MB (before {rest:.0f} MB), {len(answer)} bytes, "
              f"sha256 {hashlib.sha256(answer).hexdigest()[:16]}", flush=True)
    if answers[0] != answers[1]:
        raise servers.Failure("the same seed gave two answers")
    result = json.loads(answers[0])
    print("both answers are the same bytes: " + json.dumps({name: result.get(name) for name in (
        "devices", "finish", "halt", "reason")}))
    print(json.dumps({name: result["bad_release"][name] for name in ("percent", "halted_percent", "bricked")}))


def main():
    parser = argparse.ArgumentParser(prog="tools/bench million", description=__doc__)
    parser.add_argument("--programs", metavar="DIR", required=True, help="nightshift and nightshiftd")
    parser.add_argument("--work", metavar="DIR", required=True, help="a folder on a disk with 2 GB to spare; emptied")
    parser.add_argument("--devices", type=int, default=1000000, metavar="N")
    parser.add_argument("--seconds", type=float, default=5, metavar="S", help="of check-ins before and after")
    arguments = parser.parse_args()
    folder = os.path.join(arguments.work, "million")
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(arguments.work, exist_ok=True)
    firmware = os.path.join(arguments.work, "firmware.bin")
    fleet.write_firmware(firmware, 1 << 20)
    try:
        with fleet.Dev(os.path.abspath(arguments.programs), folder) as dev:
            fleet.publish(dev.run, folder, firmware, fleet.VERSION)
        began = time.monotonic()
        fill(folder, arguments.devices)
        print(f"{arguments.devices} devices written in {time.monotonic() - began:.0f} s", flush=True)
        server = servers.Service("ours", os.path.abspath(arguments.programs), folder)
        server.start()
        try:
            for task in os.listdir(f"/proc/{server.pid}/task"):  # its threads may use every CPU here
                os.sched_setaffinity(int(task), os.sched_getaffinity(0))
            with open(os.path.join(folder, "admin.token")) as file:
                operator = Asker(server, "Bearer " + file.read().strip())
            device = Asker(server, "TargetToken " + TOKEN)
            measure_start(server, operator, device, arguments.devices, arguments.seconds)
            measure_rehearsal(server, operator, device, arguments.devices)
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.unlink(firmware)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (servers.Failure, OSError, subprocess.SubprocessError) as failure:
        print(f"tools/bench million: {failure}", file=sys.stderr)
        sys.exit(1)
