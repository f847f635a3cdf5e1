"""Clients that read slowly, not at all, or do not finish their handshake.

Once TLS stands they take ciphertext off the socket without opening it (MSG_TRUNC: the kernel does not even copy it),
so that thousands of them cost the measuring side next to nothing."""

import contextlib
import socket
import time

from servers import Failure, client_context, connect

WINDOW_BYTES = 32768  # twice that is what such a client lets the server send ahead
AHEAD_BYTES = 600000  # more than the buffers between the two hold
TURN_S = 0.1
HELLO = bytes.fromhex("16030102000100")  # the first seven bytes of a ClientHello


def _downloader(server, context, path):
    """A plain socket on which the answer's records arrive."""
    connection = connect(server, context, window=WINDOW_BYTES)
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    raw = socket.socket(fileno=connection.detach())
    raw.setblocking(False)
    return raw


@contextlib.contextmanager
def stalled_downloads(server, path, count):
    context, held = client_context(server.ca), []
    try:
        for _ in range(count):
            held.append(_downloader(server, context, path))
        time.sleep(0.5)  # the last of them has been sent what fits
        yield held
    finally:
        for raw in held:
            raw.close()
        time.sleep(0.1)


@contextlib.contextmanager
def stalled_handshakes(server, count):
    held = []
    try:
        for _ in range(count):
            held.append(socket.create_connection(("127.0.0.1", server.port), timeout=30))
            held[-1].sendall(HELLO)
        time.sleep(0.5)
        yield held
        if _closed(held) > count // 20:
            raise Failure(f"{server.name}: closed stalled handshakes before they were measured")
    finally:
        for raw in held:
            raw.close()
        time.sleep(0.1)


def _closed(held):
    closed = 0
    for raw in held:
        raw.setblocking(False)
        try:
            closed += raw.recv(1) == b""
        except BlockingIOError:
            pass
        except OSError:
            closed += 1
    return closed


def percent_of_a_core(server, seconds):
    cpu, began = server.cpu_ns(), time.monotonic()
    time.sleep(seconds)
    return (server.cpu_ns() - cpu) / 1e7 / (time.monotonic() - began)


def _take(raw, scratch, size):
    """Up to so many bytes off the socket; 0 when there are none now."""
    try:
        got = raw.recv_into(scratch, size, socket.MSG_TRUNC)
    except BlockingIOError:
        return 0
    if got == 0:
        raise Failure("a server closed a slow client's download")
    return got


def _read_paced(held, bytes_s, is_over):
    """Each reads its share a turn; those whose turn it is are spread over it. Returns the bytes of all together."""
    scratch, share, total = bytearray(1 << 20), int(bytes_s * TURN_S / len(held)), 0
    step, at, due = max(1, len(held) // 20), 0, time.monotonic()
    while not is_over(total):
        for raw in held[at:at + step]:
            total += _take(raw, scratch, share)
        at = at + step if at + step < len(held) else 0
        due += TURN_S * step / len(held)
        time.sleep(max(0.0, due - time.monotonic()))
    return total


def catch_up(held, bytes_s):
    """Reads what the servers have sent ahead: from here on they send what is read."""
    _read_paced(held, 4 * bytes_s, lambda total: total > len(held) * AHEAD_BYTES)


def slow(server, held, bytes_s, seconds):
    """CPU-seconds per GB while all of `held` together read so many bytes a second, or what the server manages."""
    _read_paced(held, bytes_s, lambda total: total > bytes_s * 4 * TURN_S)
    cpu, end = server.cpu_ns(), time.monotonic() + seconds
    total = _read_paced(held, bytes_s, lambda _: time.monotonic() > end)
    return (server.cpu_ns() - cpu) / total
