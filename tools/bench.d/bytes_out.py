"""Parts: downloads, quick, plain, in ranges, slow and stalled."""

import contextlib

import load
import slow as readers


def download(bench):
    for clients in (1, 8, 64):
        who = "1 client" if clients == 1 else f"{clients} clients"
        bench.compare(f"download-{clients}", f"TLS download, {who}: CPU per GB", "s/GB",
                      lambda server: load.download(server, bench.folders.target, clients, bench.plan.window_s))


def plain(bench):
    for clients in (8, 64):
        bench.compare(f"plain-{clients}", f"plain download, {clients} clients: CPU per GB", "s/GB",
                      lambda server: load.download(server, bench.folders.target, clients, bench.plan.window_s,
                                                   is_plain=True))


def ranges(bench):
    script = load.ranges_script(bench.work, bench.plan.file_bytes)
    bench.compare("ranges-8", "TLS ranges of 1 MiB, 8 clients: CPU per GB", "s/GB",
                  lambda server: load.download(server, bench.folders.target, 8, bench.plan.window_s, script=script))


def _both(bench, hold):
    """Clients of ours and of nginx, held at once: connecting them takes longer than measuring them."""
    held = contextlib.ExitStack()
    try:
        return held, {server: held.enter_context(hold(server)) for server in (bench.few, bench.nginx)}
    except BaseException:
        held.close()
        raise


def slow(bench):
    plan = bench.plan
    for clients in (500, 2000):
        held, of = _both(bench, lambda server: readers.stalled_downloads(server, bench.folders.target, clients))
        with held:
            for connections in of.values():
                readers.catch_up(connections, plan.slow_bytes_s)
            bench.compare(f"slow-{clients}", f"TLS download, {clients:,} slow clients: CPU per GB", "s/GB",
                          lambda server: readers.slow(server, of[server], plan.slow_bytes_s, 4 * plan.window_s),
                          plan.few_rounds)


def stalled(bench):
    plan, target = bench.plan, bench.folders.target

    def eight(has_stalled):
        with readers.stalled_downloads(bench.few, target, 100 if has_stalled else 0):
            return load.download(bench.few, target, 8, plan.window_s)

    bench.results.add("stalled-cost", "TLS download, 8 clients beside 100 stalled ones: CPU per GB", "s/GB",
                      *bench.alternate((True, False), eight), "alone")
    held, _ = _both(bench, lambda server: readers.stalled_downloads(server, target, 1000))
    with held:
        bench.compare("stalled-downloads", "1,000 stalled TLS downloads: share of a core", "%",
                      lambda server: readers.percent_of_a_core(server, plan.silence_s), plan.few_rounds)

    def unfinished(server):
        with readers.stalled_handshakes(server, 1000):
            return readers.percent_of_a_core(server, plan.silence_s)

    bench.compare("stalled-handshakes", "1,000 stalled TLS handshakes: share of a core", "%", unfinished, plan.few_rounds)
