"""The service under test, asked over its real doors: as an operator, and as the printers of a fleet."""

import http.client
import json
import ssl
import time
from urllib.parse import urlsplit

# What a printer says on its way, step by step: execution, finished, code, words.
STEPS = [
    ("downloading", "download", "none", None, "fetching system.img"),
    ("downloaded", "downloaded", "none", None, "all files verified"),
    ("backing-up", "proceeding", "none", 9030, "saving 18 categories"),
    ("installing", "proceeding", "none", 9040, "flashing engine 2/3"),
    ("rebooting", "proceeding", "none", 9050, "restarting"),
]


class Service:
    def __init__(self, line):
        self.facts = json.loads(line)
        url = urlsplit(self.facts["url"])
        context = ssl.create_default_context(cafile=self.facts["ca"])
        self.connection = http.client.HTTPSConnection(url.hostname, url.port, context=context, timeout=30)

    def ask(self, method, path, who, body=None):
        headers = {"Authorization": who, "Content-Type": "application/json"}
        self.connection.request(method, path, None if body is None else json.dumps(body), headers)
        response = self.connection.getresponse()
        text = response.read()
        assert response.status < 300, f"{method} {path}: {response.status} {text[:400]}"
        return json.loads(text) if text else None

    def op(self, method, path, body=None):
        return self.ask(method, "/api/v1" + path, "Bearer " + self.facts["admin_token"], body)

    def ddi(self, method, device, rest="", body=None):
        return self.ask(method, f"/DEFAULT/controller/v1/{device}{rest}", "GatewayToken " + self.facts["gateway_token"], body)

    def enrol(self, device, attributes, **facts):
        self.op("POST", "/devices", {"id": device, "family": "demo", **facts})
        self.ddi("GET", device)
        self.ddi("PUT", device, "/configData", {"mode": "merge", "data": attributes})

    def act(self, device, end, words=()):
        """One printer takes its offer as far as `end`: a state of STEPS, offered, healthy or failed."""
        answer = self.ddi("GET", device)
        action = answer["_links"]["deploymentBase"]["href"].split("/deploymentBase/")[1].split("?")[0]

        def say(execution, finished, code, details):
            status = {"execution": execution, "result": {"finished": finished}, "details": details}
            self.ddi("POST", device, f"/deploymentBase/{action}/feedback", {"status": status | ({"code": code} if code else {})})

        if end == "offered":
            return
        self.ddi("GET", device, f"/deploymentBase/{action}")
        for name, execution, finished, code, text in STEPS:
            say(execution, finished, code, [text])
            if name == end:
                return
        say("closed", "success" if end == "healthy" else "failure", None, list(words) or ["self-test passed"])

    def restored(self, device, restore, results):
        """A printer takes its settings back and says what came of each category."""
        offer = self.ddi("GET", device)["_links"]["deploymentBase"]["href"]
        action = offer.split("/deploymentBase/")[1].split("?")[0]
        self.ddi("POST", device, f"/restores/{restore}/redeem", {"nonce": "5e" * 16})
        self.ddi("PUT", device, f"/restores/{restore}/result", {"categories": results})
        self.ddi("POST", device, f"/deploymentBase/{action}/feedback",
                 {"status": {"execution": "closed", "result": {"finished": "success"}, "details": []}})

    def until(self, rollout, is_so):
        end = time.monotonic() + 30
        while True:
            seen = self.op("GET", f"/rollouts/{rollout}")
            if is_so(seen):
                return seen
            assert time.monotonic() < end, seen
            time.sleep(0.1)
