"""What clients do: download, poll, connect, stay. Returns what the server spent on it."""

import contextlib
import json
import os
import signal
import subprocess
import time

import fleet
from servers import CLIENT_CPU, Failure, ask, client_context, connect, on_cpu

WARM_S = 0.25
FORKS = 4  # connecting clients side by side

POLL_LUA = """
local head, tail = "GET /DEFAULT/controller/v1/bench-",
    " HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nAccept: application/hal+json\\r\\nAuthorization: TargetToken TOKEN\\r\\n\\r\\n"
function request() return head .. string.format("%06d", math.random(1, DEVICES)) .. tail end
"""

FEEDBACK_LUA = """
local rows, at, count = {ACTIONS}, 0, 0
local head = " HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nAuthorization: TargetToken TOKEN\\r\\nContent-Type: application/json\\r\\n"
function request()
    at, count = at % #rows + 1, count + 1
    local device, action = rows[at][1], rows[at][2]
    local body = string.format('{"id":"%d","status":{"execution":"proceeding","result":{"finished":"none"},' ..
        '"details":["bench %d"]}}', action, count)
    return string.format("POST /DEFAULT/controller/v1/%s/deploymentBase/%d/feedback%sContent-Length: %d\\r\\n\\r\\n%s",
        device, action, head, #body, body)
end
"""

DONE_LUA = """
function done(s)
    local e = s.errors
    io.write(string.format('\\n{"done":%d,"us":%d,"errors":%d}\\n', s.requests, s.duration,
        e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def _loopback_bytes():
    with open("/proc/net/dev") as file:
        for line in file:
            name, _, rest = line.partition(":")
            if name.strip() == "lo":
                return int(rest.split()[0])
    raise Failure("there is no loopback")


RANGES_LUA = """
local path
function init(args) path = wrk.path end
function request()
    local first = math.random(0, SIZE - 1048576)
    return wrk.format("GET", path, {["Range"] = string.format("bytes=%d-%d", first, first + 1048575)})
