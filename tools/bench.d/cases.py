"""What is measured: one row a part. A part takes the bench and adds its figures to the results."""

import bytes_in
import bytes_out
import connections
import polls

PARTS = {
    # name        (what runs,               what it says while it runs)
    "start":      (polls.start,             "how long a start takes, and what it then holds"),
    "idle":       (connections.idle,        "memory of connections that stay and say nothing; a client that works beside them"),
    "download":   (bytes_out.download,      "CPU per GB over TLS, 1, 8 and 64 clients"),
    "plain":      (bytes_out.plain,         "CPU per GB without TLS, as behind a proxy"),
    "ranges":     (bytes_out.ranges,        "CPU per GB of ranges of 1 MiB"),
    "slow":       (bytes_out.slow,          "CPU per GB to 500 and 2,000 slow clients"),
    "stalled":    (bytes_out.stalled,       "what clients cost that read nothing, or never finish their handshake"),
    "poll":       (polls.poll,              "polls on kept connections: 1,000 and 100,000 devices, nginx's constant"),
    "handshake":  (connections.handshake,   "CPU of a connection: full and resumed TLS 1.3"),
    "restart":    (connections.restart,     "a whole fleet connects at once"),
    "feedback":   (bytes_in.feedback,       "durable feedback: one device at a time, 64 at once"),
    "upload":     (bytes_in.upload,         "CPU per GB of an upload that is hashed and synced"),
    "publish":    (bytes_in.publish,        "a large package from its upload to the repository"),
    "restore":    (bytes_in.restore,        "a restore of a small and of a large backup"),
    "million":    (polls.million,           "1,000,000 devices: start, memory, polls, what the web page asks"),
}
NAMES = list(PARTS)
