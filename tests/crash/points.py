#!/usr/bin/env python3
"""Each system call of each door that writes, one after the other, meets a fault.

strace sits on the running service for one request and makes its nth call of a group end badly, for n = 1, 2, ... until
the request gets through untouched. Doors are found by what the work asks: a path without its names. The service has one
worker and seldom ticks, so that the nth call is the same each time.

  kill   the process dies there: nothing acknowledged is lost, and the work goes on where it stood
  sync   this fsync says EIO: no yes, the process stops by itself with 74 and asks no fsync again
  full   from this call on, every write says ENOSPC: 507, the process lives, reads are answered; then there is room again,
         and the work goes on without a restart
"""
import re
import signal
import subprocess
import sys
import time

from safe import Restores
from ship import Publishes, Rollouts
from wire import GONE, Client, Place, Refused, options_of_place
from work import Book, Devices, Enrolments, Plans, Reports, Uploads

SYNCS = "fsync,fdatasync"
WRITES = "pwrite64,ftruncate,fallocate,rename,openat"
STOPPED_BY_FSYNC = 74
IDLE_STEPS = 160  # without a new point: enough for every work to come round
POINTS_MAX = 200  # a door with more has not come to an end

GROUPS = {  # name: (calls, what they do, from the nth one on)
    "kill": [(f"{SYNCS},rename", "signal=SIGKILL", ""), ("sendmsg,sendto,writev", "signal=SIGKILL", "")],
    "kill-all": [(f"{SYNCS},{WRITES},unlink,write", "signal=SIGKILL", "")],
    "sync": [(SYNCS, "error=EIO", "")],
    "full": [("pwrite64,fallocate,ftruncate", "error=ENOSPC", "+")],
}

SPARSE = ("kill-all", "full")  # dozens of writes a door: each of the first, then every third of those before


class Still(Place):
    settings = {**Place.settings, "workers": 1, "threads": 1, "tick_ms": 60000}


class Again(Exception):
    """Refused for want of room, of which there is some now."""


