#!/bin/sh
# What a restore costs the service: the CPU of planning, starting, redeeming and closing it, for a backup of 1 KB and
# one of 1 GB (or of RESTORE_LARGE_BYTES). Prints both; fails when the large one costs half as much again.
. "$(dirname "$0")/../support/service.sh"
need python3 age-keygen
[ -x "$BIN_DIR/tests/age_tool" ] || skip "age_tool is not built"
rounds=40
age-keygen -o "$WORK/customer.key" 2>/dev/null
age-keygen -o "$WORK/device.key" 2>/dev/null
customer=$(age-keygen -y "$WORK/customer.key")
device=$(age-keygen -y "$WORK/device.key")
[ "$(df --output=avail -k "$WORK" | tail -1)" -gt 6000000 ] || skip "less than 6 GB of room"
NIGHTSHIFT_BACKUP_MAX_BYTES=2000000000 NIGHTSHIFT_DISK_RESERVE_BYTES=0 service_start
ns backup move customer --recipient "$customer" >>"$WORK/cli.log" 2>&1 || die "no customer custody"
wait_for "[ \"\$(api GET /backup-custody | jq -r .custody)\" = customer ]" || die "custody did not move"

python3 - "$WORK" "$BIN_DIR/tests/age_tool" "$customer" "$device" "$rounds" "$SERVICE_PID" <<'END' || die "the measurement failed"
import base64, json, os, secrets, ssl, subprocess, sys, urllib.request

work, age_tool, customer, device, rounds, service = sys.argv[1:]
rounds = int(rounds)
url, tenant = os.environ["URL"], os.environ["TENANT"]
context = ssl.create_default_context(cafile=os.environ["CA"])
daemon = subprocess.run(["pgrep", "-P", service, "nightshiftd"], capture_output=True, text=True).stdout.split()
pid = daemon[0] if daemon else service


def ask(method, path, body=None, who="Bearer " + os.environ["ADMIN"], headers=None):
    data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, method=method,
                                     headers={"Authorization": who, "Content-Type": "application/json", **(headers or {})})
    with urllib.request.urlopen(request, context=context, timeout=300) as answer:
        text = answer.read()
        return answer.headers, json.loads(text) if text[:1] in (b"{", b"[") else text


def cpu_ms():
    """Of the service, all threads, as the kernel counts it."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat") as file:
            total += int(file.read().split()[0])
    return total / 1e6


def give(name, size):
    plain, sealed = f"{work}/{name}.plain", f"{work}/{name}.age"
    with open(plain, "wb") as file:
        for _ in range(size // 1000):
            file.write(os.urandom(1000))
    with open(plain, "rb") as source, open(sealed, "wb") as to:
        subprocess.run([age_tool, "seal", customer, device], stdin=source, stdout=to, check=True)
    os.unlink(plain)
    gateway = "GatewayToken " + os.environ["GATEWAY"]
    controller = f"/{tenant}/controller/v1/{name}"
    ask("GET", controller, who=gateway)
    ask("PUT", controller + "/configData", {"data": {"model": "MFP-3145", "serial": "SN-" + name}}, gateway)
    ask("PUT", controller + "/recipient", {"recipient": device}, gateway)
    told = {"trigger": "panel", "taken": "2026-09-02T10:15:00Z", "model": "MFP-3145", "serial": "SN-" + name,
            "firmware": "system=4.2.0", "categories": "panel-layout=1", "recipients": f"{customer} {device}"}
    metadata = ",".join(f"{k} {base64.b64encode(v.encode()).decode()}" for k, v in told.items())
    total = os.path.getsize(sealed)
    headers, _ = ask("POST", controller + "/backups", b"", gateway,
                     {"Tus-Resumable": "1.0.0", "Upload-Length": str(total), "Upload-Metadata": metadata})
    where, at = headers["Location"][len(url):], 0
    with open(sealed, "rb") as file:
        while at < total:
            piece = file.read(64 << 20)
            headers, _ = ask("PATCH", where, piece, gateway,
                             {"Tus-Resumable": "1.0.0", "Upload-Offset": str(at),
                              "Content-Type": "application/offset+octet-stream"})
            at += len(piece)
    os.unlink(sealed)
    return int(headers["Nightshift-Backup"]), total


def restore(name, backup, header):
    gateway = "GatewayToken " + os.environ["GATEWAY"]
    _, made = ask("POST", "/api/v1/restores", {"backup": backup, "device": name})
    digest = secrets.token_hex(32)
    path = f"/api/v1/restores/{made['id']}"
    ask("PUT", path + "/plan", {"digest": digest, "is_whole": True, "categories": "panel-layout", "counts": {"exact": 1}})
    _, started = ask("POST", path + "/start", {"digest": digest, "header": base64.b64encode(header).decode()})
    ask("POST", f"/{tenant}/controller/v1/{name}/restores/{made['id']}/redeem", {"nonce": secrets.token_hex(16)}, gateway)
    ask("POST", f"/{tenant}/controller/v1/{name}/deploymentBase/{started['action']}/feedback",
        {"id": str(started["action"]), "status": {"execution": "closed", "result": {"finished": "failure"},
                                                  "details": ["measured"]}}, gateway)


def measure(name, backup):
    _, header = ask("GET", f"/api/v1/backups/{backup}/header")
    header = subprocess.run([age_tool, "rewrap", "-i", f"{work}/customer.key", device], input=header,
                            capture_output=True, check=True).stdout
    restore(name, backup, header)
    before = cpu_ms()
    for _ in range(rounds):
        restore(name, backup, header)
    return (cpu_ms() - before) / rounds


small, small_size = give("small", 1000)
large, large_size = give("large", int(os.environ.get("RESTORE_LARGE_BYTES", "1000000000")))
costs = {name: sorted(measure(name, backup) for _ in range(3))[1] for name, backup in (("small", small), ("large", large))}
print(f"measured: a restore of {small_size} bytes costs {costs['small']:.2f} ms of CPU, "
      f"one of {large_size} bytes {costs['large']:.2f} ms (five requests each, TLS included)")
sys.exit(costs["large"] > 1.5 * costs["small"])
END
echo "ok: a large restore costs the service what one of 1 KB costs"
verdict
