#!/usr/bin/env python3
"""A service at its limit of open files: open_files.py crowd|short FACTS.json

crowd: more stalled readers than it has descriptors for, beside a client that goes on.
short: its limit is lowered below what it has open while uploads are half sent, and raised again.
Prints what happened as one JSON object. FACTS: pid port ca file poll token admin."""
import http.client
import json
import os
import resource
import socket
import ssl
import sys
import threading
import time

facts = json.load(open(sys.argv[2]))
tls = ssl.create_default_context(cafile=facts["ca"])
HALF = b"x" * 4000


def connect(seconds=10, buffer=None):
    plain = socket.socket()
    plain.settimeout(seconds)
    if buffer:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    try:
        plain.connect(("127.0.0.1", facts["port"]))
        return tls.wrap_socket(plain, server_hostname="localhost")
    except OSError:
        plain.close()
        raise


class Client:
    """One connection that is kept; what it was answered, by status."""

    def __init__(self):
        self.http = http.client.HTTPSConnection("localhost", facts["port"], context=tls, timeout=20)
        self.http.sock = connect()

    def ask(self, method, path, body=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.http.request(method, path, body, headers)
        return self.answer()

    def answer(self):
        response = self.http.getresponse()
        response.read()
        if response.status == 503 and not response.getheader("Retry-After"):
            raise SystemExit("a 503 without Retry-After")
        return response

    def poll(self):
        return self.ask("GET", facts["poll"], Authorization="TargetToken " + facts["token"]).status

    def operator(self, method, path, body=None, **headers):
        return self.ask(method, path, body, Authorization="Bearer " + facts["admin"], Tus_Resumable="1.0.0", **headers)

    def upload_make(self, size):
        made = self.operator("POST", "/api/v1/uploads", Upload_Length=str(size))
        return made.status, made.getheader("Location")

    def patch_begin(self, where):
        self.http.putrequest("PATCH", where)
        for name, value in (("Authorization", "Bearer " + facts["admin"]), ("Tus-Resumable", "1.0.0"),
                            ("Content-Type", "application/offset+octet-stream"), ("Upload-Offset", "0"),
                            ("Content-Length", str(2 * len(HALF)))):
            self.http.putheader(name, value)
        self.http.endheaders()
        self.http.send(HALF)

    def patch_end(self):
        self.http.send(HALF)
        return self.answer().status

    def offset(self, where):
        return int(self.operator("HEAD", where).getheader("Upload-Offset"))


def open_files():
    return len(os.listdir(f"/proc/{facts['pid']}/fd"))


def limit_that_leaves(free):
    """What is open beyond a limit stays open; numbers below it that nobody has can be had."""
    taken = {int(fd) for fd in os.listdir(f"/proc/{facts['pid']}/fd")}
    limit = 0
    while free >= 0:
        free -= limit not in taken
        limit += 1
    return limit - 1


def processor_percent(seconds):
    def ticks():
        fields = open(f"/proc/{facts['pid']}/stat").read().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])
    before, began = ticks(), time.monotonic()
    time.sleep(seconds)
    return round(100 * (ticks() - before) / os.sysconf("SC_CLK_TCK") / (time.monotonic() - began), 1)


def stall():
    """A reader of the whole file who takes nothing."""
    held = connect(2, 4096)
    held.sendall(f"GET {facts['file']} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    return held


def serves_again(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        try:
            return Client().poll() == 200
        except OSError:
            time.sleep(0.1)
    return False


def count(statuses):
    return {str(status): statuses.count(status) for status in sorted(set(statuses))}


class Beside(threading.Thread):
    """Does `what` again and again until told to end."""

    def __init__(self, what, pause):
        super().__init__(daemon=True)
        self.what, self.pause, self.is_over, self.said = what, pause, False, []
        self.start()

    def run(self):
        while not self.is_over:
            try:
                self.said.append(self.what())
            except OSError:
                self.said.append(0)
            time.sleep(self.pause)

    def end(self):
        self.is_over = True
        self.join()
        return count(self.said)


def crowd():
    good, held, failed = Client(), [], 0
    polls = Beside(good.poll, 0.2)
    while failed < 5 and len(held) < 1000:
        try:
            held.append(stall())
        except OSError:
            failed += 1
    out = {"taken": len(held), "turned_away": failed, "open_files": open_files(), "limit": resource.prlimit(
        facts["pid"], resource.RLIMIT_NOFILE)[0], "processor_percent": processor_percent(3)}
    out["polls"] = polls.end()
    status, where = good.upload_make(2 * len(HALF))
    good.patch_begin(where)
    out["upload"] = [status, good.patch_end(), good.offset(where)]
    out["download"] = good.ask("GET", facts["file"]).status
    for one in held:
        one.close()
    out["serves_again"] = serves_again(10)
    return out


def short():
    limits = resource.prlimit(facts["pid"], resource.RLIMIT_NOFILE)
    good, clients = Client(), [Client() for _ in range(60)]
    places = [client.upload_make(2 * len(HALF))[1] for client in clients]
    resource.prlimit(facts["pid"], resource.RLIMIT_NOFILE, (limit_that_leaves(20), limits[1]))
    polls = Beside(good.poll, 0.05)
    knocks = Beside(lambda: Client().poll(), 0.02)
    for client, place in zip(clients, places):
        client.patch_begin(place)
    time.sleep(1)
    out = {"processor_percent": processor_percent(3)}
    said = [client.patch_end() for client in clients]
    more = [client.upload_make(10)[0] for client in clients] + [client.ask("GET", facts["file"]).status
                                                                for client in clients[:5]]
    out.update(polls=polls.end(), knocks=knocks.end(), uploads=count(said), more=count(more))
    resource.prlimit(facts["pid"], resource.RLIMIT_NOFILE, limits)
    out["serves_again"] = serves_again(10)
    fresh = Client()
    out["wrong_offsets"] = sum(fresh.offset(place) != (2 * len(HALF) if status == 204 else 0)
                               for place, status in zip(places, said))
    refused = [place for place, status in zip(places, said) if status != 204]
    for place in refused:
        fresh.patch_begin(place)
        out.setdefault("asked_again", []).append(fresh.patch_end())
    out["asked_again"] = count(out.get("asked_again", []))
    return out


print(json.dumps({"crowd": crowd, "short": short}[sys.argv[1]]()))