end
"""


def _script(work, name, text):
    path = os.path.join(work, name)
    if not os.path.exists(path):
        with open(path, "w") as file:
            file.write(text)
    return path


def ranges_script(work, size):
    return _script(work, "ranges.lua", RANGES_LUA.replace("SIZE", str(size)))


def download(server, path, clients, window_s, is_plain=False, script=None):
    """CPU-seconds per GB of wire bytes in the middle of a download by so many clients. The loopback's counter says
    what the server sent; what a client has read lags behind by megabytes of socket buffers."""
    before = _loopback_bytes()
    url = f"http://127.0.0.1:{server.plain_port}" if is_plain else f"https://127.0.0.1:{server.port}"
    wrk = subprocess.Popen(["wrk", "-t1", f"-c{clients}", "-d60s", "--timeout", "60s",
                            *(("-s", script) if script else ()), url + path],
                           stdout=subprocess.DEVNULL, preexec_fn=on_cpu(CLIENT_CPU))
    try:
        deadline = time.monotonic() + 10
        while _loopback_bytes() < before + 4e6:
            if time.monotonic() > deadline:
                raise Failure(f"{server.name}: no bytes arrive")
            time.sleep(0.01)
        time.sleep(WARM_S)
        cpu, sent = server.cpu_ns(), _loopback_bytes()
        time.sleep(window_s)
        cpu, sent = server.cpu_ns() - cpu, _loopback_bytes() - sent
    finally:
        wrk.send_signal(signal.SIGKILL)
        wrk.wait()
    time.sleep(0.05)  # the server notices that they are gone
    if sent < 1e6:
        raise Failure(f"{server.name}: the download stood still")
    return cpu / sent


def _wrk(server, script, clients, seconds):
    """Runs a script that says what it did: requests a second, CPU microseconds of the server for each. On a machine so
    busy that the time went by with connecting, it is given more."""
    for times in (1, 2, 4):
        rate, cost = _wrk_once(server, script, clients, seconds * times)
        if rate:
            return rate, cost
    raise Failure(f"{server.name}: no request was answered within {4 * seconds} s")


def _wrk_once(server, script, clients, seconds):
    cpu = server.cpu_ns()
    done = subprocess.run(["wrk", "-t1", f"-c{clients}", f"-d{seconds}s", "-s", script,
                           f"https://127.0.0.1:{server.port}"], capture_output=True, text=True,
                          preexec_fn=on_cpu(CLIENT_CPU))
    cpu = server.cpu_ns() - cpu
    if done.returncode:
        raise Failure(f"wrk: {done.stderr.strip()}")
    said = json.loads(done.stdout.strip().splitlines()[-1])
    if said["errors"]:
        raise Failure(f"{server.name}: {said['errors']} of {said['done']} requests failed")
    return said["done"] * 1e6 / said["us"], cpu / max(1, said["done"]) / 1e3


def poll(server, work, devices, clients, seconds):
    """Polls of random devices on connections that stay. Returns polls a second, CPU microseconds of each."""
    text = POLL_LUA.replace("TOKEN", fleet.TOKEN).replace("DEVICES", str(devices)) + DONE_LUA
    return _wrk(server, _script(work, f"poll-{devices}.lua", text), clients, seconds)


def feedback(server, work, actions, clients, seconds):
    """Reports of devices, each a write of its own. `actions` is a list of (device's number, its action). Returns reports
    a second, CPU microseconds of each."""
    rows = ",".join(f'{{"{fleet.device_id(number)}",{action}}}' for number, action in actions)
    text = FEEDBACK_LUA.replace("TOKEN", fleet.TOKEN).replace("ACTIONS", rows) + DONE_LUA
    return _wrk(server, _script(work, "feedback.lua", text), clients, seconds)


def poll_request(number):
    return (f"GET /DEFAULT/controller/v1/{fleet.device_id(number)} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Accept: application/hal+json\r\nAuthorization: TargetToken {fleet.TOKEN}\r\n\r\n").encode()


def _connect_many(server, count, is_resumed):
    """One after the other: connect, one poll, close. Returns how many handshakes were resumed."""
    context, session, resumed = client_context(server.ca), None, 0
    for n in range(count + is_resumed):  # the first one has nothing to resume, and is not counted
        with connect(server, context, session if is_resumed else None) as connection:
            if ask(connection, poll_request(1 + n % fleet.FEW))[0] != 200:
                raise Failure(f"{server.name}: a poll on a fresh connection failed")
            resumed += connection.session_reused
            session = connection.session
    return resumed


def handshake(server, count, is_resumed):
    """CPU microseconds of one connection: TLS 1.3 handshake, one poll, close; several clients side by side."""
    each, children = max(1, count // FORKS), []
    cpu = server.cpu_ns()
    for _ in range(FORKS):
        inward, outward = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                os.sched_setaffinity(0, {CLIENT_CPU})
                os.write(outward, str(_connect_many(server, each, is_resumed)).encode())
            finally:
                os._exit(0)
        os.close(outward)
        children.append((child, inward))
    resumed = []
    for child, inward in children:
        with os.fdopen(inward) as file:
            resumed.append(file.read())
        os.waitpid(child, 0)
    cpu = server.cpu_ns() - cpu
    if "" in resumed:
        raise Failure(f"{server.name}: a client could not connect")
    if sum(map(int, resumed)) < (0.95 * each * FORKS if is_resumed else 0):
        raise Failure(f"{server.name}: only {sum(map(int, resumed))} of {each * FORKS} handshakes were resumed")
    return cpu / (each + is_resumed) / FORKS / 1e3


@contextlib.contextmanager
def crowd(server, count):
    """So many connections that had one answer and are silent now."""
    context, held = client_context(server.ca), []
    try:
        for _ in range(count):
            held.append(connect(server, context))
            ask(held[-1], poll_request(1))
        time.sleep(0.7)
        yield held
    finally:
        for connection in held:
            connection.close()
        time.sleep(0.3)


def one_busy(server, polls):
    """Milliseconds of each poll of one client on a kept connection."""
    took = []
    with connect(server, client_context(server.ca)) as connection:
        for n in range(polls):
            began = time.perf_counter()
            ask(connection, poll_request(1 + n % fleet.FEW))
            took.append((time.perf_counter() - began) * 1000)
    return took


def idle(server, count, polls):
    """Bytes of its own memory that a server holds for each silent connection; and how long the polls of another
    client take meanwhile, in milliseconds, sorted."""
    one_busy(server, 10)
    time.sleep(0.3)
    before = server.memory()["own"]
    with crowd(server, count) as held:
        grown = server.memory()["own"] - before
        took = sorted(one_busy(server, polls))
        ask(held[0], poll_request(1))  # still there
    return grown / count, took
