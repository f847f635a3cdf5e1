"""tools/bench soak: a fleet at work for as long as wanted: polls, downloads, backups, and from time to time a new
release, a rollout of it and an upload that is given up. Prints what the service holds each minute, and at the end the
slope of its memory over the second half."""

import argparse
import base64
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import fleet
import operators
import servers

DEVICES = 300
INTERVAL_S = 10  # of a machine's polls
PACKAGE_BYTES = 2 << 20
SLOPE_KB_H = 3840  # 64 KiB a minute
FIRST_VERSION = 2
WARM_MINUTES = 20  # from so long a run on, its second half has nothing to do with the start


class Sample:
    """What the kernel and the service say now."""

    def __init__(self, server, began):
        with open(f"/proc/{server.pid}/status") as file:
            rows = dict(line.split(":", 1) for line in file)
        self.at_s = time.monotonic() - began
        self.resident_kb, self.threads = int(rows["VmRSS"].split()[0]), int(rows["Threads"])
        self.own_kb = int(rows["RssAnon"].split()[0])  # without mapped files: a new release is one more of them
        self.files = len(os.listdir(f"/proc/{server.pid}/fd"))
        self.cpu_s = server.cpu_ns() / 1e9
        wal = os.path.join(server.folder, "nightshift.db-wal")
        self.wal_kb = os.path.getsize(wal) // 1024 if os.path.exists(wal) else 0


def slope_kb_h(samples):
    """By least squares; 0 of fewer than three."""
    if len(samples) < 3:
        return 0.0
    line = statistics.linear_regression([s.at_s / 3600 for s in samples], [s.own_kb for s in samples])
    return line.slope


class People(threading.Thread):
    """Engineers: a release and its rollout, an upload that is given up, what the web page asks; again and again."""

    def __init__(self, programs, server, work, every_s):
        super().__init__(daemon=True)
        self.programs, self.server, self.work, self.every_s = programs, server, work, every_s
        self.errors, self.releases, self.uploads, self.asked = [], 0, 0, 0
        self.is_over = threading.Event()

    def run(self):
        while not self.is_over.is_set():
            for task in (self._release, self._upload, self._ask):
                try:
                    task()
                except Exception as failure:  # whatever it is, it is counted and printed
                    self.errors.append(f"{task.__name__[1:]}: {failure}")
            self.is_over.wait(self.every_s)

    def _command(self, *words):
        return fleet.command(self.programs, self.server.folder, *words)

    def _release(self):
        firmware, version = os.path.join(self.work, "soak.bin"), f"{FIRST_VERSION + self.releases}.0"
        fleet.write_firmware(firmware, PACKAGE_BYTES)
        release = fleet.publish(self._command, self.server.folder, firmware, version)
        self._command("rollout", "make", "--release", str(release["id"]), "--name", f"to-{version}", "--stage", "10%",
                      "--urgent", "--term", "urgent_reason=soak", "--start")
        self.releases += 1

    def _upload(self):
        tus, name = ["Tus-Resumable: 1.0.0"], base64.b64encode(b"given-up.bin").decode()
        with operators.Operator(self.server) as operator:
            status, fields, _ = operator.ask("POST", "/api/v1/uploads", headers=tus + [
                f"Upload-Length: {4 * PACKAGE_BYTES}", f"Upload-Metadata: filename {name}"])
            where = fields["location"][fields["location"].index("/api/"):]
            patched, _, _ = operator.ask("PATCH", where, os.urandom(PACKAGE_BYTES), tus + [
                "Upload-Offset: 0", "Content-Type: application/offset+octet-stream"])
            dropped, _, _ = operator.ask("DELETE", where, headers=tus)
        if (status, patched, dropped) != (201, 204, 204):
            raise servers.Failure(f"answers {status} {patched} {dropped}")
        self.uploads += 1

    def _ask(self):
        with operators.Operator(self.server) as operator:
            for path in ("/api/v1/fleet/summary", "/api/v1/rollouts?limit=50", "/api/v1/devices?limit=50"):
                operator.get(path)
                self.asked += 1


def machines(programs, server, seconds, log):
    """The simulated fleet, until then."""
    return subprocess.Popen(
        [os.path.join(programs, "nightshift-fleet"), "--url", f"https://127.0.0.1:{server.port}", "--ca", server.ca,
         "--gateway-token", operators.token(server, "gateway.token"), "--devices", str(DEVICES), "--seed", "1",
         "--components", "system", "--start-version", "1.0", "--backups", "--interval", str(INTERVAL_S),
         "--flash-seconds", "2", "--cut-percent", "10", "--power-cut-percent", "3", "--duration", str(seconds),
         "--threads", "8", "--quiet", "--json"], stdout=subprocess.PIPE, stderr=log, text=True)


