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

import torture_tls
from torture_client import WAIT, Client, eventually, get, post

BODY_MAX = 65536
PLAIN = ["--loops", "2", "--request_timeout_ms", "1500", "--stall_timeout_ms", "2000", "--drain_timeout_ms", "1500",
         "--body_bytes_max", str(BODY_MAX), "--connections_per_address_max", "1000"]
SUPPRESSIONS = Path(__file__).with_name("lsan.supp")


class Server:
    host = "127.0.0.1"

    def __init__(self, program, options):
        environment = dict(os.environ, LSAN_OPTIONS=f"suppressions={SUPPRESSIONS}:print_suppressions=0")
        self.process = subprocess.Popen([program, *options], stdout=subprocess.PIPE, env=environment)
        line = self.process.stdout.readline().decode()
        assert line.startswith("listening "), f"the server said {line!r}"
        self.port = int(line.split()[1])

    def memory_kib(self):
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status).group(1))

    def counters(self, tls=None):
        with Client(self, tls) as client:
            return json.loads(client.send(get("/counters")).reply().body)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=WAIT * 2)


class Elsewhere:
    """A server that somebody else runs."""

    def __init__(self, url):
        self.host, self.port = re.fullmatch(r"http://([^:/]+):(\d+)/?", url).groups()


def answer_to(server, data):
    with Client(server) as client:
        return client.send(data).reply()


def refused(status, *requests):
    """A probe: each request gets this status as a problem, and the connection ends with it."""
    def run(server):
        for request in requests:
            with Client(server) as client:
                reply = client.send(request).reply()
                assert reply.status == status, f"{reply.status} for {request[:90]!r}"
                assert reply.is_problem(), f"not a problem: {reply.body[:80]!r}"
                assert reply.headers["connection"] == "close" and reply.headers["server"] == "orrery"
                assert client.is_closed(), f"still open after {request[:90]!r}"
    return run


PATH = "/hello"


# ---- What any server of ours must do; needs only PATH ----

