"""tools/bench: the service against nginx. Arguments, the order of things, exit codes."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time

import bench as benches
import cases
import fleet
import page
import report
import servers

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PACKAGES = "wrk python3 openssl iproute2 util-linux age curl jq"
INSIDE = "BENCH_PROGRAMS"  # set once this process runs in a network of its own

ABOUT = """Measures the service against Debian's nginx: same file, same certificate, same cipher
(TLS 1.3, AES-128-GCM), one worker each, server on one CPU and client on the other, both up at once,
in alternating rounds. Believe the ratios (drift about 10 %), not the absolute figures (up to 40 %).
It measures what else runs on the machine, too: run it when the machine is quiet."""

AFTER = """The first run installs Debian packages and builds the release tree. Exit 0: measured; 1: something
failed, or with --gate a goal was missed; 2: misused."""


def parse_arguments():
    parser = argparse.ArgumentParser(prog="tools/bench", description=ABOUT, epilog=AFTER)
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds: about five minutes, wider spread")
    parser.add_argument("--json", metavar="FILE", help="write every figure there; - is standard output")
    parser.add_argument("--html", metavar="FILE", help="write a report with plots there")
    parser.add_argument("--soak", metavar="FILE", help="what tools/bench soak --json wrote: drawn in the report, too")
    parser.add_argument("--only", metavar="NAME", action="append", choices=cases.NAMES,
                        help="only this part (may be repeated): " + ", ".join(cases.NAMES))
    parser.add_argument("--rounds", type=int, metavar="N", help="rounds of each part [9, quick 3]")
    parser.add_argument("--gate", action="store_true", help="exit 1 when a goal is missed")
    parser.add_argument("--programs", metavar="DIR", help="measure these programs instead of building them")
    parser.add_argument("--keep", action="store_true", help="leave the working folder, say where it is")
    arguments = parser.parse_args()
    if arguments.rounds is not None and not 1 <= arguments.rounds <= 1000:
        parser.error("--rounds takes 1 to 1000")
    return arguments


def say(text):
    print(text, file=sys.stderr, flush=True)


def prepare(arguments):
    """Packages and programs, by the functions every script here shares."""
    script = f'. "{ROOT}/tools/lib/setup.sh"; install_packages {PACKAGES}\n' \
             'command -v nginx >/dev/null || [ -x /usr/sbin/nginx ] || install_packages nginx-light\n'
    if not arguments.programs:
        script += 'install_packages $packages_build; build release nightshift nightshiftd age_tool; echo "$build_root/release"\n'
    done = subprocess.run(["sh", "-euc", script, os.path.join(ROOT, "tools", "bench")], stdout=subprocess.PIPE, text=True)
    if done.returncode:
        raise servers.Failure("packages or programs could not be made ready")
    programs = os.path.abspath(arguments.programs or done.stdout.split()[-1])
    for name in ("nightshift", "nightshiftd"):
        if not os.access(os.path.join(programs, name), os.X_OK):
            raise servers.Failure(f"there is no program {name} in {programs}")
    return programs


def enter_own_network(programs):
    """Starts this again with a loopback that nobody else uses: what passes it is what the server sent."""
    for unshare in (["unshare", "-n"], ["unshare", "-rn"]):
        if subprocess.run(unshare + ["true"], stderr=subprocess.DEVNULL).returncode == 0:
            os.environ[INSIDE] = programs
            os.execvp("unshare", unshare + [sys.executable, "-B"] + sys.argv)
    say("warning: no network of its own; other traffic on the loopback would be counted as downloaded")
    os.environ[INSIDE] = programs


def set_up_network():
    """Loopback up; Debian's congestion control, whatever this machine booted with."""
    if subprocess.run(["ip", "link", "set", "lo", "up"], stderr=subprocess.DEVNULL).returncode:
        return
    for net in ("127.0.0.0/8", "127.0.0.1"):
        subprocess.run(["ip", "route", "replace", "local", net, "dev", "lo", "table", "local", "proto", "kernel",
                        "scope", "host", "src", "127.0.0.1", "congctl", "cubic"], stderr=subprocess.DEVNULL)


def measure(arguments, work, programs):
    began = time.monotonic()
    plan = benches.Plan(arguments.quick, arguments.rounds)
    results, failed = report.Results(arguments.quick, plan.rounds), []
    say(f"making a service, its release and its devices in {work}")
    folders = fleet.make(programs, work, plan.file_bytes)
    with benches.Bench(plan, work, programs, folders, results, say) as bench:
        bench.check()
        for name in arguments.only or cases.NAMES:
            run, about = cases.PARTS[name]
            say(f"{time.monotonic() - began:4.0f} s  {name}: {about}")
            try:
                run(bench)
            except (servers.Failure, OSError) as failure:  # the others are measured all the same
                failed.append(f"{name}: {failure}")
                say(f"tools/bench: {failed[-1]}")
    results.close(time.monotonic() - began)
    return results, failed


def main():
    arguments = parse_arguments()
    if INSIDE not in os.environ:
        enter_own_network(prepare(arguments))
    programs = os.environ[INSIDE]
    for name in [name for name in os.environ if name.startswith("NIGHTSHIFT_")]:
        del os.environ[name]  # settings of the caller's own service
    set_up_network()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    work = tempfile.mkdtemp(prefix="nightshift-bench-")
    try:
        results, failed = measure(arguments, work, programs)
    finally:
        if arguments.keep:
            say(f"kept: {work}")
        else:
            shutil.rmtree(work, ignore_errors=True)
    print(results.table(), file=sys.stderr if arguments.json == "-" else sys.stdout)
    if arguments.json:
        results.write(arguments.json)
    if arguments.html:
        page.write(arguments.html, results, arguments.soak)
    for failure in failed:
        say(f"not measured: {failure}")
    return 1 if failed or (arguments.gate and results.missed()) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (servers.Failure, OSError) as failure:
        say(f"tools/bench: {failure}")
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(1)
