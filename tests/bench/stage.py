"""Where a bench happens: a folder on a real disk and the processes that it starts, all gone at the end.

Everything that writes does so below one folder, so that every engine is measured on the same disk. The folder lies in
/var/tmp, which outlives a reboot and so is no memory disk, and which the account that PostgreSQL runs under can reach.
"""
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

START_PATIENCE_S = 60
STOP_PATIENCE_S = 20
MEMORY_DISKS = {"tmpfs", "ramfs"}
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")


class Failure(Exception):
    """A sentence for whoever runs the bench."""


def unprivileged():
    """Keyword arguments that make a child run as somebody PostgreSQL accepts."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def output_of(*words, **more):
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise Failure(f"{words[0]} ended with {done.returncode}: {done.stderr.strip() or done.stdout.strip()}")
    return done.stdout


def wait_until(ready, what):
    deadline = time.monotonic() + START_PATIENCE_S
    while not ready():
        if time.monotonic() > deadline:
            raise Failure(f"{what} did not happen within {START_PATIENCE_S} s.")
        time.sleep(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(address):
    """Whether somebody listens at a (host, port) or at the path of a Unix socket."""
    family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
    with socket.socket(family) as probe:
        return probe.connect_ex(address if isinstance(address, tuple) else str(address)) == 0


def mount_of(folder):
    """Device, type and options of the file system that holds the folder."""
    best = ("", "?", "?", "?")
    for line in Path("/proc/mounts").read_text().splitlines():
        device, point, kind, options = line.split()[:4]
        if Path(point) in [folder, *folder.parents] and len(point) >= len(best[0]):
            best = (point, device, kind, options)
    return best[1:]


def process_tree(roots):
    """The fields of /proc/PID/stat behind the name, for each of these processes and everything below them."""
    found = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            found[int(entry.parent.name)] = entry.read_text().rpartition(")")[2].split()
        except OSError:
            continue

    def below(pid):
        while pid > 1 and pid not in roots:
            pid = int(found[pid][1]) if pid in found else 0
        return pid in roots

    return {pid: fields for pid, fields in found.items() if below(pid)}


def cpu_seconds(roots):
    """What these processes and everything below them have used so far, the ended children included."""
    return sum(int(field) for fields in process_tree(roots).values() for field in fields[11:15]) / TICKS_PER_SECOND


def memory_mib(roots, name):
    """Memory of their own, without files that are mapped, of the processes of that name below these."""
    total = 0
    for pid in process_tree(roots):
        try:
            status = Path(f"/proc/{pid}/status").read_text()
        except OSError:
            continue
        fields = dict(line.split(":", 1) for line in status.splitlines())
        if fields["Name"].strip() == name[:15]:
            total += int(fields.get("RssAnon", "0 kB").split()[0]) / 1024
    return total


class Growth:
    """How the memory of some programs goes on: noted now and then, told at the end."""

    def __init__(self, roots, *names):
        self.roots, self.names, self.seen = roots, names, []

    def note(self, count):
        before = self.seen[-1][0] if self.seen else 0
        self.seen.append((before + count, [memory_mib(self.roots, name) for name in self.names]))

    def sentence(self, what):
        (early, first), (late, last) = self.seen[0], self.seen[-1]
        sizes = ", ".join(f"{name} {one:.0f} and {other:.0f} MiB" for name, one, other in zip(self.names, first, last))
        return f"Memory of their own after {early:,} {what} and after {late:,}: {sizes}."


class Stage:
    def __init__(self, build):
        self.build = Path(build).resolve()
        self.folder = Path(tempfile.mkdtemp(prefix="orrery-bench-", dir="/var/tmp"))
        self.processes = []

    def __enter__(self):
        self.folder.chmod(0o711)
        if mount_of(self.folder)[1] in MEMORY_DISKS:
            raise Failure(f"{self.folder} lies in memory: how fast it syncs says nothing about a disk.")
        return self

    def __exit__(self, *_):
        for process in reversed(self.processes):
            self.stop(process)
        shutil.rmtree(self.folder, ignore_errors=True)

    def place(self, name, **owner):
        """A fresh folder, given to the account when there is one."""
        path = self.folder / name
        path.mkdir()
        if owner:
            os.chown(path, owner["user"], owner["group"])
        return path

    def start(self, *words, environment=None, **more):
        log = open(self.folder / f"{Path(words[0]).name}.log", "ab")
        more.setdefault("cwd", self.folder)
        process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   env=dict(os.environ, **(environment or {})), **more)
        log.close()
        self.processes.append(process)
        return process

    def start_and_wait(self, *words, ready, **more):
        process = self.start(*words, **more)
        name = Path(words[0]).name

        def up():
            if process.poll() is not None:
                raise Failure(f"{name} ended at once:\n{(self.folder / f'{name}.log').read_text()[-2000:]}")
            return ready()

        wait_until(up, f"The start of {name}")
        return process

    def stop(self, process, how=signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(STOP_PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def built(self, name):
        path = self.build / name
        if not path.exists():
            raise Failure(f"{path} is missing: build first.")
        return path


def end_on_signals():
    """Ends by way of the stage's end, so that nothing stays behind."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(1))
