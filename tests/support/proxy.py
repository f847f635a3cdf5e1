"""A CONNECT proxy that wants a name and a password. Prints its port. Bytes towards the client pass at most as
fast as the number in FOLDER/speed says (bytes a second; absent: as they come); FOLDER/down counts them.
While there is a FOLDER/shut nobody new is let in; whoever is connected goes on.
usage: proxy.py FOLDER NAME:PASSWORD"""
import base64
import os
import select
import socket
import sys
import threading
import time

folder, user = sys.argv[1:3]
wanted = "Basic " + base64.b64encode(user.encode()).decode()
lock = threading.Lock()
down = 0


def speed():
    try:
        with open(os.path.join(folder, "speed")) as file:
            return int(file.read())
    except (OSError, ValueError):
        return 0


def count(size):
    global down
    with lock:
        down += size
        with open(os.path.join(folder, "down.new"), "w") as file:
            file.write(str(down))
        os.replace(os.path.join(folder, "down.new"), os.path.join(folder, "down"))


def pump(client, server):
    while True:
        for ready in select.select([client, server], [], [])[0]:
            data = ready.recv(16384)
            if not data:
                return
            if ready is server:
                count(len(data))
                if speed():
                    time.sleep(len(data) / speed())
            (client if ready is server else server).sendall(data)


def is_shut():
    return os.path.exists(os.path.join(folder, "shut"))


def serve(client):
    try:
        while not is_shut():
            head = b""
            while b"\r\n\r\n" not in head:
                more = client.recv(4096)
                if not more:
                    return
                head += more
            lines = head.decode("latin-1").split("\r\n")
            said = [line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("proxy-authorization:")]
            if said != [wanted]:
                client.sendall(b"HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"office\"\r\n"
                               b"Content-Length: 0\r\n\r\n")
                continue
            host, port = lines[0].split(" ")[1].rsplit(":", 1)
            with socket.create_connection((host, int(port))) as server:
                client.sendall(b"HTTP/1.1 200 Go\r\n\r\n")
                pump(client, server)
            return
    except OSError:
        pass
    finally:
        client.close()


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
