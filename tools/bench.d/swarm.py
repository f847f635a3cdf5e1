"""A fleet that comes back: every device connects, shakes hands, polls once and leaves, all at the same moment."""

import collections
import heapq
import random
import selectors
import socket
import ssl
import time

import fleet
from load import poll_request
from servers import client_context

GIVE_UP_S = 120
AGAIN_S = 1, 10  # a machine whose connection breaks waits so long
Outcome = collections.namedtuple("Outcome", "all cpu failed again")


class _Device:
    """One connection without blocking: connect, handshake, ask, answer."""

    def __init__(self, port, number):
        self.plain = socket.socket()
        self.plain.setblocking(False)
        self.plain.connect_ex(("127.0.0.1", port))
        self.number, self.tls, self.request, self.got = number, None, poll_request(1 + number % fleet.FEW), b""

    def fileno(self):
        return (self.tls or self.plain).fileno()

    def close(self):
        (self.tls or self.plain).close()

    def go_on(self, context):
        """As far as it goes. True once it has its answer; an OSError when it never will."""
        if not self.tls:
            code = self.plain.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if code:
                raise OSError(code, "connect")
            self.tls = context.wrap_socket(self.plain, server_hostname="127.0.0.1", do_handshake_on_connect=False)
        try:
            if self.request:
                self.tls.do_handshake()
                self.tls.sendall(self.request)
                self.request = None
            self.got += self.tls.recv(65536)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            return False
        if not self.got.startswith(b"HTTP/1.1 200"[:len(self.got)]) or not self.got:
            raise OSError("no answer")
        return b"\r\n\r\n" in self.got


class _Fleet:
    """Who still waits. One whose connection breaks comes again after a while, as machines do."""

    def __init__(self, server):
        self.port, self.context = server.port, client_context(server.ca)
        self.waiting, self.again, self.later = selectors.DefaultSelector(), 0, []

    def connect(self, number):
        device = _Device(self.port, number)
        self.waiting.register(device, selectors.EVENT_READ | selectors.EVENT_WRITE, device)

    def go_on(self, device, may_write):
        try:
            is_done = device.go_on(self.context)
        except OSError:
            self.again += 1
            self.leave(device)
            heapq.heappush(self.later, (time.monotonic() + random.uniform(*AGAIN_S), device.number))
            return
        if is_done:
            self.leave(device)
        elif may_write:
            self.waiting.modify(device, selectors.EVENT_READ, device)

    def is_complete(self):
        while self.later and self.later[0][0] < time.monotonic():
            self.connect(heapq.heappop(self.later)[1])
        return not self.later and not self.waiting.get_map()

    def leave(self, device):
        self.waiting.unregister(device)
        device.close()


def restart(server, count):
    """How long until the last of them has its answer; the server's CPU microseconds for each; how many got none at all,
    and how many connections had to be made again."""
    everybody = _Fleet(server)
    cpu, began = server.cpu_ns(), time.monotonic()
    for number in range(count):
        everybody.connect(number)
    while not everybody.is_complete() and time.monotonic() < began + GIVE_UP_S:
        for key, events in everybody.waiting.select(0.1):
            everybody.go_on(key.data, events & selectors.EVENT_WRITE)
    took, left = time.monotonic() - began, [key.data for key in everybody.waiting.get_map().values()]
    for device in left:
        everybody.leave(device)
    time.sleep(0.3)
    return Outcome(took, (server.cpu_ns() - cpu) / count / 1e3, len(left) + len(everybody.later), everybody.again)
