"""What a figure was measured on, for whoever reads it later."""
import os
import platform
import subprocess
from pathlib import Path

import stage


def cpu_model():
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def memory_gib():
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def write_cache(device):
    """As the kernel believes it to be: "write back" means that a sync has to flush it."""
    name = Path(os.path.realpath(device)).name
    for candidate in (name, name.rstrip("0123456789"), name.rstrip("0123456789").removesuffix("p")):
        path = Path("/sys/block") / candidate / "queue/write_cache"
        if path.exists():
            return path.read_text().strip()
    return "unknown"


def version(*words):
    """The first line of what a program says of itself."""
    try:
        done = subprocess.run(words, capture_output=True, text=True)
    except OSError:
        return "missing"
    return ((done.stdout or done.stderr).strip().splitlines() or ["?"])[0]


def describe(folder):
    device, kind, options = stage.mount_of(folder)
    return [f"CPU: {cpu_model()}, {os.cpu_count()} logical; memory {memory_gib():.0f} GiB; "
            f"{platform.system()} {platform.release()}; load average at the end {os.getloadavg()[0]:.1f}",
            f"Disk: {device}, {kind} ({options}), write cache: {write_cache(device)}"]
