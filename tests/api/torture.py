#!/usr/bin/env python3
"""Attacks an HTTP server of ours with raw bytes and says what it did.

    torture.py SERVER               starts tests/api/torture_server at SERVER in several settings, runs every probe
    torture.py --url http://HOST:PORT [--path /healthz]
                                    runs the probes that need nothing but one path that answers GET with 200

Prints a line a probe and closes with "N passed, N failed"; the exit status is 1 when a probe failed.
A probe is a function whose name is the claim; its argument is the running server.
"""
import argparse
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torture_generic
import torture_tls
from torture_client import WAIT, Client, eventually, get, post
from torture_generic import CHUNKED, LAST_CHUNK, answer_to, refused

BODY_MAX = 65536
PLAIN = ["--loops", "2", "--request_timeout_ms", "1500", "--stall_timeout_ms", "2000", "--drain_timeout_ms", "1500",
         "--body_bytes_max", str(BODY_MAX), "--connections_per_address_max", "1000"]
SUPPRESSIONS = Path(__file__).with_name("lsan.supp")


class Server:
    host = "127.0.0.1"
    path = "/hello"
    tls = None  # how to ask it for its counters

    def __init__(self, program, options):
        environment = dict(os.environ, LSAN_OPTIONS=f"suppressions={SUPPRESSIONS}:print_suppressions=0")
        self.process = subprocess.Popen([program, *options], stdout=subprocess.PIPE, env=environment)
        line = self.process.stdout.readline().decode()
        assert line.startswith("listening "), f"the server said {line!r}"
        self.port = int(line.split()[1])

    def memory_kib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))

    def counters(self):
        with Client(self, self.tls) as client:
            return json.loads(client.send(get("/counters")).reply().body)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=WAIT * 2)


class Elsewhere:
    """A server that somebody else runs."""

    def __init__(self, url, path):
        self.path = path
        self.host, self.port = re.fullmatch(r"http://([^:/]+):(\d+)/?", url).groups()


# ---- What torture_server shows of api/http.h ----

def sixty_four_headers_pass(server):
    assert answer_to(server, get("/hello", *[f"X-{i}: y" for i in range(63)])).status == 200


def a_path_with_a_leading_dot_passes(server):
    assert answer_to(server, get("/.well-known/hello")).status == 200


def unknown_paths_reach_the_application(server):
    assert answer_to(server, get("/nope?x=%20y")).status == 404


def every_kind_of_reply_arrives(server):
    wanted = {"/defer": b"deferred", "/thread": b"threaded", "/watch": b"watched", "/peer": b"127.0.0.1 0 0"}
    with Client(server) as client:
        client.send(b"".join(get(path) for path in wanted))
        assert [client.reply().body for _ in wanted] == list(wanted.values())


def status_204_and_304_have_no_body(server):
    with Client(server) as client:
        for status in (204, 304):
            reply = client.send(get(f"/status/{status}")).reply()
            assert reply.status == status and not {"content-length", "transfer-encoding"} & set(reply.headers)
        assert client.send(get("/hello")).reply().body == b"hello"


def reply_headers_cannot_be_split(server):
    reply = answer_to(server, get("/headers?q=1", "User-Agent: torture"))
    assert "x-split" not in reply.headers and "set-cookie" not in reply.headers
    assert reply.headers["x-good"] == "yes" and reply.headers["x-agent"] == "torture"
    assert reply.headers["x-host"] == "localhost" and reply.headers["x-query"] == "q=1"


def bodies_of_all_sizes_come_back(server):
    with Client(server, server.tls) as client:
        for size in (0, 1, 4095, 4096, 4097, 8169, 8170, 8171, 16384, 16385, BODY_MAX - 1, BODY_MAX):
            body = os.urandom(size)
            assert client.send(post("/echo", body)).reply().body == body, size


def a_body_that_comes_in_pieces_keeps_its_head(server):
    body = os.urandom(BODY_MAX)
    with Client(server) as client:
        request = post("/echo", body, "X-Late: yes")
        for start in range(0, len(request), 5000):
            client.send(request[start:start + 5000])
        assert client.reply().body == body


def chunked(body, size):
    pieces = (body[i:i + size] for i in range(0, len(body), size))
    return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces)


def chunked_bodies_and_trailers_are_read(server):
    body = os.urandom(30000)
    with Client(server) as client:
        for size in (1, 999, 30000):
            client.send(get("/echo", CHUNKED, method="POST") + chunked(body, size)
                        + b"0\r\nX-Trailer: y\r\n\r\n")
            assert client.reply().body == body
        client.send(get("/echo", "transfer-encoding: Chunked", method="POST") + b"3\r\nabc\r\n" + LAST_CHUNK)
        client.send(get("/hello"))
        assert [client.reply().body, client.reply().body] == [b"abc", b"hello"]


