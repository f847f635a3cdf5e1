"""What the parts share: how much of everything, the servers that are up, and how rounds alternate."""

import hashlib
import os

import fleet
import load
import servers


class Plan:
    """How much of everything."""

    def __init__(self, is_quick, rounds):
        self.is_quick = is_quick
        self.rounds = rounds or (3 if is_quick else 9)
        self.start_rounds = min(self.rounds, 3 if is_quick else 5)
        self.few_rounds = min(self.rounds, 2 if is_quick else 3)  # of what takes long
        self.file_bytes = (64 if is_quick else 256) << 20
        self.window_s = 0.5 if is_quick else 0.8
        self.handshakes = 200 if is_quick else 400
        self.idle = 1000 if is_quick else 10000
        self.restart = 2000 if is_quick else 10000
        self.slow_bytes_s = 100e6 if is_quick else 200e6  # all slow clients together
        self.silence_s = 2 if is_quick else 4  # how long stalled clients are watched
        self.upload_bytes = (64 if is_quick else 256) << 20
        self.package_bytes = (256 if is_quick else 1024) << 20
        self.restore_bytes = (100 if is_quick else 1000) * 1000000


class Bench:
    """The servers. Three are up for as long as the with-block lasts; more on demand, until its end."""

    def __init__(self, plan, work, programs, folders, results, say):
        self.plan, self.work, self.programs, self.folders = plan, work, programs, folders
        self.results, self.say = results, say
        self.few = servers.Service("ours", programs, folders.folder)
        self.many = servers.Service("ours with 100,000 devices", programs, folders.folder_many)
        self.nginx = servers.Nginx(work, folders)
        self.further = {}

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
        for server in (self.few, self.many, self.nginx, *self.further.values()):
            server.stop()

    def service(self, name, make_folder, **settings):
        """Another service of ours, made when first asked for."""
        if name not in self.further:
            self.further[name] = servers.Service(f"ours, {name}", self.programs, make_folder(), **settings)
            self.further[name].start()
        return self.further[name]

    def alternate(self, sides, measure, rounds=None):
        """A list of figures for each side. Who begins changes from round to round."""
        figures = [[] for _ in sides]
        for n in range(rounds or self.plan.rounds):
            for i in range(len(sides))[:: 1 if n % 2 == 0 else -1]:
                figures[i].append(measure(sides[i]))
        return figures

    def compare(self, name, text, unit, measure, rounds=None):
        """Ours and nginx at the same work."""
        self.results.add(name, text, unit, *self.alternate((self.few, self.nginx), measure, rounds))

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
