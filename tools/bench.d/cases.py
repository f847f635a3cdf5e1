"""What is measured, and how the rounds alternate. One method a part; the table below names them."""

import hashlib
import os

import fleet
import load
import servers

ABOUT = {
    "start": "how long a start takes, and what it then holds",
    "idle": "memory of a connection that stays and says nothing",
    "download": "CPU per GB over TLS, 1, 8 and 64 clients",
    "poll": "polls on kept connections: nginx's constant answer, 1,000 devices, 100,000 devices",
    "handshake": "CPU of a connection: full and resumed TLS 1.3",
}
NAMES = list(ABOUT)
POLL_CLIENTS = 64


class Plan:
    """How much of everything."""

    def __init__(self, is_quick, rounds):
        self.rounds = rounds or (3 if is_quick else 9)
        self.start_rounds = min(self.rounds, 3 if is_quick else 5)
        self.file_bytes = (64 if is_quick else 256) << 20
        self.window_s = 0.5 if is_quick else 0.8
        self.handshakes = 200 if is_quick else 400
        self.idle = 500 if is_quick else 2000


class Bench:
    """The three servers, all up at once for as long as the with-block lasts."""

    def __init__(self, plan, work, programs, folders, results, say):
        self.plan, self.work, self.folders, self.results, self.say = plan, work, folders, results, say
        self.few = servers.Service("ours", programs, folders.folder)
        self.many = servers.Service("ours with 100,000 devices", programs, folders.folder_many)
        self.nginx = servers.Nginx(work, folders)

    def __enter__(self):
        servers.raise_file_limit()
        os.sched_setaffinity(0, {servers.CLIENT_CPU})
        if servers.CLIENT_CPU == servers.SERVER_CPU:
            self.say("warning: one CPU only; clients and servers take it from each other")
        try:
            self.few.start()
            self.many.start()
            self.nginx.configure(self._poll_once(self.few)[1])
            self.nginx.start()
        except BaseException:
            self.__exit__()
            raise
        self.results.head["nginx"] = self.nginx.version()
        return self

    def __exit__(self, *_):
        for server in (self.few, self.many, self.nginx):
            server.stop()

    def run(self, name):
        getattr(self, "_" + name)()

    # ---- the same work on both sides --------------------------------------------------------------

    def _poll_once(self, server):
        with servers.connect(server, servers.client_context(server.ca)) as connection:
            return servers.ask(connection, load.poll_request(1))

    def check(self):
        """Same cipher, same bytes, same size of answer: else nothing here would mean anything."""
        wanted = f"GET {self.folders.target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode()
        for server in (self.few, self.many, self.nginx):
            with servers.connect(server, servers.client_context(server.ca)) as connection:
                if connection.cipher()[0] != servers.CIPHER or connection.version() != "TLSv1.3":
                    raise servers.Failure(f"{server.name} speaks {connection.version()} {connection.cipher()[0]}")
                if server is not self.many:
                    status, body = servers.ask(connection, wanted)
                    if status != 200 or hashlib.sha256(body).hexdigest() != self.folders.sha256:
                        raise servers.Failure(f"{server.name} sends something else than the release")
        answers = [self._poll_once(server) for server in (self.few, self.many, self.nginx)]
        if {status for status, _ in answers} != {200} or len({len(body) for _, body in answers}) != 1:
            raise servers.Failure(f"answers to a poll differ: {answers}")

    # ---- the parts --------------------------------------------------------------------------------

    def _start(self):
        took, memory = {}, {}
        every = (self.few, self.many, self.nginx)
        for _ in range(self.plan.start_rounds):
            for server in every:
                server.stop()
                took.setdefault(server, []).append(server.start())
                memory.setdefault(server, []).append(server.memory()["all"])
        add = self.results.add
        add("start-few", "start, 1,000 devices, until the first answer", "s", took[self.few], took[self.nginx])
        add("start-many", "start, 100,000 devices", "s", took[self.many], took[self.few], "1,000 devices")
        add("memory-few", "resident after start, 1,000 devices", "B", memory[self.few], memory[self.nginx])
        add("memory-many", "resident after start, 100,000 devices", "B", memory[self.many], memory[self.few],
            "1,000 devices")

    def _idle(self):
        held = [load.idle(server, self.plan.idle) for server in (self.few, self.nginx)]
        self.results.add("idle-memory", f"memory of an idle TLS connection (of {self.plan.idle})", "B", held[:1], held[1:])

    def _download(self):
        for clients in (1, 8, 64):
            ours, peer = [], []
            for n in range(self.plan.rounds):
                for server, figures in self._turn(n, (self.few, ours), (self.nginx, peer)):
                    figures.append(load.download(server, self.folders.target, clients, self.plan.window_s))
            who = "1 client" if clients == 1 else f"{clients} clients"
            self.results.add(f"download-{clients}", f"TLS download, {who}: CPU per GB", "s/GB", ours, peer)

    def _poll(self):
        few, many, peer = [], [], []
        for n in range(self.plan.rounds):
            for server, devices, figures in self._turn(n, (self.few, fleet.FEW, few), (self.many, fleet.MANY, many),
                                                       (self.nginx, fleet.FEW, peer)):
                figures.append(load.poll(server, self.work, devices, POLL_CLIENTS, 1))
        rate, cost = (lambda f: [a for a, _ in f]), (lambda f: [b for _, b in f])
        add = self.results.add
        add("polls", f"polls, {POLL_CLIENTS} kept connections", "/s", rate(few), rate(peer), "constant")
        add("poll-cpu", "CPU of a poll", "us", cost(few), cost(peer), "constant")
        add("poll-fleet", "CPU of a poll, 100,000 devices", "us", cost(many), cost(few), "1,000 devices")

    def _handshake(self):
        for name, text, is_resumed in (("full", "full TLS 1.3 connection with one poll: CPU", False),
                                       ("resumed", "resumed TLS 1.3 connection with one poll: CPU", True)):
            ours, peer = [], []
            for n in range(self.plan.rounds):
                for server, figures in self._turn(n, (self.few, ours), (self.nginx, peer)):
                    figures.append(load.handshake(server, self.plan.handshakes, is_resumed))
            self.results.add(f"handshake-{name}", text, "us", ours, peer)

    @staticmethod
    def _turn(n, *sides):
        """Who begins changes from round to round."""
        return sides if n % 2 == 0 else sides[::-1]