def the_guard_sees_the_head_behind_any_body(server):
    bad = ["X: y", " folded"]
    for request in (post("/echo", os.urandom(60000), *bad),
                    get("/echo", CHUNKED, *bad, method="POST") + chunked(b"a" * 60000, 7) + LAST_CHUNK):
        with Client(server) as client:
            client.send(post("/echo", b"first") + request + get("/hello"))
            assert client.reply().body == b"first"
            assert client.reply().status == 400
            assert client.is_closed()


def a_body_over_the_limit_is_413(server):
    whole = chunked(b"x" * (BODY_MAX + 1), 5000) + LAST_CHUNK
    refused(413, lambda path: [
        post("/echo", b"x" * (BODY_MAX + 1)), get("/echo", "Content-Length: 999999999", method="POST"),
        get("/echo", CHUNKED, method="POST") + whole])(server)


def expect_100_continue_is_answered(server):
    with Client(server) as client:
        client.send(get("/echo", "Content-Length: 3", "Expect: 100-continue", method="POST"))
        assert client.reply().status == 100
        assert client.send(b"abc").reply().body == b"abc"


def streams_arrive_whole(server):
    with Client(server) as client:
        body = client.send(get("/stream")).reply().body
        assert body == b"".join(bytes([97 + i % 26]) * 1000 for i in range(100))
        assert client.send(get("/stream", method="HEAD")).reply(head_only=True).status == 200
        assert client.send(get("/hello")).reply().body == b"hello"
    with Client(server) as client:
        old = client.send(b"GET /stream HTTP/1.0\r\n\r\n").reply()
        assert len(old.body) == 100000


def a_broken_stream_is_seen_to_be_broken(server):
    with Client(server) as client:
        client.send(get("/broken")).until(b"\r\n\r\n")
        assert not client.rest().endswith(LAST_CHUNK)


def a_stream_takes_no_more_than_its_limit(server):
    assert 200_000 < len(answer_to(server, get("/flood")).body) < 300_000


def a_client_that_leaves_a_stream_is_noticed(server):
    for path in ("/ticks", "/quiet"):
        before = server.counters()["gone"]
        with Client(server) as client:
            client.send(get(path)).until(b"\r\n\r\n")
        eventually(lambda: server.counters()["gone"] > before, 3)


def kept_bodies_are_released_once(server):
    before = server.counters()["released"]
    with Client(server) as client:
        assert len(client.send(get("/big")).reply().body) == 8 << 20
    with Client(server) as client:
        assert client.send(get("/big", method="HEAD")).reply(head_only=True).headers["content-length"] == str(8 << 20)
    with Client(server) as client:
        client.send(get("/big")).until(b"\r\n\r\n")
    eventually(lambda: server.counters()["released"] == before + 3)


def the_wait_for_a_stream_is_no_stall(server):
    with Client(server) as client:
        client.send(get("/quiet")).until(b"\r\n\r\n")
        client.until(b": quiet\n\n")
        client.socket.settimeout(4)
        try:
            assert client.more(), "closed while there was nothing to say"
        except TimeoutError:
            pass


def slowloris_is_closed(server):
    for start in (b"", b"GET /hello HTTP/1.1\r\nHost: a\r\n", post("/echo", b"x" * 100)[:-50]):
        with Client(server) as client:
            began = time.monotonic()
            client.send(start)
            assert client.is_closed()
            assert time.monotonic() - began < 3.5


def a_dripping_request_is_closed(server):
    with Client(server) as client:
        client.send(b"GET /hello HTTP/1.1\r\nHost: a\r\nX: ")
        client.socket.settimeout(0.2)
        end = time.monotonic() + 5
        while time.monotonic() < end:
            client.send(b"y")
            try:
                if not client.more():
                    return
            except TimeoutError:
                pass
        raise AssertionError("still open after five seconds")


def a_reader_that_does_not_read_is_closed(server):
    before = server.counters()["closed_stalled"]
    with Client(server) as client:
        client.send(get("/big"))
        eventually(lambda: server.counters()["closed_stalled"] > before)


def a_slow_but_honest_reader_is_served(server):
    with Client(server, receive_buffer=65536) as client:
        client.send(get("/big")).until(b"\r\n\r\n")
        for _ in range(8):
            client.exactly(1 << 20)
            time.sleep(0.8)  # in all much longer than the stall timeout


