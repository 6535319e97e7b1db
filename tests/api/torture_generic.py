"""The part of torture.py that any HTTP server of ours must stand: it needs one path that answers GET with 200.
server.path names it."""
from torture_client import Client, get

CHUNKED = "Transfer-Encoding: chunked"
LAST_CHUNK = b"0\r\n\r\n"


def answer_to(server, data):
    with Client(server) as client:
        return client.send(data).reply()


def refused(status, requests):
    """A probe: each of requests(path) gets this status as a problem, and the connection ends with it."""
    def run(server):
        for request in requests(server.path):
            with Client(server) as client:
                reply = client.send(request).reply()
                assert reply.status == status, f"{reply.status} for {request[:90]!r}"
                assert reply.is_problem(), f"not a problem: {reply.body[:80]!r}"
                assert reply.headers["connection"] == "close" and reply.headers["server"] == "orrery"
                assert client.is_closed(), f"still open after {request[:90]!r}"
    return run


def a_plain_request_is_answered(server):
    reply = answer_to(server, get(server.path))
    assert reply.status == 200 and reply.headers["server"] == "orrery", reply.status


def http_1_0_needs_no_host_and_is_closed(server):
    with Client(server) as client:
        assert client.send(f"GET {server.path} HTTP/1.0\r\n\r\n".encode()).reply().status == 200
        assert client.is_closed()


def head_has_the_length_and_no_body(server):
    with Client(server) as client:
        whole = client.send(get(server.path)).reply()
        head = client.send(get(server.path, method="HEAD")).reply(head_only=True)
        assert head.headers["content-length"] == str(len(whole.body))
        assert client.send(get(server.path)).reply().status == 200


def pipelined_requests_are_answered_in_order(server):
    with Client(server) as client:
        client.send(get(server.path) * 3)
        assert [client.reply().status for _ in range(3)] == [200] * 3


def one_empty_line_before_a_request_is_skipped(server):
    assert answer_to(server, b"\r\n" + get(server.path)).status == 200


def nothing_behind_a_refusal_is_answered(server):
    smuggled = get(server.path)
    for bad in (get(server.path, "Content-Length: 5", CHUNKED, method="POST") + b"0\r\n\r\n",
                get(server.path, "Content-Length: 0", "Content-Length: 30", method="POST"), get("//")):
        with Client(server) as client:
            assert client.send(bad + smuggled).reply().status == 400
            assert client.is_closed()


def no_request_at_all_is_400(server):
    lines = ("X: a\0b", "X: a\rb", "X : y", "nocolon")
    for noise in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", b"GET\r\n\r\n",
                  b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", get(server.path).replace(b"HTTP/1.1", b"HTTQ/1.1"),
                  get(server.path, *[f"X-{i}: y" for i in range(200)]), *(get(server.path, line) for line in lines)):
        with Client(server) as client:
            assert client.send(noise).reply().status == 400, noise[:60]
            assert client.is_closed()


def upgrade_to_http2_is_ignored(server):
    asks = ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAAA"]
    reply = answer_to(server, get(server.path, *asks))
    assert reply.status == 200


def a_cut_off_request_does_no_harm(server):
    for size in range(1, len(get(server.path)), 7):
        with Client(server) as client:
            client.send(get(server.path)[:size])
    assert answer_to(server, get(server.path)).status == 200


# ---- What must be refused: requests that two readers could read in two ways ----

def with_chunks(path, *headers):
    return get(path, *headers, method="POST") + LAST_CHUNK


def first_line(text):
    return text.encode("latin-1") + b"\r\nHost: localhost\r\n\r\n"


def two_lengths(path):
    return [get(path, "Content-Length: 0", "Content-Length: 1", method="POST") + b"x",
            get(path, "Content-Length: 1", "Content-Length: 1", method="POST") + b"x"]


def length_and_encoding(path):
    return [with_chunks(path, "Content-Length: 5", CHUNKED), with_chunks(path, CHUNKED, "Content-Length: 5")]