def generic_probes():
    path = PATH
    smuggled = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    def a_plain_request_is_answered(server):
        reply = answer_to(server, get(path))
        assert reply.status == 200 and reply.headers["server"] == "orrery", reply.status

    def http_1_0_needs_no_host_and_is_closed(server):
        with Client(server) as client:
            assert client.send(f"GET {path} HTTP/1.0\r\n\r\n".encode()).reply().status == 200
            assert client.is_closed()

    def head_has_the_length_and_no_body(server):
        with Client(server) as client:
            whole = client.send(get(path)).reply()
            head = client.send(get(path, method="HEAD")).reply(head_only=True)
            assert head.headers["content-length"] == str(len(whole.body))
            assert client.send(get(path)).reply().status == 200

    def pipelined_requests_are_answered_in_order(server):
        with Client(server) as client:
            client.send(get(path) * 3)
            assert [client.reply().status for _ in range(3)] == [200] * 3

    def one_empty_line_before_a_request_is_skipped(server):
        assert answer_to(server, b"\r\n" + get(path)).status == 200

    def nothing_behind_a_refusal_is_answered(server):
        for bad in (get(path, "Content-Length: 5", "Transfer-Encoding: chunked", method="POST") + b"0\r\n\r\n",
                    get(path, "Content-Length: 0", "Content-Length: 30", method="POST"), get("//")):
            with Client(server) as client:
                assert client.send(bad + smuggled).reply().status == 400
                assert client.is_closed()

    def no_request_at_all_is_400(server):
        for noise in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"GET\r\n\r\n", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
                      get(path).replace(b"HTTP/1.1", b"HTTQ/1.1"), get(path, *[f"X-{i}: y" for i in range(200)]),
                      get(path, "X: a\0b"), get(path, "X: a\rb"), get(path, "X : y"), get(path, "nocolon")):
            with Client(server) as client:
                assert client.send(noise).reply().status == 400, noise[:60]
                assert client.is_closed()

    def upgrade_to_http2_is_ignored(server):
        reply = answer_to(server, get(path, "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAAA"))
        assert reply.status == 200

    def a_cut_off_request_does_no_harm(server):
        for size in range(1, len(get(path)), 7):
            with Client(server) as client:
                client.send(get(path)[:size])
        assert answer_to(server, get(path)).status == 200

    def line(text):
        return text.encode("latin-1") + b"\r\nHost: localhost\r\n\r\n"

    return [
        a_plain_request_is_answered, http_1_0_needs_no_host_and_is_closed, head_has_the_length_and_no_body,
        pipelined_requests_are_answered_in_order, one_empty_line_before_a_request_is_skipped,
        nothing_behind_a_refusal_is_answered, no_request_at_all_is_400, upgrade_to_http2_is_ignored,
        a_cut_off_request_does_no_harm,
        ("two content-lengths are refused", refused(
            400, get(path, "Content-Length: 0", "Content-Length: 1", method="POST") + b"x",
            get(path, "Content-Length: 1", "Content-Length: 1", method="POST") + b"x")),
        ("content-length with transfer-encoding is refused", refused(
            400, get(path, "Content-Length: 5", "Transfer-Encoding: chunked", method="POST") + b"0\r\n\r\n",
            get(path, "Transfer-Encoding: chunked", "Content-Length: 5", method="POST") + b"0\r\n\r\n")),
        ("a transfer-encoding other than one chunked is refused", refused(400, *(
            get(path, f"Transfer-Encoding: {coding}", method="POST") + b"0\r\n\r\n"
            for coding in ("gzip, chunked", "xchunked", "chunked, chunked", "identity", "", "chunked;q=1")),
            get(path, "Transfer-Encoding: chunked", "Transfer-Encoding: chunked", method="POST") + b"0\r\n\r\n",
            get(path, "Transfer-Encoding: chunked", method="POST").replace(b"/1.1", b"/1.0") + b"0\r\n\r\n")),
        ("a content-length that is no number is refused", refused(400, *(
            get(path, f"Content-Length: {length}", method="POST") + b"xxxxxx"
            for length in ("+6", "-1", "0x6", "6, 6", "", "6 6", "99999999999999999999999")))),
        ("folded headers are refused", refused(400, get(path, "X: a", " b"), get(path, "X: a", "\tb"))),
        ("a missing, empty, second or odd host is refused", refused(
            400, get(path, host=False), get(path, "Host: other"), get(path, "Host: ", host=False),
            get(path, "Host: a b", host=False), get(path, "Host: u@h", host=False), get(path, "Host: a/b", host=False))),
        ("bare line feeds are refused", refused(
            400, get(path).replace(b"\r\n", b"\n"), get(path, "X: y").replace(b"y\r\n", b"y\n"),
            get(path)[:-2] + b"\n")),
        ("another version is 505", refused(505, get(path).replace(b"/1.1", b"/1.2"), get(path).replace(b"/1.1", b"/1.9"))),
        ("only a path is a target", refused(
            400, line(f"GET http://localhost{path} HTTP/1.1"), line("CONNECT localhost:80 HTTP/1.1"),
            line("OPTIONS * HTTP/1.1"), line("GET hello HTTP/1.1"), line("GET ?a HTTP/1.1"))),
        ("a path that needs normalising is refused", refused(
            400, *(get(target) for target in (
                "/a/../b", "/..", "/../../etc/passwd", "/a/./b", "/.", "//", path + "//", "/a//b", "/a%2fb", "/%68ello",
                "/%2e%2e/x", "/a%", "/a%zz", "/a\\b", path + "#x", "/caf\xe9", '/"', "/<a>", "/%00", "/x?%", "/x?%g1")))),
        ("bad methods are refused", refused(400, line(f"G(T {path} HTTP/1.1"), line(f"G@T {path} HTTP/1.1"),
                                            line(f"{'A' * 40} {path} HTTP/1.1"))),
        ("a target over 8 KiB is 414", refused(414, get("/" + "a" * 8192), get(path + "?" + "a" * 9000))),
        ("too many or too large headers are 431", refused(
            431, get(path, *[f"X-{i}: y" for i in range(64)]), get(path, "X: " + "y" * 17000),
            get(path, *[f"X-{i}: {'y' * 600}" for i in range(30)]), get(path, "X: " + "y" * 100000))),
        ("headers that mean something once are refused twice", refused(
            400, get(path, "Authorization: a", "Authorization: b"), get(path, "Idempotency-Key: a", "idempotency-key: a"))),
        ("an unknown expectation is 417", refused(417, get(path, "Expect: miracles", "Content-Length: 1", method="POST"))),
        ("broken chunks are refused", refused(
            400, *(get(path, "Transfer-Encoding: chunked", method="POST") + body
                   for body in (b"x\r\n", b"-1\r\n", b"fffffffffffffffff\r\n", b"1\r\nab\r\n0\r\n\r\n")))),
    ]


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


def bodies_of_all_sizes_come_back(server, tls=None):
    with Client(server, tls) as client:
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
            client.send(get("/echo", "Transfer-Encoding: chunked", method="POST") + chunked(body, size)
                        + b"0\r\nX-Trailer: y\r\n\r\n")
            assert client.reply().body == body
        client.send(get("/echo", "transfer-encoding: Chunked", method="POST") + b"3\r\nabc\r\n0\r\n\r\n" + get("/hello"))
        assert [client.reply().body, client.reply().body] == [b"abc", b"hello"]


def the_guard_sees_the_head_behind_any_body(server):
    bad = ["X: y", " folded"]
    for request in (post("/echo", os.urandom(60000), *bad),
                    get("/echo", "Transfer-Encoding: chunked", *bad, method="POST") + chunked(b"a" * 60000, 7) + b"0\r\n\r\n"):
        with Client(server) as client:
            client.send(post("/echo", b"first") + request + get("/hello"))
            assert client.reply().body == b"first"
            assert client.reply().status == 400
            assert client.is_closed()


