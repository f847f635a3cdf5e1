#!/usr/bin/env python3
"""Kills the service at random moments under load and looks whether anything it acknowledged is lost.

Every round: write on eleven connections at once, SIGKILL after 5 to 150 ms, start again, look. Every tenth kill hits it
while it starts. What was acknowledged in the round is looked for each time, with a sample of everything older; at the
end everything is. With --image the kill is a power cut: the disk stops taking anything, then the process is killed.
"""
import random
import statistics
import sys
import threading
import time

from disk import PlaceOnDisk
from safe import Backups, Restores
from ship import Publishes, Rollouts
from wire import GONE, Client, Place, Refused, options_of_place
from work import KINDS, Book

SAMPLE = 30


def write_until_gone(work, place, problems, go_on):
    client = Client(place)
    try:
        while go_on.is_set():
            work.step(client)
    except GONE:
        pass  # killed in the middle of something
    except (Refused, AssertionError) as refusal:
        problems.append(str(refusal))
    finally:
        client.close()


def check_each(client, entries):
    bad = []
    for kind, entry in entries:
        try:
            found = kind.check(client, entry)
        except Refused as refusal:
            found = str(refusal)
        if found:
            bad.append(found)
    return bad


def restart(place, times):
    place.start()
    times.append(place.wait_until_up())


def write_for_a_while(place, works, problems, ms):
    go_on = threading.Event()
    go_on.set()
    threads = [threading.Thread(target=write_until_gone, args=(work, place, problems, go_on)) for work in works]
    for thread in threads:
        thread.start()
    time.sleep(ms / 1000)
    place.kill()
    go_on.clear()
    for thread in threads:
        thread.join()


def run_round(place, works, book, options, times, problems):
    """One kill, and the look after it. What is lost."""
    write_for_a_while(place, works, problems, random.uniform(options.after_min, options.after_max))
    restart(place, times)
    client = Client(place)
    old = random.sample(book.entries, min(SAMPLE, len(book.entries)))
    lost = check_each(client, book.take_fresh() + old)
    client.close()
    return lost


def kill_while_starting(place, times):
    place.kill()
    place.start()
    time.sleep(random.uniform(0.001, 0.04))
    place.kill()
    restart(place, times)


def look_at_all(place, works, book):
    client = Client(place)
    lost = check_each(client, book.entries)
    for work in works:
        found = work.check_all(client) if hasattr(work, "check_all") else None
        lost += [found] if found else []
    client.close()
    return lost


def main():
    parser = options_of_place(__doc__)
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--after-min", type=float, default=5, help="ms of writing before the kill")
    parser.add_argument("--after-max", type=float, default=150)
    options = parser.parse_args()

    print(f"seed {options.seed}", flush=True)
    random.seed(options.seed)
    place, book = (PlaceOnDisk if options.image else Place)(options), Book(options.book)
    works = [kind(book, place) for kind in (*KINDS, Backups, Restores, Publishes, Rollouts)]
    times, problems, lost, kills = [], [], [], 0
    try:
        restart(place, times)
        while kills < options.rounds and not lost and not problems:
            kills += 1
            lost += run_round(place, works, book, options, times, problems)
            if kills % 10 == 9 and kills < options.rounds:
                kill_while_starting(place, times)
                kills += 1
        lost += look_at_all(place, works, book)
    except Refused as refusal:
        problems.append(str(refusal))
    finally:
        place.stop()
    for line in sorted(set(lost + problems)):
        print(f"caught: {line}")
    kinds = {}
    for kind, _ in book.entries:
        kinds[kind.name] = kinds.get(kind.name, 0) + 1
    print(", ".join(f"{count} {name}s" for name, count in sorted(kinds.items())))
    print(f"{kills} kills, {book.count} acknowledged writes, {len(set(lost))} lost, "
          f"restart max {max(times):.0f} ms, median {statistics.median(times):.0f} ms{place.ended()}")
    sys.exit(1 if lost or problems or statistics.median(times) >= 1000 else 0)


main()
