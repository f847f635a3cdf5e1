"""Parts: connections that stay silent, that are made, and a fleet that comes back all at once."""

import load
import swarm

BUSY_POLLS = 3000  # of the one client that works beside the silent ones


def idle(bench):
    count = bench.plan.idle
    for server in (bench.few, bench.nginx):  # what earlier connections gave back must not serve these
        server.stop()
        server.start()
    memory, worst = zip(*(load.idle(server, count, BUSY_POLLS) for server in (bench.few, bench.nginx)))
    add = bench.results.add
    add("idle-memory", f"memory of an idle TLS connection (of {count:,})", "B", memory[:1], memory[1:])
    for percent in (50, 99):
        add(f"crowd-p{percent}", f"poll beside {count:,} idle TLS connections, {percent} %", "ms",
            *([took[len(took) * percent // 100]] for took in worst))


def handshake(bench):
    for name, text, is_resumed in (("full", "full TLS 1.3 connection with one poll: CPU", False),
                                   ("resumed", "resumed TLS 1.3 connection with one poll: CPU", True)):
        bench.compare(f"handshake-{name}", text, "us",
                      lambda server: load.handshake(server, bench.plan.handshakes, is_resumed))


def restart(bench):
    count, add = bench.plan.restart, bench.results.add
    ours, peer = bench.alternate((bench.few, bench.nginx), lambda server: swarm.restart(server, count),
                                 1 if bench.plan.is_quick else 2)
    for name, text, unit in (("all", f"{count:,} devices connect at once: until the last has its answer", "s"),
                             ("cpu", f"{count:,} devices connect at once: CPU of each", "us"),
                             ("again", f"{count:,} devices connect at once: connections made again", ""),
                             ("failed", f"{count:,} devices connect at once: without an answer", "")):
        add(f"restart-{name}", text, unit, *([getattr(row, name) for row in rows] for rows in (ours, peer)))
