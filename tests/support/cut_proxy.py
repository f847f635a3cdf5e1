#!/usr/bin/env python3
"""A bad line between a client and a service: TLS on both sides, HTTP/1.1 looked at only as far as needed.

Cuts the answer to a GET whose path matches --cut at --at percent of its body, --times times; answers to paths that
match --cut come no faster than --rate bytes a second. Prints its port when it listens. --log gets one line for every
request ("METHOD PATH RANGE-or-dash") and one for every cut ("cut PATH at BYTES of BYTES").
"""
import argparse
import re
import select
import socket
import ssl
import threading
import time

CHUNK = 16384


class Line:
    def __init__(self, options):
        self.options = options
        self.left = options.times
        self.lock = threading.Lock()
        self.log = open(options.log, "a", buffering=1, encoding="utf-8")

    def note(self, text):
        with self.lock:
            self.log.write(text + "\n")

    def takes_cut(self):
        with self.lock:
            self.left -= 1
            return self.left >= 0


def receive(one):
    """None: something for TLS itself came (a session ticket), and nothing for us."""
    one.settimeout(0)
    try:
        return one.recv(CHUNK)
    except ssl.SSLWantReadError:
        return None
    finally:
        one.settimeout(60)


class Talk:
    """One connection, on one thread: an SSL object is not for two. `path` is what the answer on its way belongs to,
    if it may be cut or slowed."""

    def __init__(self, line, front, back):
        self.line, self.front, self.back = line, front, back
        self.path = self.body = self.cut_at = None
        self.head = b""
        self.done = 0

    def run(self):
        going = True
        while going:
            ready = [one for one in (self.front, self.back) if one.pending()]
            ready = ready or select.select([self.front, self.back], [], [], 60)[0]
            going = bool(ready)
            for one in ready:
                data = receive(one)
                if data is not None:
                    going = going and bool(data) and (self.up(data) if one is self.front else self.down(data))

    def up(self, data):
        if found := re.match(rb"([A-Z]+) (\S+) HTTP/1\.1\r\n", data):
            self.begin(found[1].decode(), found[2].decode(), data)
        self.back.sendall(data)
        return True

    def begin(self, method, path, data):
        wanted = re.search(rb"(?im)^range: *(\S+)", data)
        self.line.note(f"{method} {path} {wanted[1].decode() if wanted else '-'}")
        is_ours = method == "GET" and re.search(self.line.options.cut, path)
        self.path, self.head, self.body, self.cut_at = path if is_ours else None, b"", None, None

    def down(self, data):
        """False: it was cut."""
        if self.path and self.body is None:
            self.begin_body(data)
        elif self.path:
            self.done += len(data)
        if self.cut_at is not None and self.done >= self.cut_at:
            self.front.sendall(data[: len(data) - (self.done - self.cut_at)])
            self.line.note(f"cut {self.path} at {self.cut_at} of {self.body}")
            return False
        if self.path and self.line.options.rate:
            time.sleep(len(data) / self.line.options.rate)
        self.front.sendall(data)
        return True

    def begin_body(self, data):
        self.head += data
        end = self.head.find(b"\r\n\r\n")
        if end < 0:
            return
        length = re.search(rb"(?i)\ncontent-length: *(\d+)", self.head[:end])
        self.body = int(length[1]) if length else 0
        self.done = len(self.head) - end - 4
        if self.body > CHUNK and self.line.takes_cut():
            self.cut_at = self.body * self.line.options.at // 100


def serve(line, raw, server_context, client_context):
    options = line.options
    try:
        front = server_context.wrap_socket(raw, server_side=True)
        back = client_context.wrap_socket(
            socket.create_connection(("127.0.0.1", options.to)), server_hostname="localhost"
        )
    except OSError:
        raw.close()
        return
    try:
        Talk(line, front, back).run()
    except OSError:
        pass
    front.close()
    back.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=int, required=True, help="port of the service")
    parser.add_argument("--cert", required=True)
    parser.add_argument("--key", required=True)
    parser.add_argument("--ca", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--cut", default="/artifacts/|/targets/", help="pattern of paths")
    parser.add_argument("--at", type=int, default=45, help="percent of the body")
    parser.add_argument("--times", type=int, default=0)
    parser.add_argument("--rate", type=int, default=0, help="bytes a second; 0: as it comes")
    options = parser.parse_args()

    server_context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_context.load_cert_chain(options.cert, options.key)
    client_context = ssl.create_default_context(cafile=options.ca)
    line = Line(options)
    listener = socket.create_server(("127.0.0.1", 0), backlog=64)
    print(listener.getsockname()[1], flush=True)
    while True:
        raw, _ = listener.accept()
        threading.Thread(target=serve, args=(line, raw, server_context, client_context), daemon=True).start()


main()
