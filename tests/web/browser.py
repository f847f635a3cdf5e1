"""A headless Chromium, driven over the DevTools protocol with nothing but the standard library."""

import base64
import json
import os
import socket
import struct
import subprocess
import time
import urllib.request

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
         "--disable-dev-shm-usage", "--remote-debugging-port=0", "--ignore-certificate-errors"]


class Socket:
    """RFC 6455, as much as a client needs that talks to one server it started itself."""

    def __init__(self, port, path):
        self.stream = socket.create_connection(("127.0.0.1", port), 30)
        key = base64.b64encode(os.urandom(16)).decode()
        self.stream.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
                            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode())
        head = b""
        while b"\r\n\r\n" not in head:
            head += self.stream.recv(1)
        assert b" 101 " in head.split(b"\r\n")[0], head

    def send(self, text):
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        head = struct.pack("!BB", 0x81, 0x80 | size) if size < 126 else \
            struct.pack("!BBH", 0x81, 0xFE, size) if size < 65536 else struct.pack("!BBQ", 0x81, 0xFF, size)
        self.stream.sendall(head + mask + bytes(b ^ mask[i & 3] for i, b in enumerate(data)))

    def exactly(self, size):
        data = bytearray()
        while len(data) < size:
            piece = self.stream.recv(size - len(data))
            if not piece:
                raise ConnectionError("the browser is gone")
            data += piece
        return bytes(data)

    def receive(self):
        """One message; pings need no answer here, for the browser sends none."""
        text = b""
        while True:
            first, size = self.exactly(2)
            size &= 0x7F
            if size > 125:
                size = int.from_bytes(self.exactly(2 if size == 126 else 8), "big")
            text += self.exactly(size)
            if first & 0x80:
                return text.decode()


class Page:
    """The one page of a fresh browser. What it logs, refuses and throws collects in `troubles`."""

    def __init__(self, chromium, profile):
        self.process = subprocess.Popen([chromium, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        note, end = os.path.join(profile, "DevToolsActivePort"), time.monotonic() + 60
        while not (os.path.exists(note) and open(note).read().count("\n")):
            assert self.process.poll() is None and time.monotonic() < end, "the browser did not start"
            time.sleep(0.05)
        port = int(open(note).read().split()[0])
        targets = json.load(urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=30))
        target = next(t for t in targets if t["type"] == "page")
        self.socket = Socket(port, target["webSocketDebuggerUrl"].split(f":{port}", 1)[1])
        self.last, self.troubles, self.dialogs = 0, [], 0
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(domain + ".enable")

    def call(self, method, **params):
        self.last += 1
        mine = self.last
        self.socket.send(json.dumps({"id": mine, "method": method, "params": params}))
        while True:
            message = json.loads(self.socket.receive())
            if message.get("id") == mine:
                assert "error" not in message, f"{method}: {message['error']}"
                return message["result"]
            self.note(message.get("method"), message.get("params", {}))

    def note(self, method, params):
        if method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
            self.troubles.append(f"{params['entry']['source']}: {params['entry']['text']}")
        elif method == "Runtime.exceptionThrown":
            self.troubles.append("exception: " + json.dumps(params["exceptionDetails"])[:400])
        elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning", "assert"):
            self.troubles.append("console: " + json.dumps(params["args"])[:400])
        elif method == "Page.javascriptDialogOpening":
            self.dialogs += 1
            self.troubles.append("dialog: " + params["message"])

    def ask(self, script):
        """The value of an expression; a promise is awaited."""
        got = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in got, f"{script}: {got['exceptionDetails']}"
        return got["result"].get("value")

    def wait(self, script, seconds=20):
        """Until the expression is true; its value."""
        end = time.monotonic() + seconds
        while True:
            value = self.ask(script)
            if value:
                return value
            assert time.monotonic() < end, f"never true: {script}\n--- the page:\n{self.ask('document.body.innerText')}"
            time.sleep(0.05)

    def look(self, width, height=900, scheme="light"):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 600)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def shoot(self, path):
        size = self.call("Page.getLayoutMetrics")["cssContentSize"]
        clip = {"x": 0, "y": 0, "width": size["width"], "height": min(size["height"], 4000), "scale": 1}
        shot = self.call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)
        with open(path, "wb") as out:
            out.write(base64.b64decode(shot["data"]))

    def close(self):
        try:
            self.call("Browser.close")
        except (ConnectionError, OSError):
            pass
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
