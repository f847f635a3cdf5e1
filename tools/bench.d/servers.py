"""The two servers: starting, stopping, and what the kernel says about them."""

import os
import resource
import shutil
import socket
import ssl
import subprocess
import time

CIPHER = "TLS_AES_128_GCM_SHA256"
FAR_SEGMENT = 1448  # of clients far away: the loopback's own segments let a server send megabytes ahead
IDLE_S = 120  # both keep a silent connection this long; and one that reads nothing for 600 s, ours by itself
READY_WITHIN_S = 60

_cpus = sorted(os.sched_getaffinity(0))
SERVER_CPU, CLIENT_CPU = _cpus[0], _cpus[1 % len(_cpus)]


class Failure(Exception):
    """What went wrong, in words for people."""


def on_cpu(cpu):
    return lambda: os.sched_setaffinity(0, {cpu})


def raise_file_limit():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


def client_context(ca):
    context = ssl.create_default_context(cafile=ca)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def connect(server, context, session=None, window=0):
    """A TLS connection to the server; the caller closes it. With a `window`, which bounds what the server may
    send ahead, the client is one far away."""
    plain = socket.socket()
    if window:
        plain.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, window)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, FAR_SEGMENT)
    plain.settimeout(30)
    plain.connect(("127.0.0.1", server.port))
    plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return context.wrap_socket(plain, server_hostname="127.0.0.1", session=session)


def ask(connection, request):
    """Sends a request, returns status and body of its answer; the connection stays usable."""
    status, _, body = exchange(connection, request)
    return status, body


def exchange(connection, request):
    """The same, with the fields of the answer's head in lower case."""
    connection.sendall(request)
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(connection)
    head, body = got.split(b"\r\n\r\n", 1)
    lines = head.decode("latin-1").split("\r\n")
    fields = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
    size, parts, have = int(fields.get("content-length", 0)), [body], len(body)
    while have < size:
        parts.append(_more(connection))
        have += len(parts[-1])
    return int(lines[0].split(" ", 2)[1]), fields, b"".join(parts)


def _more(connection):
    piece = connection.recv(1 << 18)
    if not piece:
        raise Failure("a server closed a connection in the middle of an answer")
    return piece


class Server:
    """A running server. `pid` is the process that does the work."""

    def __init__(self, name, ca):
        self.name, self.ca = name, ca
        self.process = self.pid = self.port = self.plain_port = None

    def cpu_ns(self):
        """CPU time of all threads. Ticks are too coarse for a second."""
        total = 0
        for task in os.listdir(f"/proc/{self.pid}/task"):
            with open(f"/proc/{self.pid}/task/{task}/schedstat") as file:
                total += int(file.read().split()[0])
        return total

    def memory(self):
        """Bytes: {"all", "own"}. Own is without mapped files, which are page cache."""
        with open(f"/proc/{self.pid}/status") as file:
            rows = dict(line.split(":", 1) for line in file)
        return {"all": int(rows["VmRSS"].split()[0]) * 1024, "own": int(rows["RssAnon"].split()[0]) * 1024}

    def spawn(self, command, log, environment=None):
        with open(log, "ab") as out:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment,
                                            preexec_fn=on_cpu(SERVER_CPU))

    def wait_ready(self, find_port, request, log):
        """Until it answers; returns after how many seconds of waiting."""
        began, context = time.monotonic(), client_context(self.ca)
        while time.monotonic() < began + READY_WITHIN_S:
            if self.process.poll() is not None:
                with open(log, errors="replace") as file:
                    raise Failure(f"{self.name} ended at once: {file.read()[-500:]}")
            self.port = find_port()
            try:
                with connect(self, context) as connection:
                    if ask(connection, request)[0] == 200:
                        return time.monotonic() - began
            except (OSError, TypeError, Failure):
                pass
            time.sleep(0.001)
        raise Failure(f"{self.name} did not answer within {READY_WITHIN_S} s")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None