def a_body_over_the_limit_is_413(server):
    refused(413, post("/echo", b"x" * (BODY_MAX + 1)), get("/echo", "Content-Length: 999999999", method="POST"),
            get("/echo", "Transfer-Encoding: chunked", method="POST") + chunked(b"x" * (BODY_MAX + 1), 5000) + b"0\r\n\r\n",
            )(server)


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
        assert not client.rest().endswith(b"0\r\n\r\n")


def a_stream_takes_no_more_than_its_limit(server):
    assert 200_000 < len(answer_to(server, get("/flood")).body) < 300_000


def a_client_that_leaves_a_stream_is_noticed(server):
    before = server.counters()["gone"]
    with Client(server) as client:
        client.send(get("/ticks")).until(b"tick")
    eventually(lambda: server.counters()["gone"] > before)


def kept_bodies_are_released_once(server):
    before = server.counters()["released"]
    with Client(server) as client:
        assert len(client.send(get("/big")).reply().body) == 8 << 20
        assert client.send(get("/big", method="HEAD")).reply(head_only=True).headers["content-length"] == str(8 << 20)
    with Client(server) as client:
        client.send(get("/big")).until(b"\r\n\r\n")
    eventually(lambda: server.counters()["released"] == before + 3)


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
    with Client(server) as client:
        client.send(get("/big")).until(b"\r\n\r\n")
        got = len(client.pending)
        client.pending = b""
        while got < 8 << 20:
            got += len(client.exactly(min(1 << 20, (8 << 20) - got)))
            time.sleep(0.4)  # in all longer than the stall timeout


def a_long_wait_for_the_application_is_no_stall(server):
    with Client(server) as client:
        client.send(get("/never"))
        client.socket.settimeout(4)
        try:
            assert client.more(), "closed while the application was at work"
        except TimeoutError:
            pass


def heads_that_never_end_are_cut_off(server):
    before, count = server.counters(), 60
    clients = [Client(server) for _ in range(count)]
    for client in clients:
        client.send(b"GET /hello HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 300_000)
    eventually(lambda: server.counters()["connections_closed"] >= before["connections_closed"] + count, 4)
    for client in clients:
        client.socket.close()


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
    a_client_that_leaves_a_stream_is_noticed, kept_bodies_are_released_once, slowloris_is_closed,
    a_dripping_request_is_closed, a_reader_that_does_not_read_is_closed, a_slow_but_honest_reader_is_served,
    a_long_wait_for_the_application_is_no_stall, heads_that_never_end_are_cut_off, large_heads_leave_no_memory_behind,
    ten_thousand_connections_leave_nothing_behind,
]


# ---- Caps ----

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
    busy.send(get("/defer"))
    began = time.monotonic()
    assert server.stop() == 0 and time.monotonic() - began < 1.2, "it waited for more than the reply"
    reply = busy.reply()
    assert reply.body == b"deferred" and busy.is_closed() and idle.is_closed()


def a_drain_answers_for_the_silent(server):
    waiting, streaming = Client(server), Client(server)
    waiting.send(get("/never"))
    streaming.send(get("/ticks")).until(b"tick")
    assert server.stop() == 0
    assert waiting.reply().status == 503
    assert not streaming.rest().endswith(b"0\r\n\r\n")


def a_drained_server_lets_nobody_in(server):
    with Client(server) as waiting:
        waiting.send(get("/never"))
        server.process.send_signal(signal.SIGTERM)
        try:
            eventually(lambda: not Client(server))
        except ConnectionRefusedError:
            pass
        assert server.stop() == 0


# ---- TLS and HTTP/2 ----

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


def run_started(program, options, probes):
    server = Server(program, options)
    return run_all([*probes, ("it stops cleanly", stops_cleanly)], server)


def run_with_tls(program, folder):
    certificate, key = torture_tls.make_certificate(folder)
    options = [*PLAIN, "--certificate", certificate, "--key", key, "--http2"]
    return run_started(program, options, torture_tls.probes(certificate, bodies_of_all_sizes_come_back))


def run_program(program):
    results = run_started(program, PLAIN, [*generic_probes(), *PLAIN_PROBES])
    for cap in (["--connections_per_address_max", "4"], ["--connections_max", "4"]):
        results += run_started(program, cap, [the_connection_too_many_gets_503])
    for probe in (a_drain_finishes_what_runs, a_drain_answers_for_the_silent, a_drained_server_lets_nobody_in):
        results += run_all([probe], Server(program, PLAIN))
    with tempfile.TemporaryDirectory() as folder:
        results += run_with_tls(program, folder)
    return results


def main():
    global PATH
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("server", nargs="?")
    parser.add_argument("--url")
    parser.add_argument("--path", default="/healthz")
    arguments = parser.parse_args()
    if arguments.url:
        PATH = arguments.path
        results = run_all(generic_probes(), Elsewhere(arguments.url))
    else:
        results = run_program(arguments.server)
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
