"""Parts: what is written: reports of devices, uploads, a release, a restore."""

import base64
import os
import re
import subprocess
import time

import fleet
import load
import operators
import servers

AT_ONCE = 64
FLUSH_MS = 5  # of a disk that has to turn once, or of flash without a capacitor
PIECE = 4 << 20


# ---- feedback -----------------------------------------------------------------------------------------


def _slow_flush(work):
    """What is loaded in front of a service to make its disk slow."""
    out = os.path.join(work, "slow_flush.so")
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)), "slow_flush.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", f"-DFLUSH_MS={FLUSH_MS}", "-o", out, source], check=True)
    return out


def _offered(bench, name, **settings):
    """A service in which every device has an action. Returns it with them."""
    server = bench.service(name, lambda: fleet.make_writable(bench.folders, bench.work, name), **settings)
    actions = fleet.actions(server.folder)
    if not actions:
        fleet.command(bench.programs, server.folder, "rollout", "make", "--release", "1", "--name", "to-all",
                      "--model", "demo-200", "--stage", "100%", "--fail-percent", "100", "--urgent",
                      "--term", "urgent_reason=measured", "--start")
        context = servers.client_context(server.ca)
        with servers.connect(server, context) as connection:
            for number in range(1, fleet.FEW + 1):
                servers.ask(connection, load.poll_request(number))
        actions = fleet.actions(server.folder)
    if len(actions) < AT_ONCE:
        raise servers.Failure(f"only {len(actions)} devices were offered something")
    return server, actions


def _commits(operator):
    """Durable commits so far, and the transactions they carried."""
    status, _, body = operator.ask("GET", "/metrics")
    found = dict(re.findall(r"^nightshift_store_(commits|transactions)_total (\d+)$", body.decode(), re.M))
    if status != 200 or len(found) != 2:
        raise servers.Failure(f"/metrics: {status}, without the commits of the store")
    return int(found["commits"]), int(found["transactions"])


def _feedback_of(bench, server, actions, clients, seconds):
    """Reports a second, CPU microseconds of each, transactions that a commit carried."""
    with operators.Operator(server) as operator:
        commits, transactions = _commits(operator)
        rate, cost = load.feedback(server, bench.work, actions, clients, seconds)
        later, carried = _commits(operator)
    return rate, cost, (carried - transactions) / max(1, later - commits)


def feedback(bench):
    """The rates need a CPU of their own; what a report costs and how many share a flush hold on a busy machine, too."""
    seconds = 1 if bench.plan.is_quick else 2
    for name, text, settings in (
            ("feedback-fast", "this disk", {}),
            ("feedback", f"a disk that needs {FLUSH_MS} ms for a flush", {"LD_PRELOAD": _slow_flush(bench.work)})):
        server, actions = _offered(bench, name, **settings)
        rounds = bench.alternate((AT_ONCE, 1), lambda clients: _feedback_of(bench, server, actions, clients, seconds),
                                 bench.plan.few_rounds)
        for i, part, what, unit in ((0, "", "durable feedback", "/s"), (1, "-cpu", "CPU of a durable feedback", "us"),
                                    (2, "-shared", "feedback that shares a flush", "")):
            bench.results.add(name + part, f"{what}, {AT_ONCE} devices at once, {text}", unit,
                              *([row[i] for row in rows] for rows in rounds), "one at a time")


# ---- uploads ------------------------------------------------------------------------------------------


def _put(server, connection, size, piece):
    """nginx stores it, without a hash and without a flush."""
    head = f"PUT /put/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {size}\r\n\r\n".encode()
    return _stream(connection, head, size, piece)


def _stream(connection, head, size, piece):
    connection.sendall(head)
    for at in range(0, size, len(piece)):
        connection.sendall(piece[:size - at])
    return servers.exchange(connection, b"")


def _upload(server, size, piece):
    """CPU-seconds of the server per GB it took in. Ours hashes it, too, and flushes it before it says yes."""
    cpu = server.cpu_ns()
    if isinstance(server, servers.Nginx):
        with servers.connect(server, servers.client_context(server.ca)) as connection:
            status, _, _ = _put(server, connection, size, piece)
            cpu = server.cpu_ns() - cpu
            os.unlink(os.path.join(server.folder, "put", "upload"))
    else:
        with operators.Operator(server) as operator:
            tus = ["Tus-Resumable: 1.0.0"]
            name = base64.b64encode(b"bench.bin").decode()
            status, fields, body = operator.ask("POST", "/api/v1/uploads", headers=tus + [
                f"Upload-Length: {size}", f"Upload-Metadata: filename {name}"])
            if status != 201:
                raise servers.Failure(f"an upload could not begin: {status} {body[:200]!r}")
            where = re.sub("^https?://[^/]*", "", fields["location"])
            head = operator.head("PATCH", where, size, tus + ["Upload-Offset: 0",
                                                              "Content-Type: application/offset+octet-stream"])
            status, fields, body = _stream(operator.connection, head, size, piece)
            cpu = server.cpu_ns() - cpu
            operator.ask("DELETE", where, headers=tus)
    if not 200 <= status < 300:
        raise servers.Failure(f"{server.name}: an upload was answered {status}")
    return cpu / size


def upload(bench):
    server = bench.service("writes", lambda: fleet.make_writable(bench.folders, bench.work, "writes"))
    piece, size = os.urandom(PIECE), bench.plan.upload_bytes
    ours, peer = bench.alternate((server, bench.nginx), lambda side: _upload(side, size, piece))
    bench.results.add("upload", "upload over TLS with SHA-256 and flush: CPU per GB", "s/GB", ours, peer, "nginx, no hash")


# ---- a release, a restore -----------------------------------------------------------------------------


def publish(bench):
    server = bench.service("writes", lambda: fleet.make_writable(bench.folders, bench.work, "writes"))
    size, took, cost = bench.plan.package_bytes, [], []
    firmware = os.path.join(bench.work, "package.bin")
    for n in range(1 if bench.plan.is_quick else 2):
        fleet.write_firmware(firmware, size)
        cpu, began = server.cpu_ns(), time.monotonic()
        fleet.publish(lambda *words: fleet.command(bench.programs, server.folder, *words), server.folder, firmware,
                      f"2.{n}")
        took.append(time.monotonic() - began)
        cost.append((server.cpu_ns() - cpu) / size)
        os.unlink(firmware)
    what = f"release of {size >> 20} MiB, from its upload until published"
    bench.results.add("publish-time", what, "s", took)
    bench.results.add("publish-cpu", f"{what}: CPU per GB", "s/GB", cost)


def restore(bench):
    """The scenario that measures it is a test, too; here its figures are wanted."""
    script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "scenario", "restore_cost.sh")
    done = subprocess.run(["sh", script], capture_output=True, text=True, env={
        **os.environ, "BIN_DIR": bench.programs, "RESTORE_LARGE_BYTES": str(bench.plan.restore_bytes)})
    found = re.search(r"costs ([\d.]+) ms of CPU.* ([\d.]+) ms", done.stdout)
    if done.returncode == 77 or not found:
        bench.say("       skipped: " + (done.stdout + done.stderr).strip()[-300:])
        return
    small, large = float(found[1]), float(found[2])
    bench.results.add("restore", f"restore of {bench.plan.restore_bytes // 1000000} MB: CPU", "ms", [large], [small], "1 KB")
