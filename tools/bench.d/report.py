"""Figures: medians, quartiles, limits; as a table for people and as JSON for machines."""

import json
import os
import platform
import statistics
import subprocess
import sys
import time

import goals

BUSY_PERCENT = 10  # of the machine, by other programs: above that nothing here is a verdict


def number(value, unit):
    if unit == "B":
        return f"{value / 1024:.1f} KiB" if value < 1 << 20 else f"{value / (1 << 20):.1f} MiB"
    if unit == "s":
        return f"{value * 1000:.0f} ms" if value < 10 else f"{value:.1f} s"
    if unit == "":
        return f"{value:,.0f}"
    if unit == "/s":
        return f"{value:,.0f} /s"
    return f"{value:.3f} {unit}" if value < 10 else f"{value:,.1f} {unit}"


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


def figure_cells(row):
    ratio, unit = row.get("ratio"), row["unit"]
    return (row["text"], number(row["ours"]["median"], unit), number(row["peer"]["median"], unit) if "peer" in row else "",
            row["peer_name"], f"{ratio['median']:.2f} [{ratio['q1']:.2f} {ratio['q3']:.2f}]" if ratio else "")


def goal_cells(row):
    goal = row["goal"]
    is_ratio = goal["of"] == "ratio"
    goal_text, reached = (f"{goal[what]:.2f} x" if is_ratio else number(goal[what], row["unit"])
                          for what in ("goal", "reached"))
    return (row["text"] + (f", to {row['peer_name']}" if is_ratio else ""),
            f"{'most' if goal['sign'] == '<=' else 'least'} {goal_text}", reached, "met" if goal["is_met"] else "MISSED")


def columns(rows, sides):
    """Lines of a table; `sides` says l or r for each column. The first row is its head."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(sides))]
    lines = ["  ".join(cell.ljust(w) if side == "l" else cell.rjust(w)
                       for cell, w, side in zip(row, widths, sides)).rstrip() for row in rows]
    return [lines[0], "  ".join("-" * w for w in widths), *lines[1:]]


class Results:
    def __init__(self, is_quick, rounds):
        self.load = round(os.getloadavg()[0], 2)
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
            if all(peer):
                row["ratio"] = spread([a / b for a, b in zip(ours, peer)])
        row["goal"] = goals.judge(row)
        self.rows.append(row)

    def close(self, took_s):
        """Once the servers have ended. Tells what share of the machine other programs had meanwhile."""
        used, there_was = (now - began for now, began in zip(machine_seconds(), self.began))
        own = own_seconds() - self.began[2]
        self.head["took_s"] = round(took_s, 1)
        self.head["load_average"] = [self.load, round(os.getloadavg()[0], 2)]
        self.head["others_percent"] = round(max(0.0, 100 * (used - own) / max(there_was, 0.01)), 1)

    def missed(self):
        return [row["name"] for row in self.rows if row["goal"] and not row["goal"]["is_met"]]

    def is_busy(self):
        return self.head["others_percent"] > BUSY_PERCENT

    def about(self):
        head = self.head
        return (f"{head['cpu']}, {head['cpus']} CPUs, kernel {head['kernel']}, {head['congestion_control']}; nginx"
                f" {head.get('nginx', '?')}; {'quick, ' if head['quick'] else ''}{head['rounds']} rounds in"
                f" {head['took_s']:.0f} s; load average {head['load_average'][0]:.1f} before,"
                f" {head['load_average'][1]:.1f} after; other programs used {head['others_percent']:.0f} % of the machine")

    def table(self):
        """Every figure, then the goals."""
        figures = [("figure", "ours", "peer", "is", "ours / peer [quartiles]")] + [figure_cells(r) for r in self.rows]
        reached = [("goal", "at", "reached", "")] + [goal_cells(row) for row in self.rows if row["goal"]]
        count = len(reached) - 1
        lines = [self.about(), "", *columns(figures, "lrrll"), "", *columns(reached, "lrrl"), "",
                 f"{count - len(self.missed())} of {count} goals met"]
        if self.is_busy():
            lines += ["The machine was busy with something else: these figures are no verdict. Run it again."]
        return "\n".join(lines)

    def write(self, path):
        text = json.dumps({**self.head, "results": self.rows}, indent=1) + "\n"
        if path == "-":
            sys.stdout.write(text)
            return
        with open(path, "w") as file:
            file.write(text)
