#!/usr/bin/env python3
"""Many requests at the same moment: race.py COUNT METHOD PATH BODY, of the service at $URL, whose CA is $CA.

In PATH and BODY {n} is the number of the request, from 0. Every connection stands before any of them asks. Prints a
status a line.
"""
import http.client
import os
import ssl
import sys
import threading
from urllib.parse import urlsplit


def main(argv):
    count, method, path, body = int(argv[1]), argv[2], argv[3], argv[4]
    base, context = urlsplit(os.environ["URL"]), ssl.create_default_context(cafile=os.environ["CA"])
    gate, statuses = threading.Barrier(count), [0] * count

    def ask(n):
        line = http.client.HTTPSConnection(base.hostname, base.port, context=context, timeout=60)
        line.connect()
        gate.wait(60)
        line.request(method, path.replace("{n}", str(n)), body.replace("{n}", str(n)),
                     {"Content-Type": "application/json"})
        statuses[n] = line.getresponse().status

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("\n".join(map(str, statuses)))


main(sys.argv)