def other_encodings(path):
    codings = ("gzip, chunked", "xchunked", "chunked, chunked", "identity", "", "chunked;q=1")
    return [*(with_chunks(path, f"Transfer-Encoding: {coding}") for coding in codings),
            with_chunks(path, CHUNKED, CHUNKED), with_chunks(path, CHUNKED).replace(b"/1.1", b"/1.0")]


def odd_lengths(path):
    lengths = ("+6", "-1", "0x6", "6, 6", "", "6 6", "99999999999999999999999")
    return [get(path, f"Content-Length: {length}", method="POST") + b"xxxxxx" for length in lengths]


def folded_headers(path):
    return [get(path, "X: a", " b"), get(path, "X: a", "\tb")]


def odd_hosts(path):
    hosts = ("Host: ", "Host: a b", "Host: u@h", "Host: a/b")
    return [get(path, host=False), get(path, "Host: other"), *(get(path, host, host=False) for host in hosts)]


def bare_line_feeds(path):
    return [get(path).replace(b"\r\n", b"\n"), get(path, "X: y").replace(b"y\r\n", b"y\n"), get(path)[:-2] + b"\n"]


def other_versions(path):
    return [get(path).replace(b"/1.1", b"/1.2"), get(path).replace(b"/1.1", b"/1.9")]


def other_targets(path):
    return [first_line(f"GET http://localhost{path} HTTP/1.1"), first_line("CONNECT localhost:80 HTTP/1.1"),
            first_line("OPTIONS * HTTP/1.1"), first_line("GET hello HTTP/1.1"), first_line("GET ?a HTTP/1.1")]


def other_spellings(path):
    return [get(target) for target in (
        "/a/../b", "/..", "/../../etc/passwd", "/a/./b", "/.", "//", path + "//", "/a//b", "/a%2fb", "/%68ello",
        "/%2e%2e/x", "/a%", "/a%zz", "/a\\b", path + "#x", "/caf\xe9", '/"', "/<a>", "/%00", "/x?%", "/x?%g1")]


def odd_methods(path):
    return [first_line(f"{method} {path} HTTP/1.1") for method in ("G(T", "G@T", "A" * 40)]


def long_targets(path):
    return [get("/" + "a" * 8192), get(path + "?" + "a" * 9000)]


def large_headers(path):
    return [get(path, *[f"X-{i}: y" for i in range(64)]), get(path, "X: " + "y" * 17000),
            get(path, *[f"X-{i}: {'y' * 600}" for i in range(30)]), get(path, "X: " + "y" * 100000)]


def repeated_headers(path):
    return [get(path, "Authorization: a", "Authorization: b"), get(path, "Idempotency-Key: a", "idempotency-key: a")]


def odd_expectations(path):
    return [get(path, "Expect: miracles", "Content-Length: 1", method="POST")]


def broken_chunks(path):
    return [get(path, CHUNKED, method="POST") + body
            for body in (b"x\r\n", b"-1\r\n", b"fffffffffffffffff\r\n", b"1\r\nab\r\n0\r\n\r\n")]


REFUSED = {
    two_lengths: 400, length_and_encoding: 400, other_encodings: 400, odd_lengths: 400, folded_headers: 400,
    odd_hosts: 400, bare_line_feeds: 400, other_versions: 505, other_targets: 400, other_spellings: 400,
    odd_methods: 400, long_targets: 414, large_headers: 431, repeated_headers: 400, odd_expectations: 417,
    broken_chunks: 400,
}

PROBES = [
    a_plain_request_is_answered, http_1_0_needs_no_host_and_is_closed, head_has_the_length_and_no_body,
    pipelined_requests_are_answered_in_order, one_empty_line_before_a_request_is_skipped,
    nothing_behind_a_refusal_is_answered, no_request_at_all_is_400, upgrade_to_http2_is_ignored,
    a_cut_off_request_does_no_harm,
    *((f"{requests.__name__.replace('_', ' ')} are refused with {status}", refused(status, requests))
      for requests, status in REFUSED.items()),
]