def what_comes_during_an_answer_is_asked_next(server):
    with Client(server) as client:
        for behind in (get("/hello"), get("/hello") * 2000):
            asked = server.counters()["requests"]
            client.send(get("/later"))
            eventually(lambda: server.counters()["requests"] > asked + 1)
            client.send(behind[:20])
            time.sleep(0.05)
            client.send(behind[20:])
            assert client.reply().body == b"deferred"
            for _ in range(behind.count(b"GET ")):
                assert client.reply().status == 200


def nonsense_during_an_answer_does_not_spoil_it(server):
    for nonsense in (b"\0\r\n\r\n", b"GET /hello HTTP/1.1\r\nHost\r\n\r\n"):
        with Client(server) as client:
            asked = server.counters()["requests"]
            client.send(get("/later"))
            eventually(lambda: server.counters()["requests"] > asked + 1)
            client.send(nonsense)
            assert client.reply().body == b"deferred"
            assert client.reply().status == 400 and client.is_closed()


def who_hangs_up_during_an_answer_takes_nobody_along(server):
    for _ in range(50):
        leaving = Client(server)
        leaving.send(get("/defer") + get("/hello"))
        leaving.socket.close()
        leaving = Client(server)
        leaving.send(get("/defer"))
        leaving.socket.close()
    assert answer_to(server, get("/defer")).body == b"deferred"


def a_long_wait_for_the_application_is_no_stall(server):
    with Client(server) as client:
        client.send(get("/never"))
        client.socket.settimeout(4)
        try:
            assert client.more(), "closed while the application was at work"
        except TimeoutError:
            pass