def watch(server, play, minutes):
    samples, began = [], time.monotonic()
    for minute in range(minutes + 1):
        time.sleep(max(0.0, began + 60 * minute - time.monotonic()))
        if play.poll() is not None and minute < minutes:
            raise servers.Failure("the simulated fleet ended early")
        samples.append(Sample(server, began))
        s = samples[-1]
        print(f"minute {minute:3d}: own memory {s.own_kb:7d} kB, resident {s.resident_kb:7d} kB, {s.files:4d} files, "
              f"{s.threads:3d} threads, WAL {s.wal_kb:5d} kB, CPU {s.cpu_s:7.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)
    return samples


def errors_in(log):
    with open(log, errors="replace") as file:
        return [line.strip() for line in file if '"level":"error"' in line or "level=error" in line]


def judge(server, samples, people, said):
    half = samples[len(samples) // 2:]
    logged = errors_in(os.path.join(server.folder, "log"))
    return {
        "minutes": len(samples) - 1, "devices": DEVICES, "releases": people.releases, "uploads": people.uploads,
        "asked": people.asked, "fleet": said, "errors": people.errors + logged,
        "slope_kb_h": round(slope_kb_h(half), 1), "goal_kb_h": SLOPE_KB_H,
        "files_first": half[0].files, "files_last": half[-1].files, "wal_most_kb": max(s.wal_kb for s in samples),
        "samples": [vars(s) for s in samples],
    }


def soak(arguments, work):
    programs, seconds = os.path.abspath(arguments.programs), arguments.minutes * 60
    folder = os.path.join(work, "service")
    with fleet.Dev(programs, folder):
        pass  # it makes the folder
    server = servers.Service("ours", programs, folder, NIGHTSHIFT_LOG_LEVEL="warn")
    server.start()
    try:
        for task in os.listdir(f"/proc/{server.pid}/task"):
            os.sched_setaffinity(int(task), os.sched_getaffinity(0))
        with open(os.path.join(work, "fleet.log"), "w") as log:
            play = machines(programs, server, seconds + 30, log)
        people = People(programs, server, work, arguments.every)
        try:
            people.start()
            samples = watch(server, play, arguments.minutes)
            people.is_over.set()
            people.join(120)
            said = json.loads(play.communicate(timeout=120)[0] or "{}")
        finally:
            play.kill()
            play.wait()
        return judge(server, samples, people, said)
    finally:
        server.stop()


def main():
    parser = argparse.ArgumentParser(prog="tools/bench soak", description=__doc__)
    parser.add_argument("--programs", metavar="DIR", required=True, help="nightshift, nightshiftd and nightshift-fleet")
    parser.add_argument("--minutes", type=int, default=30, metavar="N")
    parser.add_argument("--every", type=float, default=60, metavar="S", help="seconds between two releases [60]")
    parser.add_argument("--json", metavar="FILE", help="write every sample there")
    arguments = parser.parse_args()
    if arguments.minutes < 1:
        parser.error("--minutes takes 1 and more")
    servers.raise_file_limit()
    work = tempfile.mkdtemp(prefix="nightshift-soak-")
    try:
        result = soak(arguments, work)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    if arguments.json:
        with open(arguments.json, "w") as file:
            json.dump(result, file, indent=1)
    plain = {name: value for name, value in result["fleet"].items() if not isinstance(value, (dict, list))}
    print(json.dumps({**{name: value for name, value in result.items() if name != "samples"}, "fleet": plain}, indent=1))
    is_long = arguments.minutes >= WARM_MINUTES
    is_steady = result["slope_kb_h"] <= SLOPE_KB_H or not is_long
    is_well = is_steady and result["files_last"] <= result["files_first"] + 20 and not result["errors"]
    print(f"own memory over the second half: {result['slope_kb_h']:+.0f} kB an hour (at most {SLOPE_KB_H}"
          f"{'' if is_long else ', but so short a run still warms up'}); {len(result['errors'])} errors; "
          f"{'steady' if is_well else 'NOT STEADY'}")
    return 0 if is_well else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (servers.Failure, OSError, subprocess.SubprocessError) as failure:
        print(f"tools/bench soak: {failure}", file=sys.stderr)
        sys.exit(1)