class Strace:
    """One fault, waiting in the service; at most one at a time."""

    def __init__(self, pid, calls, effect, when):
        self.process = subprocess.Popen(
            ["strace", "-f", "-o", "/dev/null", "-e", f"trace={calls}", "-e", f"inject={calls}:{effect}:when={when}",
             "-p", str(pid)], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        line = self.process.stderr.readline()
        if "attached" not in line:
            raise Refused(f"strace does not attach: {line}")

    def drop(self):
        """Behind a process that died in its hands it would wait for ever."""
        self.process.kill()
        self.process.communicate()

    def go(self):
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.communicate(timeout=2)
        except subprocess.TimeoutExpired:
            self.drop()


class Points:
    """How far each door has been walked through."""

    def __init__(self, place, fault):
        self.place, self.fault = place, fault
        self.groups = GROUPS[fault]
        self.next = {}  # (door, group): the next n, or None when its end was reached
        self.fired = {}
        self.wrong = []

    def door(self, method, path):
        parts = path.split("?")[0].split("/")
        return f"{method} " + "/".join("*" if re.search(r"\d", part) and part != "v1" else part for part in parts)

    def pending(self, door):
        for group in range(len(self.groups)):
            number = self.next.setdefault((door, group), 1)
            if number:
                return group, number
        return None

    def hit(self, door, group, number):
        self.fired[door] = self.fired.get(door, 0) + 1
        step = max(1, number // 3) if self.fault in SPARSE else 1
        self.next[door, group] = number + step if number < POINTS_MAX else None
        if number >= POINTS_MAX:
            self.wrong.append(f"{door}: more than {POINTS_MAX} points")

    def done(self):
        return all(number is None for number in self.next.values())


class FaultyClient(Client):
    """Asks through a fault wherever a door that writes has a point left."""

    def __init__(self, place, points):
        super().__init__(place)
        self.points = points
        self.is_calm = False

    def ask(self, method, path, body=None, who=None, **headers):
        door = self.points.door(method, path)
        pending = self.points.pending(door) if method not in ("GET", "HEAD") and not self.is_calm else None
        if not pending:
            return super().ask(method, path, body, who, **headers)
        super().ask("GET", "/healthz")  # the connection is up: its handshake is not what we look at
        group, number = pending
        calls, effect, from_then_on = self.points.groups[group]
        strace = Strace(self.place.process.pid, calls, effect, f"{number}{from_then_on}")
        try:
            answer = super().ask(method, path, body, who, **headers)
        except GONE:
            strace.drop()
            self.points.hit(door, group, number)
            self.check_end(door, "nothing")
            raise
        if self.points.fault == "full" and answer[0] >= 400:
            self.look_around(door, answer)
        strace.go()
        return self.judge(door, group, number, answer, (method, path, body, who, headers))

    def judge(self, door, group, number, answer, request):
        status = answer[0]
        if status == 409 and self.points.fault != "full":
            return answer  # what a fault before this one let through was done: this request met none
        if status < 400 or (self.points.fault.startswith("kill") and status < 500):
            self.points.next[door, group] = None
            return answer
        self.points.hit(door, group, number)
        if self.points.fault == "full":
            method, path, body, who, headers = request
            if "Idempotency_Key" not in headers:
                raise Again
            # Its reservation stays for a minute when even its end has no room.
            headers = {**headers, "Idempotency_Key": f"{headers['Idempotency_Key']}-again-{number}"}
            return self.ask_when_free(method, path, body, who, headers)
        self.check_end(door, f"{status} {answer[2][:200].decode(errors='replace')}")
        raise ConnectionResetError("refused, and it stopped")

    def ask_when_free(self, method, path, body, who, headers):
        """The parser of the request that was refused may hold its upload for a moment still."""
        until = time.monotonic() + 10
        answer = super().ask(method, path, body, who, **headers)
        while answer[0] == 423 and time.monotonic() < until:
            answer = super().ask(method, path, body, who, **headers)
        return answer

    def look_around(self, door, answer):
        """The disk is full: reads go on."""
        if answer[0] != 507:
            self.points.wrong.append(f"{door}: a full disk is answered with {answer[0]} {answer[2][:120]}")
        other = Client(self.place)
        for path in ("/healthz", "/api/v1/fleet/summary", "/api/v1/releases"):
            status = other.ask("GET", path)[0]
            if status != 200:
                self.points.wrong.append(f"{door}: with a full disk {path} answers {status}")
        other.close()

    def check_end(self, door, said):
        wanted = STOPPED_BY_FSYNC if self.points.fault == "sync" else -signal.SIGKILL
        try:
            ended = self.place.process.wait(10)
        except subprocess.TimeoutExpired:
            ended = "still running"
        if ended != wanted:
            self.points.wrong.append(f"{door}: it said {said}, and ended with {ended}, not {wanted}")


def restart(place):
    if place.process and place.process.poll() is None:
        place.kill()
    place.start()
    place.wait_until_up()


def look(place, book):
    client = Client(place)
    bad = [found for found in (kind.check(client, entry) for kind, entry in book.take_fresh()) if found]
    client.close()
    return bad


def walk(place, book, works, points):
    """Rounds over all works until no door has a point left."""
    restart(place)
    client = FaultyClient(place, points)
    idle = 0
    while idle < IDLE_STEPS and not points.wrong:
        for work in works:
            before = sum(points.fired.values())
            try:
                work.step(client)
            except Again:
                pass
            except GONE:
                client.close()
                restart(place)
                points.wrong += look(place, book)
                client = FaultyClient(place, points)
            idle = 0 if sum(points.fired.values()) > before else idle + 1
        if not points.done():
            idle = min(idle, IDLE_STEPS - 1)
    client.close()


def main():
    parser = options_of_place(__doc__)
    parser.add_argument("--fault", choices=GROUPS, required=True)
    options = parser.parse_args()
    place, book = Still(options), Book(options.book)
    works = [kind(book, place) for kind in (Devices, Enrolments, Reports, Uploads, Plans, Restores, Publishes, Rollouts)]
    points = Points(place, options.fault)
    try:
        walk(place, book, works, points)
        restart(place)
        book.fresh = list(book.entries)
        points.wrong += look(place, book)
    except (Refused, AssertionError) as refusal:
        points.wrong.append(str(refusal))
    finally:
        place.stop()
    for line in points.wrong:
        print(f"caught: {line}")
    for door, count in sorted(points.fired.items()):
        print(f"{count:4} {door}")
    print(f"{options.fault}: {sum(points.fired.values())} points at {len(points.fired)} doors, {len(points.wrong)} wrong")
    sys.exit(1 if points.wrong or not points.fired else 0)


main()