def heads_that_never_end_are_cut_off(server):
    began = time.monotonic()
    clients = [Client(server) for _ in range(60)]
    for client in clients:
        client.send(b"GET /hello HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 300_000)
    for client in clients:
        reply = client.reply()
        assert reply.status == 431 and reply.is_problem() and client.is_closed()
    assert time.monotonic() - began < 4
    assert server.counters()["refused_headers"] == 60


def a_slow_head_that_is_too_large_is_told_so(server):
    """Even if the sweep meets it half way, and the client sends on without looking."""
    with Client(server) as client:
        for piece in [get("/hello", "X: " + "y" * 300_000)[at:at + 20_000] for at in range(0, 300_000, 20_000)]:
            client.send(piece)
            time.sleep(0.1)
        assert client.reply().status == 431


def what_arrives_has_a_bound_together(server):
    """The server's bound is 4 MiB: a few large bodies that are slow in coming, and one small one among them."""
    def begin(size):
        return Client(server).send(get("/echo", f"Content-Length: {size + 1}", method="POST") + b"x" * size)

    small, large = begin(1000), [begin(900_000) for _ in range(8)]
    eventually(lambda: server.counters()["closed_greedy"] >= 8)
    for client in large:
        assert client.is_closed()
    assert small.send(b"x").reply().status == 200


def ten_thousand_connections_leave_nothing_behind(server):
    def hello():
        with Client(server) as client:
            assert client.send(get("/hello", "Connection: close")).reply().status == 200
            assert client.is_closed()

    for _ in range(500):
        hello()
    before = server.memory_kib()
    for _ in range(2000):
        hello()
    for _ in range(8000):
        Client(server).socket.close()
    eventually(lambda: (lambda c: c["connections_opened"] - c["connections_closed"] < 20)(server.counters()))
    grown = server.memory_kib() - before
    assert grown < 8192, f"{grown} KiB larger"


def large_heads_leave_no_memory_behind(server):
    request = get("/hello", "X: " + "y" * 390_000)
    assert answer_to(server, request).status == 431
    before = server.memory_kib()
    for _ in range(100):
        assert answer_to(server, request).status == 431
    grown = server.memory_kib() - before
    assert grown < 8192, f"{grown} KiB larger"


PLAIN_PROBES = [
    sixty_four_headers_pass, a_path_with_a_leading_dot_passes, unknown_paths_reach_the_application,
    every_kind_of_reply_arrives, status_204_and_304_have_no_body, reply_headers_cannot_be_split,
    bodies_of_all_sizes_come_back, a_body_that_comes_in_pieces_keeps_its_head, chunked_bodies_and_trailers_are_read,
    the_guard_sees_the_head_behind_any_body, a_body_over_the_limit_is_413, expect_100_continue_is_answered,
    streams_arrive_whole, a_broken_stream_is_seen_to_be_broken, a_stream_takes_no_more_than_its_limit,
    a_client_that_leaves_a_stream_is_noticed, the_wait_for_a_stream_is_no_stall,
    kept_bodies_are_released_once, slowloris_is_closed,
    a_dripping_request_is_closed, a_reader_that_does_not_read_is_closed, a_slow_but_honest_reader_is_served,
    what_comes_during_an_answer_is_asked_next, nonsense_during_an_answer_does_not_spoil_it,
    who_hangs_up_during_an_answer_takes_nobody_along, a_long_wait_for_the_application_is_no_stall,
    large_heads_leave_no_memory_behind, ten_thousand_connections_leave_nothing_behind,
]


# ---- Caps; the servers are otherwise as they come ----

def the_connection_too_many_gets_503(server):
    clients = [Client(server) for _ in range(4)]
    for client in clients:
        assert client.send(get("/hello")).reply().status == 200
    with Client(server) as fifth:
        reply = fifth.reply()
        assert reply.status == 503 and reply.is_problem() and fifth.is_closed()
    clients.pop().socket.close()
    eventually(lambda: (lambda client: client.send(get("/hello")).reply().status == 200)(Client(server)))


# ---- Draining; each probe has a server of its own, which it stops ----

def a_drain_finishes_what_runs(server):
    idle, busy = Client(server), Client(server)
    assert idle.send(get("/hello")).reply().status == 200
    asked = server.counters()["requests"]
    busy.send(get("/later"))
    eventually(lambda: server.counters()["requests"] > asked + 1)
    began = time.monotonic()
    assert server.stop() == 0 and time.monotonic() - began < 1.2, "it waited for more"
    reply = busy.reply()
    assert reply.body == b"deferred" and busy.is_closed() and idle.is_closed()


def a_drain_answers_for_the_silent(server):
    waiting, streaming = Client(server), Client(server)
    waiting.send(get("/never"))
    streaming.send(get("/ticks")).until(b"tick")
    assert server.stop() == 0
    assert waiting.reply().status == 503
    assert not streaming.rest().endswith(LAST_CHUNK)


def a_drained_server_lets_nobody_in(server):
    with Client(server) as waiting:
        waiting.send(get("/never"))
        server.process.send_signal(signal.SIGTERM)
        try:
            eventually(lambda: not Client(server))
        except (ConnectionRefusedError, ConnectionResetError):
            pass
        assert server.stop() == 0


# ---- Running ----

def run(name, probe, server):
    try:
        probe(server)
    except Exception as error:  # a probe that trips over something unforeseen has failed too
        print(f"FAIL {name}: {type(error).__name__}: {error}", flush=True)
        return False
    print(f"ok   {name}", flush=True)
    return True


def run_all(probes, server):
    results = []
    for probe in probes:
        name, function = probe if isinstance(probe, tuple) else (probe.__name__.replace("_", " "), probe)
        results.append(run(name, function, server))
    return results


def stops_cleanly(server):
    status = server.stop()
    assert status == 0, f"exit status {status}"


def run_until_stopped(server, probes):
    return run_all([*probes, ("it stops cleanly", stops_cleanly)], server)


def run_started(program, options, probes):
    return run_until_stopped(Server(program, options), probes)


def run_with_tls(program, folder):
    certificate, key = torture_tls.make_certificate(folder)
    server = Server(program, [*PLAIN, "--certificate", certificate, "--key", key, "--http2"])
    server.certificate = certificate
    server.tls = torture_tls.context(certificate)
    server.h2 = torture_tls.context(certificate, ("h2", "http/1.1"))
    return run_until_stopped(server, [bodies_of_all_sizes_come_back, *torture_tls.PROBES])


def run_program(program):
    results = run_started(program, PLAIN, [*torture_generic.PROBES, *PLAIN_PROBES])
    for cap in (["--connections_per_address_max", "4"], ["--connections_max", "4"]):
        results += run_started(program, cap, [the_connection_too_many_gets_503])
    patient = ["--request_timeout_ms", "60000", "--connections_per_address_max", "1000"]
    results += run_started(program, patient, [heads_that_never_end_are_cut_off,
                                              a_slow_head_that_is_too_large_is_told_so])
    narrow = ["--incoming_bytes_max", str(4 << 20), "--body_bytes_max", str(1 << 20), "--stall_timeout_ms", "60000"]
    results += run_started(program, narrow, [what_arrives_has_a_bound_together])
    for probe in (a_drain_finishes_what_runs, a_drain_answers_for_the_silent, a_drained_server_lets_nobody_in):
        results += run_all([probe], Server(program, PLAIN))
    with tempfile.TemporaryDirectory() as folder:
        results += run_with_tls(program, folder)
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", nargs="?")
    parser.add_argument("--url")
    parser.add_argument("--path", default="/healthz")
    arguments = parser.parse_args()
    if arguments.url:
        results = run_all(torture_generic.PROBES, Elsewhere(arguments.url, arguments.path))
    else:
        results = run_program(arguments.server)
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