class Service(Server):
    """Ours: nightshiftd on a folder that `nightshift dev` made, one network thread."""

    SETTINGS = {"NIGHTSHIFT_THREADS": "1", "NIGHTSHIFT_IDLE_TIMEOUT_S": str(IDLE_S), "NIGHTSHIFT_HTTP_PORT": "0",
                "NIGHTSHIFT_CONNECTIONS_PER_IP": "16000"}

    def __init__(self, name, programs, folder, **settings):
        super().__init__(name, os.path.join(folder, "tls", "ca.pem"))
        self.folder, self.programs, self.settings = folder, programs, {**self.SETTINGS, **settings}

    def start(self):
        port_file, log = os.path.join(self.folder, "port"), os.path.join(self.folder, "log")
        if os.path.exists(port_file):
            os.unlink(port_file)

        def find_port():
            if not os.path.exists(port_file):
                return None
            with open(port_file) as file:
                ports = dict(line.split() for line in file)
            self.plain_port = int(ports["http"]) if "http" in ports else None
            return int(ports["https"]) if "https" in ports else None

        began = time.monotonic()
        self.spawn([os.path.join(self.programs, "nightshiftd"), "--dir", self.folder, "--port", "0", "--dev", "true"],
                   log, {**os.environ, **self.settings})
        self.pid = self.process.pid
        self.wait_ready(find_port, b"GET /readyz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", log)
        return time.monotonic() - began


NGINX_CONF = """{user}daemon off;
worker_processes 1;
worker_rlimit_nofile {files};
pid {folder}/pid;
error_log {folder}/log warn;
events {{ worker_connections {connections}; }}
http {{
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    access_log off;
    sendfile on;
    tcp_nopush on;
    open_file_cache max=100 inactive=600s;
    open_file_cache_valid 600s;
    keepalive_timeout {idle}s;
    send_timeout 600s;
    keepalive_requests 1000000000;
    ssl_protocols TLSv1.3;
    ssl_conf_command Ciphersuites {cipher};
    ssl_buffer_size 16k;
    server {{
        listen 127.0.0.1:{port} ssl backlog=1024;
        listen 127.0.0.1:{plain_port};
        ssl_certificate {tls}/server.pem;
        ssl_certificate_key {tls}/server.key;
        location = {target} {{ alias {blob}; }}
        location /put/ {{ root {folder}; dav_methods PUT DELETE; client_max_body_size 0; }}
        location / {{ default_type application/hal+json; return 200 '{body}'; }}
    }}
}}
"""


class Nginx(Server):
    """The peer, set up for speed: one worker, no access log, the file kept open, connections never given up."""

    def __init__(self, work, folders):
        super().__init__("nginx", os.path.join(folders.folder, "tls", "ca.pem"))
        self.folder, self.folders = os.path.join(work, "nginx"), folders
        self.program = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:" + os.environ.get("PATH", ""))
        os.makedirs(os.path.join(self.folder, "put"))

    def configure(self, body):
        """`body` is what ours answers to a poll: the same size."""
        files = raise_file_limit()
        with socket.socket() as free, socket.socket() as other:
            free.bind(("127.0.0.1", 0))
            other.bind(("127.0.0.1", 0))
            self.port, self.plain_port = free.getsockname()[1], other.getsockname()[1]
        # The blob belongs to whoever runs this. In a user namespace a worker cannot change its groups: then there is
        # none, and the one process does the same work.
        user = "user root;\n" if os.geteuid() == 0 else ""
        with open("/proc/self/setgroups") as file:
            user += "" if file.read().strip() == "allow" else "master_process off;\n"
        with open(os.path.join(self.folder, "conf"), "w") as file:
            file.write(NGINX_CONF.format(user=user, folder=self.folder, files=files, connections=min(16384, files - 64),
                                         idle=IDLE_S, cipher=CIPHER, port=self.port, plain_port=self.plain_port,
                                         tls=os.path.join(self.folders.folder, "tls"), target=self.folders.target,
                                         blob=self.folders.blob, body=body.decode()))

    def start(self):
        began = time.monotonic()
        self.spawn([self.program, "-p", self.folder, "-c", os.path.join(self.folder, "conf")],
                   os.path.join(self.folder, "log"))
        self.wait_ready(lambda: self.port, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", os.path.join(self.folder, "log"))
        took = time.monotonic() - began
        with open(f"/proc/{self.process.pid}/task/{self.process.pid}/children") as file:
            self.pid = int((file.read().split() or [self.process.pid])[0])
        return took

    def version(self):
        said = subprocess.run([self.program, "-v"], stderr=subprocess.PIPE, text=True).stderr
        return said.strip().rsplit("/", 1)[-1]
