"""The service as a process that may be killed, and a kept-alive connection to it. Knows no nouns."""
import argparse
import http.client
import json
import os
import signal
import ssl
import subprocess
import time

GONE = (OSError, http.client.HTTPException)


class Refused(Exception):
    """An answer nobody expected, from a service that is up."""


def options_of_place(about):
    """The parser of what a Place wants to be told."""
    parser = argparse.ArgumentParser(description=about)
    for name in ("bin", "dir", "ca", "admin", "tenant", "log", "book", "tool", "key"):
        parser.add_argument(f"--{name}", required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--release", type=int, required=True, help="a published one, to be assigned")
    parser.add_argument("--sealed", required=True, help="a folder made by backup_tool")
    parser.add_argument("--sealed-count", type=int, required=True, help="devices in it")
    parser.add_argument("--forget", action="store_true",
                        help="remove the database's log after each kill: losses that have to be noticed")
    parser.add_argument("--preload", help="a library in front of the service's own")
    parser.add_argument("--image", help="cut the power of this file system, in which DIR lies")
    parser.add_argument("--mount", help="where it is mounted")
    return parser


class Client:
    def __init__(self, place):
        self.place = place
        self.connection = http.client.HTTPSConnection(
            "127.0.0.1", place.port, timeout=20, context=place.context
        )

    def ask(self, method, path, body=None, who=None, **headers):
        """Status, headers, body: raises one of GONE when the service is not there any more."""
        send = {"Authorization": who or f"Bearer {self.place.admin}"}
        send.update({name.replace("_", "-"): value for name, value in headers.items()})
        if isinstance(body, dict):
            send["Content-Type"] = "application/json"
            body = json.dumps(body)
        self.connection.request(method, path, body=body, headers=send)
        answer = self.connection.getresponse()
        text = answer.read()
        if self.place.is_dark:
            raise ConnectionResetError("the power was cut before this was heard")
        return answer.status, answer.headers, text

    def tell(self, method, path, body=None, wanted=(200, 201), **rest):
        """The answer's JSON; Refused when it is not what a healthy service says."""
        status, _, text = self.ask(method, path, body, **rest)
        if status not in wanted:
            raise Refused(f"{method} {path}: {status} {text[:300].decode(errors='replace')}")
        return json.loads(text) if text else {}

    def close(self):
        self.connection.close()


class Place:
    """Where the service lies and how it is started."""

    settings = {"failed_auth_per_min": 1000000, "tick_ms": 50, "disk_reserve_bytes": 0}

    def __init__(self, options):
        self.binary, self.dir, self.port = options.bin, options.dir, options.port
        self.admin, self.tenant = options.admin, options.tenant
        self.release, self.forgets = options.release, options.forget
        self.sealed, self.sealed_count = options.sealed, options.sealed_count
        self.tool, self.key = options.tool, options.key
        self.environment = dict(os.environ)
        if options.preload:
            self.environment["LD_PRELOAD"] = options.preload
            self.environment["ASAN_OPTIONS"] = f"verify_asan_link_order=0:{os.environ.get('ASAN_OPTIONS', '')}"
        self.context = ssl.create_default_context(cafile=options.ca)
        self.log = open(options.log, "ab")
        self.process = None
        self.is_dark = False

    def start(self):
        settings = [word for name, value in self.settings.items() for word in (f"--{name}", str(value))]
        self.process = subprocess.Popen(
            [self.binary, "--dir", self.dir, "--port", str(self.port), *settings],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env=self.environment,
        )

    def wait_until_up(self, seconds=30):
        """Milliseconds until it answers that it can write."""
        begin = time.monotonic()
        while time.monotonic() < begin + seconds:
            if self.process.poll() is not None:
                raise Refused(f"the service ended by itself with {self.process.returncode}")
            client = Client(self)
            try:
                if client.ask("GET", "/readyz")[0] == 200:
                    return (time.monotonic() - begin) * 1000
            except GONE:
                time.sleep(0.002)
            finally:
                client.close()
        raise Refused(f"the service did not answer within {seconds} s")

    def kill(self):
        if self.process.poll() is not None:
            raise Refused(f"the service ended by itself with {self.process.returncode}")
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        if self.forgets:
            os.unlink(os.path.join(self.dir, "nightshift.db-wal"))

    def ended(self):
        return ""

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)
