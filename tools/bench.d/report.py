"""Figures: medians, quartiles, limits; as a table for people and as JSON for machines."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time

# The limits: of the ratio, or of our own figure ("ours"). Those a colleague would be stopped for; set from what a
# prototype reached, with room for the drift of a shared machine.
LIMITS = {
    "download-1": ("ratio", "<=", 0.90),
    "download-8": ("ratio", "<=", 0.90),
    "download-64": ("ratio", "<=", 0.95),
    "polls": ("ours", ">=", 20000),
    "poll-fleet": ("ratio", "<=", 1.30),
    "handshake-full": ("ratio", "<=", 1.00),
    "handshake-resumed": ("ratio", "<=", 1.00),
    "idle-memory": ("ours", "<=", 24 * 1024),
    "start-many": ("ours", "<=", 1.0),
}

BUSY_PERCENT = 10  # of the machine, by other programs: above that nothing here is a verdict


def number(value, unit):
    if unit == "B":
        return f"{value / 1024:.1f} KiB" if value < 1 << 20 else f"{value / (1 << 20):.1f} MiB"
    if unit == "s":
        return f"{value * 1000:.0f} ms"
    if unit == "/s":
        return f"{value:,.0f} /s"
    return f"{value:.3f} {unit}" if value < 10 else f"{value:.1f} {unit}"


def spread(values):
    """Median and quartiles."""
    if len(values) < 2:
        return {"median": values[0], "q1": values[0], "q3": values[0], "n": len(values)}
    q1, median, q3 = statistics.quantiles(values, n=4, method="inclusive")
    return {"median": median, "q1": q1, "q3": q3, "n": len(values)}


def cpu_model():
    with open("/proc/cpuinfo") as file:
        names = [line.split(":", 1)[1].strip() for line in file if line.startswith("model name")]
    return names[0] if names else platform.machine()


def package_version(name):
    done = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", name], capture_output=True, text=True)
    return done.stdout if done.returncode == 0 else ""


def congestion_control():
    with open("/proc/sys/net/ipv4/tcp_congestion_control") as file:
        system = file.read().strip()
    done = subprocess.run(["ip", "route", "show", "table", "local"], capture_output=True, text=True)
    return "cubic" if "congctl cubic" in done.stdout else system


def machine_seconds():
    """CPU-seconds that all programs together used, and that there were, since it booted."""
    with open("/proc/stat") as file:
        ticks = [int(word) for word in file.readline().split()[1:9]]
    per_s = os.sysconf("SC_CLK_TCK")
    return (sum(ticks) - ticks[3] - ticks[4]) / per_s, sum(ticks) / per_s


def own_seconds():
    """CPU-seconds of this program and of its children that have ended."""
    return sum(os.times()[:4])


class Results:
    def __init__(self, is_quick, rounds):
        self.rows, self.began = [], (*machine_seconds(), own_seconds())
        self.head = {
            "quick": is_quick, "rounds": rounds, "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "cpu": cpu_model(), "cpus": os.cpu_count(), "kernel": platform.release(),
            "congestion_control": congestion_control(),
            "packages": {name: package_version(name) for name in
                         ("libmicrohttpd12", "libgnutls30", "libssl3", "libsqlite3-0", "wrk")},
        }

    def add(self, name, text, unit, ours, peer=None, peer_name="nginx"):
        """`ours` and `peer` are figures of the same rounds, in order; the ratio is taken round by round."""
        row = {"name": name, "text": text, "unit": unit, "ours": spread(ours), "peer_name": peer_name if peer else ""}
        if peer:
            row["peer"] = spread(peer)
            row["ratio"] = spread([a / b for a, b in zip(ours, peer)])
        if name in LIMITS:
            what, sign, limit = LIMITS[name]
            value = row[what]["median"]
            row["limit"] = {"of": what, "sign": sign, "value": limit,
                            "is_met": value <= limit if sign == "<=" else value >= limit}
        self.rows.append(row)

    def close(self, took_s):
        """Once the servers have ended. Tells what share of the machine other programs had meanwhile."""
        used, there_was = (now - began for now, began in zip(machine_seconds(), self.began))
        own = own_seconds() - self.began[2]
        self.head["took_s"] = round(took_s, 1)
        self.head["others_percent"] = round(max(0.0, 100 * (used - own) / max(there_was, 0.01)), 1)

    def missed(self):
        return [row["name"] for row in self.rows if not row.get("limit", {}).get("is_met", True)]

    def _cells(self, row):
        ratio, limit, told = row.get("ratio"), row.get("limit"), ""
        if limit:
            value = f"{limit['value']:.2f}" if limit["of"] == "ratio" else number(limit["value"], row["unit"])
            told = f"{limit['sign']} {value} {'ok' if limit['is_met'] else 'MISSED'}"
        return (row["text"], number(row["ours"]["median"], row["unit"]),
                number(row["peer"]["median"], row["unit"]) if ratio else "", row["peer_name"],
                f"{ratio['median']:.2f} [{ratio['q1']:.2f} {ratio['q3']:.2f}]" if ratio else "", told)

    def table(self):
        cells = [("", "ours", "peer", "is", "ours / peer [quartiles]", "limit")] + [self._cells(r) for r in self.rows]
        widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
        lines = []
        for row in cells:
            texts = [cell.ljust(w) if i in (0, 3, 4, 5) else cell.rjust(w) for i, (cell, w) in enumerate(zip(row, widths))]
            lines.append("  ".join(texts).rstrip())
        lines.insert(1, "  ".join("-" * w for w in widths))
        head = self.head
        about = (f"{head['cpu']}, {head['cpus']} CPUs, kernel {head['kernel']}, {head['congestion_control']}; nginx"
                 f" {head.get('nginx', '?')}; {head['rounds']} rounds in {head['took_s']:.0f} s;"
                 f" other programs used {head['others_percent']:.0f} % of the machine")
        if head["others_percent"] > BUSY_PERCENT:
            lines += ["", "The machine was busy with something else: these figures are no verdict. Run it again."]
        return "\n".join([about, ""] + lines)

    def write(self, path):
        text = json.dumps({**self.head, "results": self.rows}, indent=1) + "\n"
        if path == "-":
            sys.stdout.write(text)
            return
        with open(path, "w") as file:
            file.write(text)
