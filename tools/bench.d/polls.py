"""Parts: starting, polling, and both with a million devices; what the web page asks then."""

import os
import time

import fleet
import load
import operators

POLL_CLIENTS = 64
MILLION = 1000000


def _starts(bench, servers_of, rounds):
    """Seconds of each start and resident bytes after it, for each server."""
    def once(server):
        server.stop()
        return server.start(), server.memory()["all"]

    return [list(zip(*figures)) for figures in bench.alternate(servers_of, once, rounds)]


def start(bench):
    (few, few_memory), (many, many_memory), (peer, peer_memory) = _starts(
        bench, (bench.few, bench.many, bench.nginx), bench.plan.start_rounds)
    add = bench.results.add
    add("start-few", "start, 1,000 devices, until the first answer", "s", few, peer)
    add("start-many", "start, 100,000 devices", "s", many, few, "1,000 devices")
    add("memory-few", "resident after start, 1,000 devices", "B", few_memory, peer_memory)
    add("memory-many", "resident after start, 100,000 devices", "B", many_memory, few_memory, "1,000 devices")
    add("binary", "size of the program", "B", [os.path.getsize(os.path.join(bench.programs, "nightshiftd"))],
        [os.path.getsize(bench.nginx.program)])


def _polls(bench, *sides):
    """Rates and costs of each (server, devices)."""
    figures = bench.alternate(sides, lambda side: load.poll(*side[:1], bench.work, side[1], POLL_CLIENTS, 1))
    return [[[row[i] for row in rows] for rows in figures] for i in (0, 1)]


def poll(bench):
    rates, costs = _polls(bench, (bench.few, fleet.FEW), (bench.many, fleet.MANY), (bench.nginx, fleet.FEW))
    add = bench.results.add
    add("polls", f"polls, {POLL_CLIENTS} kept connections", "/s", rates[0], rates[2], "constant")
    add("poll-cpu", "CPU of a poll", "us", costs[0], costs[2], "constant")
    add("poll-fleet", "CPU of a poll, 100,000 devices", "us", costs[1], costs[0], "1,000 devices")


def million(bench):
    began = time.monotonic()
    most = bench.service("1,000,000 devices", lambda: fleet.make_larger(bench.folders, bench.work, MILLION))
    bench.say(f"       made and started in {time.monotonic() - began:.0f} s")
    (took, memory), (few, few_memory) = _starts(bench, (most, bench.few), bench.plan.start_rounds)
    add = bench.results.add
    add("start-million", "start, 1,000,000 devices", "s", took, few, "1,000 devices")
    add("memory-million", "resident after start, 1,000,000 devices", "B", memory, few_memory, "1,000 devices")
    _, costs = _polls(bench, (bench.few, fleet.FEW), (most, MILLION))
    add("poll-million", "CPU of a poll, 1,000,000 devices", "us", costs[1], costs[0], "1,000 devices")
    grown = (most.memory()["all"] - bench.few.memory()["all"]) / (MILLION / 100000)
    add("memory-fleet", "resident for each further 100,000 devices that poll", "B", [grown])
    add("memory-polled", "resident after polls of 1,000,000 devices", "B", [most.memory()["all"]])
    _dashboard(bench, most)


def _dashboard(bench, most):
    """Each question of the web page, in milliseconds. `dashboard` is the slowest of them."""
    slowest, asks = [], 3 if bench.plan.is_quick else 9
    for what, path in operators.PAGES:
        large, small = bench.alternate((most, bench.few), lambda server: operators.milliseconds(server, path), asks)
        bench.results.add("page-" + what.replace(" ", "-"), f"{what}, 1,000,000 devices", "ms", large, small,
                          "1,000 devices")
        slowest = max(slowest, large, key=lambda figures: sorted(figures)[len(figures) // 2] if figures else 0)
    bench.results.add("dashboard", "the slowest of what the web page asks, 1,000,000 devices", "ms", slowest)
