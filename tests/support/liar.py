#!/usr/bin/env python3
"""A thief between devices and the real service: he has its certificate and key, and answers as he likes.

Each request goes on to the service unless a rule of --rules says otherwise. The file is read anew for each request: a
JSON list of {"match": regex of the path, ...}; the first rule whose pattern is found is followed:
    "path": goes there instead (\\1 is what the pattern caught)
    "as": with this Authorization
    "file": is answered with the bytes of this file and asks nobody
    "status": is answered with this status and no body
    "replace": [[from, to], ...] in the text of the answer
Prints its port when it listens. --log gets "METHOD PATH STATUS" of every request.
"""
import argparse
import http.client
import http.server
import json
import re
import ssl
import threading

KEPT = ("content-type", "etag", "date", "cache-control", "content-range", "accept-ranges", "retry-after",
        "preference-applied", "last-modified", "location", "tus-resumable", "upload-offset")
SENT = ("authorization", "content-type", "range", "if-range", "accept", "user-agent", "prefer", "content-length")


class Liar(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    options = None
    lock = threading.Lock()

    def rule(self):
        with open(self.options.rules, encoding="utf-8") as file:
            for rule in json.load(file):
                found = re.search(rule["match"], self.path)
                if found:
                    return rule, found
        return {}, None

    def ask(self, rule, found):
        path = found.expand(rule["path"]) if "path" in rule else self.path
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name: value for name, value in self.headers.items() if name.lower() in SENT}
        headers["Host"] = self.headers.get("Host", "localhost")
        if "as" in rule:
            headers["Authorization"] = rule["as"]
        context = ssl.create_default_context(cafile=self.options.ca)
        back = http.client.HTTPSConnection("localhost", self.options.to, context=context, timeout=60)
        back.request(self.command, path, body or None, headers)
        answer = back.getresponse()
        return answer.status, [(n, v) for n, v in answer.getheaders() if n.lower() in KEPT], answer.read()

    def lie(self):
        rule, found = self.rule()
        if "status" in rule:
            return rule["status"], [], b""
        if "file" in rule:
            with open(rule["file"], "rb") as file:
                return 200, [], file.read()
        status, headers, body = self.ask(rule, found)
        for old, new in rule.get("replace", []):
            body = body.replace(old.encode(), new.encode())
        return status, headers, body

    def serve(self):
        status, headers, body = self.lie()
        with self.lock, open(self.options.log, "a", encoding="utf-8") as log:
            log.write(f"{self.command} {self.path} {status}\n")
        self.send_response(status)
        for name, value in headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_PUT = do_POST = do_HEAD = do_PATCH = do_DELETE = serve

    def log_message(self, *_):
        pass


def main():
    parser = argparse.ArgumentParser()
    for name in ("to", "ca", "cert", "key", "rules", "log"):
        parser.add_argument("--" + name, required=True)
    Liar.options = parser.parse_args()
    Liar.options.to = int(Liar.options.to)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Liar)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(Liar.options.cert, Liar.options.key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print(server.server_address[1], flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
