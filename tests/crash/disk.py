"""A file system in an image that can lose its power, and the service on it.

The cut is the file system's own shutdown ioctl without a flush of its log: from then on nothing more reaches the
image, and the next mount replays what was there. A machine without power says nothing either: what the service still
answers between the cut and its end is not heard (some of it would be yes, for ext4 answers 0 to an fsync that was under
way when it was shut down).
"""
import fcntl
import os
import signal
import struct
import subprocess
import time

from wire import Place, Refused

SHUTDOWN = 0x8004587D  # _IOR('X', 125, __u32), the same on ext4 and xfs
WITHOUT_LOG_FLUSH = 2
STOPPED_BY_FSYNC = 74


def run(*command):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise Refused(f"{' '.join(command)}: {done.stdout.strip()}")


class Disk:
    def __init__(self, image, at):
        self.image, self.at = image, at

    def mount(self):
        run("mount", "-o", "loop,noatime", self.image, self.at)

    def unmount(self):
        """Once more while the kernel still lets go of a process that was killed."""
        for _ in range(100):
            try:
                return run("umount", self.at)
            except Refused as refusal:
                if "busy" not in str(refusal):
                    raise
                time.sleep(0.02)
        return run("umount", self.at)

    def cut(self):
        root = os.open(self.at, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.ioctl(root, SHUTDOWN, struct.pack("I", WITHOUT_LOG_FLUSH))
        finally:
            os.close(root)


class PlaceOnDisk(Place):
    """Killing it is a power cut: disk first, then the process, then the mount that replays the log."""

    def __init__(self, options):
        super().__init__(options)
        self.disk = Disk(options.image, options.mount)
        self.ends = {}  # how the service went: it may notice the cut and stop by itself

    def start(self):
        self.is_dark = False
        super().start()

    def kill(self):
        self.is_dark = True
        self.disk.cut()
        if self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()
        end = {-signal.SIGKILL: "killed", STOPPED_BY_FSYNC: "stopped by itself"}.get(
            self.process.returncode, f"ended with {self.process.returncode}")
        self.ends[end] = self.ends.get(end, 0) + 1
        self.disk.unmount()
        self.disk.mount()

    def ended(self):
        return "; " + ", ".join(f"{count} {end}" for end, count in sorted(self.ends.items()))
