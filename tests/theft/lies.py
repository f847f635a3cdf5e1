#!/usr/bin/env python3
"""What a thief makes of stolen keys: reads what the real service serves, forges what he can sign, and writes rules for
tests/support/liar.py.

lies.py --url --liar --ca --token --device --trust DIR --keys DIR --thief PROGRAM --work DIR --target PATH --bytes FILE
        --version V [--custom JSON] [--director] [--image-online] [--image-targets] [--engineers N] [--director-root]
        [--rollback]
        [--process "PUPPET PID" [--lower | --leap]]

It always has the server: DDI names --target for action 999 (or the action --action), and its bytes are what --bytes
says. Each key that was stolen signs what it can; what cannot be signed is left as the service has it. With --process it
has no key: it asks the service's signer, over the service's own pipe, and says on stderr what that refused; what was
refused it signs itself.
"""
import argparse
import hashlib
import json
import os
import ssl
import subprocess
import sys
import urllib.request

FAR = "2036-01-01T00:00:00Z"


class Theft:
    def __init__(self, options):
        self.o = options
        self.rules = []
        self.context = ssl.create_default_context(cafile=options.ca)
        with open(options.bytes, "rb") as file:
            self.bytes = file.read()
        self.sha256 = hashlib.sha256(self.bytes).hexdigest()
        self.family, self.version, self.file = options.target.split("/")

    def opened(self, path):
        request = urllib.request.Request(self.o.url + path, headers={"Authorization": "TargetToken " + self.o.token})
        return urllib.request.urlopen(request, context=self.context)

    def get(self, path):
        with self.opened(path) as answer:
            return json.load(answer)

    def lie(self, match, content):
        name = os.path.join(self.o.work, f"lie-{len(self.rules)}")
        with open(name, "wb") as file:
            file.write(content)
        self.rules.append({"match": match, "file": name})

    def signed(self, body, *keys):
        if keys == (None,):
            return self.begged(body)
        return subprocess.run([self.o.thief, *keys], input=json.dumps(body).encode(), stdout=subprocess.PIPE,
                              check=True).stdout

    def begged(self, body):
        """Signed by the service's signer, or by the thief's own key where that refuses."""
        done = subprocess.run([*self.o.process.split(), self.images_dir(), self.o.tenant + "/director"],
                              input=json.dumps(body).encode(), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              check=False)
        if done.returncode == 0:
            return done.stdout
        sys.stderr.write(done.stderr.decode())
        if done.returncode != 1:
            sys.exit(done.returncode)
        return self.signed(body, self.own_path())

    def images_dir(self):
        return os.path.join(self.o.work, "images")

    def images_kept(self):
        """What the signer will want to see, fetched while the service still answers."""
        where = f"/{self.o.tenant}/tuf/image/metadata/"
        os.makedirs(self.images_dir(), exist_ok=True)
        timestamp = self.kept(where, "timestamp.json")
        snapshot = self.kept(where, f"{timestamp['meta']['snapshot.json']['version']}.snapshot.json")
        for name, entry in snapshot["meta"].items():
            self.kept(where, f"{entry['version']}.{name}")

    def kept(self, where, name):
        with self.opened(where + name) as answer, open(os.path.join(self.images_dir(), name), "wb") as file:
            content = answer.read()
            file.write(content)
        return json.loads(content)["signed"]

    # ---- DDI ---------------------------------------------------------------------------------------

    def ddi(self):
        base = f"/{self.o.tenant}/controller/v1/{self.o.device}"
        action = self.o.action or "999"
        poll = {"config": {"polling": {"sleep": "00:00:01"}},
                "_links": {"deploymentBase": {"href": f"{self.o.liar}{base}/deploymentBase/{action}"}}}
        artifact = {"filename": self.file, "size": len(self.bytes), "hashes": {"sha256": self.sha256},
                    "_links": {"download-http": {"href": f"{self.o.liar}/stolen/{self.file}"}}}
        chunk = {"part": "system", "version": self.version, "name": "stolen",
                 "metadata": [{"key": "tuf.target", "value": self.o.target}], "artifacts": [artifact]}
        deployment = {"id": action, "deployment": {"download": "forced", "update": "forced", "chunks": [chunk]}}
        self.lie(f"^{base}([?].*)?$", json.dumps(poll).encode())
        self.lie(f"^{base}/deploymentBase/{action}([?].*)?$", json.dumps(deployment).encode())
        self.lie(f"^/stolen/{self.file}$", self.bytes)

    def target(self, **more):
        custom = dict(self.custom(), **more)
        return {"length": len(self.bytes), "hashes": {"sha256": self.sha256}, "custom": custom}

    def custom(self):
        if self.o.custom:
            return json.loads(self.o.custom)
        return {"hardware_ids": [self.o.model], "min_from": "", "module": "system", "release_counter": 9,
                "version": self.version}

    @staticmethod
    def meta(version, content):
        return {"version": version, "length": len(content), "hashes": {"sha256": hashlib.sha256(content).hexdigest()}}

    @staticmethod
    def body(kind, version, **more):
        return dict({"_type": kind, "spec_version": "1.0.31", "version": version, "expires": FAR}, **more)

    # ---- the director ----------------------------------------------------------------------------------

    def director(self, key, step=1000000):
        where = f"/{self.o.tenant}/tuf/director/{self.o.device}/metadata/"
        device = {"x-device": self.o.device}
        version = self.get(where + "timestamp.json")["signed"]["version"] + step
        assigned = {self.o.target: self.target(action=self.o.action or "999")}
        targets = self.signed(self.body("targets", version, targets=assigned, **device), key)
        meta = {"targets.json": self.meta(version, targets)}
        snapshot = self.signed(self.body("snapshot", version, meta=meta, **device), key)
        meta = {"snapshot.json": self.meta(version, snapshot)}
        self.lie(f"^{where}timestamp.json$", self.signed(self.body("timestamp", version, meta=meta, **device), key))
        self.lie(f"^{where}{version}.snapshot.json$", snapshot)
        self.lie(f"^{where}{version}.targets.json$", targets)

    def director_root(self):
        """The root key gives the thief's own key what the online key had."""
        where = f"/{self.o.tenant}/tuf/director/{self.o.device}/metadata/"
        root = self.get(where + "1.root.json")["signed"]
        online = root["roles"]["timestamp"]["keyids"][0]
        own, key = self.own_key()
        root["version"] = 2
        del root["keys"][online]
        root["keys"][own] = key
        for role in ("timestamp", "snapshot", "targets"):
            root["roles"][role]["keyids"] = [own]
        self.lie(f"^{where}2.root.json$", self.signed(root, os.path.join(self.o.trust, "director/root.key")))
        self.director(self.own_path())

    def own_path(self):
        return os.path.join(self.o.work, "own.key")

    def own_key(self):
        """The thief's own, and its id."""
        with open(self.own_path(), encoding="utf-8") as file:
            public = [line.split()[1] for line in file if line.startswith("public:")][0]
        key = {"keytype": "ed25519", "keyval": {"public": public}, "scheme": "ed25519"}
        text = json.dumps(key, sort_keys=True, separators=(",", ":")).encode()
        return hashlib.sha256(text).hexdigest(), key

    # ---- the image repository -----------------------------------------------------------------------------

    def images(self, engineers):
        where = f"/{self.o.tenant}/tuf/image/metadata/"
        online = os.path.join(self.o.trust, "online.key")
        timestamp = self.get(where + "timestamp.json")["signed"]
        snapshot = self.get(f"{where}{timestamp['meta']['snapshot.json']['version']}.snapshot.json")["signed"]
        meta = snapshot["meta"]
        if self.o.image_targets:
            engineers = [self.own_path()]
            meta["targets.json"] = self.delegated(where, meta["targets.json"]["version"])
        if self.o.rollback:
            meta[self.family + ".json"]["version"] -= 1
            del meta[self.family + ".json"]["hashes"], meta[self.family + ".json"]["length"]
        else:
            version = meta[self.family + ".json"]["version"] + 1
            family = self.signed(self.body("targets", version, targets={self.o.target: self.target()}),
                                 *(engineers or [online]))
            meta[self.family + ".json"] = self.meta(version, family)
            self.lie(f"^{where}{version}.{self.family}.json$", family)
        snapshot["version"] += 1
        content = self.signed(snapshot, online)
        timestamp["version"] += 1
        timestamp["meta"]["snapshot.json"] = self.meta(snapshot["version"], content)
        self.lie(f"^{where}{snapshot['version']}.snapshot.json$", content)
        self.lie(f"^{where}timestamp.json$", self.signed(timestamp, online))

    def delegated(self, where, version):
        """targets.key lets the thief's own key speak for the family."""
        own, key = self.own_key()
        targets = self.get(f"{where}{version}.targets.json")["signed"]
        targets["version"] += 1
        targets["delegations"]["keys"][own] = key
        for role in targets["delegations"]["roles"]:
            if role["name"] == self.family:
                role["keyids"], role["threshold"] = [own], 1
        content = self.signed(targets, os.path.join(self.o.trust, "targets.key"))
        self.lie(f"^{where}{targets['version']}.targets.json$", content)
        return self.meta(targets["version"], content)

    def run(self):
        self.ddi()
        engineers = [os.path.join(self.o.keys, f"engineer-{n}.key") for n in range(1, self.o.engineers + 1)]
        if self.o.director:
            self.director(os.path.join(self.o.trust, "director/online.key"))
        if self.o.director_root:
            self.director_root()
        if self.o.process:
            self.images_kept()
            self.director(None, -1 if self.o.lower else 1 << 52 if self.o.leap else 1)
        if self.o.image_online:
            self.images(engineers)
        print(json.dumps(self.rules))


def main():
    parser = argparse.ArgumentParser()
    for name in ("url", "liar", "ca", "token", "tenant", "device", "model", "trust", "keys", "thief", "work", "target", "bytes"):
        parser.add_argument("--" + name, required=True)
    for name in ("custom", "action", "process"):
        parser.add_argument("--" + name)
    for name in ("director", "director-root", "image-online", "image-targets", "rollback", "lower", "leap"):
        parser.add_argument("--" + name, action="store_true")
    parser.add_argument("--engineers", type=int, default=0)
    Theft(parser.parse_args()).run()


if __name__ == "__main__":
    main()
