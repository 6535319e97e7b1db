#!/usr/bin/env python3
"""A private PostgreSQL cluster for a test.

    cluster.py run PROGRAM     make and start one, run the program with it, throw it away; its exit code is ours
    cluster.py start FOLDER    what the program itself uses, to let it vanish and come back
    cluster.py stop FOLDER

The program finds ORRERY_PG (how to connect, as a superuser), ORRERY_TEST_CLUSTER (the folder with every file of it) and
ORRERY_TEST_CLUSTER_CONTROL (a command line that wants "start" or "stop" behind it) in its environment.
The cluster is set up as `orrery up` does it: no TCP, and no recycling of the write-ahead log. Without fsync, for speed.
PostgreSQL does not run as root; then it runs as the user postgres.
"""
import os
import pwd
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

SETTINGS = "-c listen_addresses= -c fsync=off -c wal_recycle=off -c log_min_messages=error -c max_wal_senders=0"


def program(name):
    folder = subprocess.run(["pg_config", "--bindir"], check=True, capture_output=True, text=True).stdout.strip()
    return str(Path(folder) / name)


def owner():
    """Keyword arguments that make a child run as somebody PostgreSQL accepts."""
    if os.getuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def quietly(*words, check=True):
    return subprocess.run(words, check=check, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, **owner())


def start(folder):
    quietly(program("pg_ctl"), "-D", f"{folder}/data", "-w", "-l", f"{folder}/log", "-o", f"-k {folder} {SETTINGS}",
            "start")


def stop(folder, check=True):
    quietly(program("pg_ctl"), "-D", f"{folder}/data", "-w", "-m", "immediate", "stop", check=check)


def run(test):
    folder = tempfile.mkdtemp(prefix="orrery-pg-")
    try:
        if os.getuid() == 0:
            os.chown(folder, owner()["user"], owner()["group"])
        quietly(program("initdb"), "-D", f"{folder}/data", "-U", "app", "-A", "trust", "--no-sync", "--no-locale",
                "-E", "UTF8")
        start(folder)
        control = f"{shlex.quote(sys.executable)} {shlex.quote(os.path.abspath(__file__))}"
        environment = dict(os.environ, ORRERY_PG=f"host={folder} user=app dbname=postgres", ORRERY_TEST_CLUSTER=folder,
                           ORRERY_TEST_CLUSTER_CONTROL=control)
        return subprocess.run([test], env=environment).returncode
    finally:
        stop(folder, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    verb, what = sys.argv[1:]
    if verb == "run":
        sys.exit(run(what))
    {"start": start, "stop": stop}[verb](what)


main()
