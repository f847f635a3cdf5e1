"""What people ask: over one kept connection, with the admin's token."""

import json
import os
import time

import fleet
from servers import Failure, client_context, connect, exchange

DEVICE = fleet.device_id(500)
PAGES = (
    # what the web page shows   what it asks
    ("the fleet in figures",    "/api/v1/fleet/summary"),
    ("rollouts",                "/api/v1/rollouts?limit=50"),
    ("sites",                   "/api/v1/sites"),
    ("one rollout",             "/api/v1/rollouts/1"),
    ("devices of a rollout",    "/api/v1/rollouts/1/devices?limit=50"),
    ("why a rollout waits",     "/api/v1/rollouts/1/why"),
    ("devices",                 "/api/v1/devices?limit=50"),
    ("devices of a model",      "/api/v1/devices?model=demo-200&limit=50"),
    ("devices by a text",       "/api/v1/devices?q=S00000777&limit=50"),
    ("one device",              f"/api/v1/devices/{DEVICE}"),
    ("history of a device",     f"/api/v1/devices/{DEVICE}/history"),
    ("why a device waits",      f"/api/v1/devices/{DEVICE}/why"),
)


def token(server, name="admin.token"):
    with open(os.path.join(server.folder, name)) as file:
        return file.read().strip()


class Operator:
    def __init__(self, server):
        self.token = token(server)
        self.connection = connect(server, client_context(server.ca))
        self.connection.settimeout(600)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def head(self, method, path, size, headers=()):
        lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {self.token}",
                 f"Content-Length: {size}", *headers]
        return "\r\n".join(lines).encode() + b"\r\n\r\n"

    def ask(self, method, path, body=b"", headers=()):
        """Status, fields and body of the answer."""
        return exchange(self.connection, self.head(method, path, len(body), headers) + body)

    def get(self, path):
        status, _, body = self.ask("GET", path)
        if status != 200:
            raise Failure(f"GET {path}: {status} {body[:200]!r}")
        return json.loads(body)


def milliseconds(server, path):
    """Of one answer, on a connection that stands."""
    with Operator(server) as operator:
        operator.get("/api/v1/whoami")
        began = time.perf_counter()
        operator.get(path)
        return (time.perf_counter() - began) * 1000
