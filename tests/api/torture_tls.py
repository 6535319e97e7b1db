"""The part of torture.py that speaks TLS and HTTP/2. Frames (RFC 9113) are made by hand: a library would refuse to
send what a test must send."""
import socket
import ssl
import struct
import subprocess
import time
from pathlib import Path

from torture_client import Client, eventually, get

DATA, HEADERS, RESET, SETTINGS, PING, GOAWAY, WINDOW, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS, ACK = 1, 4, 1
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"


def make_certificate(folder):
    certificate, key = str(Path(folder) / "certificate.pem"), str(Path(folder) / "key.pem")
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes",
                    "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    return certificate, key


def context(certificate, protocols=("http/1.1",), highest=ssl.TLSVersion.TLSv1_3):
    tls = ssl.create_default_context(cafile=certificate)
    tls.maximum_version = highest
    tls.set_alpn_protocols(list(protocols))
    return tls


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def literal(name, value):
    """A header field that touches no table; RFC 7541 section 6.2.2."""
    def text(data):
        data = data.encode("latin-1")
        if len(data) < 127:
            return bytes([len(data)]) + data
        rest, coded = len(data) - 127, b"\x7f"
        while rest >= 128:
            coded, rest = coded + bytes([rest % 128 + 128]), rest // 128
        return coded + bytes([rest]) + data
    return b"\x00" + text(name) + text(value)


def head(path="/hello", method="GET", *fields):
    wanted = [(":method", method), (":scheme", "https"), (":path", path), (":authority", "localhost"), *fields]
    return b"".join(literal(name, value) for name, value in wanted)


class Http2(Client):
    """A connection that says hello; each request has the next odd stream number."""

    def __init__(self, server, tls):
        super().__init__(server, tls)
        assert self.socket.selected_alpn_protocol() == "h2"
        self.next = 1
        self.send(PREFACE + frame(SETTINGS, 0, 0))

    def request(self, block, flags=END_STREAM | END_HEADERS):
        stream, self.next = self.next, self.next + 2
        self.send(frame(HEADERS, flags, stream, block))
        return stream

    def frames(self):
        """Until the server hangs up."""
        while True:
            while len(self.pending) < 9:
                if not self.more():
                    return
            size, kind, flags = int.from_bytes(self.pending[:3], "big"), self.pending[3], self.pending[4]
            stream = int.from_bytes(self.pending[5:9], "big")
            self.exactly(9)
            yield kind, flags, stream, self.exactly(size)

    def reply(self, wanted):
        """(status, body) of a stream, or (None, error code) when it is reset."""
        status, body = None, b""
        for kind, flags, stream, payload in self.frames():
            if kind == GOAWAY:
                raise AssertionError(f"goaway {payload[8:]!r}")
            if stream != wanted:
                continue
            if kind == RESET:
                return None, int.from_bytes(payload, "big")
            if kind == HEADERS:
                status = status_of(payload)
            if kind == DATA:
                body += payload
            if flags & END_STREAM and kind in (HEADERS, DATA):
                return status, body
        raise AssertionError("closed before the reply")


def status_of(block):
    """:status comes first, indexed (RFC 7541, table entries 8 to 14) or as a literal of three digits."""
    indexed = {0x88: 200, 0x89: 204, 0x8a: 206, 0x8b: 304, 0x8c: 400, 0x8d: 404, 0x8e: 500}
    if block[0] in indexed:
        return indexed[block[0]]
    assert block[1] in (3, 0x82), block[:8]
    digits = block[2:2 + (block[1] & 0x7f)]
    return int(digits) if block[1] == 3 else huffman_digits(digits)


def huffman_digits(data):
    """Digits alone: 0, 1, 2 have five bits, 3 to 9 have six; RFC 7541 appendix B."""
    codes = {f"{i:05b}": str(i) for i in range(3)} | {f"{i + 22:06b}": str(i) for i in range(3, 10)}
    bits, digits, code = "".join(f"{byte:08b}" for byte in data), "", ""
    for bit in bits:
        code += bit
        if code in codes:
            digits, code = digits + codes[code], ""
    return int(digits)


def work(server):
    return server.counters()["worked"]


def abusive(server):
    return server.counters()["closed_abusive"]


def tls_1_3_and_1_2_serve_http_1(server):
    for highest in (ssl.TLSVersion.TLSv1_3, ssl.TLSVersion.TLSv1_2):
        with Client(server, context(server.certificate, highest=highest)) as client:
            assert client.send(get("/peer")).reply().body == b"127.0.0.1 1 0"


def tls_1_1_is_refused(server):
    old = context(server.certificate, highest=ssl.TLSVersion.TLSv1_1)
    old.minimum_version = ssl.TLSVersion.TLSv1_1
    old.set_ciphers("DEFAULT:@SECLEVEL=0")
    try:
        Client(server, old)
    except ssl.SSLError:
        return
    raise AssertionError("TLS 1.1 was accepted")


def http2_is_offered_with_tls_1_3_only(server):
    for highest, wanted in ((ssl.TLSVersion.TLSv1_3, "h2"), (ssl.TLSVersion.TLSv1_2, "http/1.1")):
        with Client(server, context(server.certificate, ("h2", "http/1.1"), highest)) as client:
            assert client.socket.selected_alpn_protocol() == wanted


def the_guard_stands_behind_tls_too(server):
    with Client(server, server.tls) as client:
        assert client.send(get("/hello", "X: a", " b")).reply().status == 400
        assert client.is_closed()


def shown(server, tls):
    """The certificate that a new connection is given; the context must trust it."""
    with Client(server, tls) as client:
        assert client.send(get("/hello")).reply().status == 200
        return client.socket.getpeercert(binary_form=True)


def a_certificate_is_changed_under_open_connections(server):
    def still_there():
        return kept.send(get("/hello")).reply().status == 200 and h2.reply(h2.request(head())) == (200, b"hello")

    def reload():
        return kept.send(get("/reload")).reply().status

    kept, h2 = Client(server, server.tls), Http2(server, server.h2)
    certificate, key = Path(server.certificate), Path(server.certificate).with_name("key.pem")
    before = {file: file.read_bytes() for file in (certificate, key)}
    first = shown(server, server.tls)
    make_certificate(certificate.parent)
    other = context(certificate)
    assert shown(server, server.tls) == first, "it is read when told, not before"
    assert still_there() and reload() == 200
    second = shown(server, other)
    assert second != first and still_there()
    key.write_bytes(before[key])
    assert reload() == 500, "a key of another certificate"
    certificate.write_bytes(b"no certificate")
    assert reload() == 500 and shown(server, other) == second and still_there()
    certificate.write_bytes(before[certificate])
    assert reload() == 200 and shown(server, server.tls) == first and still_there()


def plain_http_on_a_tls_port_is_closed(server):
    with Client(server) as client:
        assert client.send(get("/hello")).rest()[:4] != b"HTTP"


def a_stalled_handshake_is_closed(server):
    with Client(server) as client:
        began = time.monotonic()
        client.send(b"\x16\x03\x01\x02\x00\x01")
        assert client.is_closed() and time.monotonic() - began < 3.5


def http2_answers(server):
    with Http2(server, server.h2) as client:
        assert client.reply(client.request(head())) == (200, b"hello")
        assert client.reply(client.request(head("/peer"))) == (200, b"127.0.0.1 1 1")
        assert client.reply(client.request(head("/defer"))) == (200, b"deferred")
        assert client.reply(client.request(head("/hello", "HEAD"))) == (200, b"")
        assert client.reply(client.request(head("/status/204"))) == (204, b"")
        assert client.reply(client.request(head("/nope")))[0] == 404


def http2_streams_and_bodies_arrive(server):
    with Http2(server, server.h2) as client:
        client.send(frame(WINDOW, 0, 0, struct.pack(">I", 1 << 24)))
        stream = client.request(head("/stream"))
        client.send(frame(WINDOW, 0, stream, struct.pack(">I", 1 << 24)))
        assert len(client.reply(stream)[1]) == 100_000
        stream = client.request(head("/echo", "POST"), END_HEADERS)
        client.send(frame(DATA, 0, stream, b"a" * 9000) + frame(DATA, END_STREAM, stream, b"b" * 9000))
        assert client.reply(stream) == (200, b"a" * 9000 + b"b" * 9000)


def http2_is_guarded(server):
    for path, method in (("hello", "GET"), ("/a/../b", "GET"), ("//", "GET"), ("/%68ello", "GET"), ("/x y", "GET"),
                         ("/hello", "G T"), ("/hello#a", "GET"), ("*", "OPTIONS")):
        with Http2(server, server.h2) as client:
            status, body = client.reply(client.request(head(path, method)))
            assert status == 400 and b'"status":400' in body, (path, status)


def http2_body_limit_holds(server):
    with Http2(server, server.h2) as client:
        stream = client.request(head("/echo", "POST"), END_HEADERS)
        for _ in range(5):
            client.send(frame(DATA, 0, stream, b"a" * 16000))
        client.send(frame(DATA, END_STREAM, stream))
        assert client.reply(stream)[0] == 413
        stream = client.request(head("/echo", "POST"), END_HEADERS)
        for _ in range(9):
            client.send(frame(DATA, 0, stream, b"a" * 16000))
        assert client.reply(stream)[0] is None


def too_many_http2_headers_end_the_connection(server):
    before = abusive(server)
    with Http2(server, server.h2) as client:
        client.request(head("/hello", "GET", *[(f"x-{i}", "y") for i in range(65)]))
        client.rest()
    assert abusive(server) == before + 1


def resets_cost_no_work(server, attack):
    worked, banned = work(server), abusive(server)
    with Http2(server, server.h2) as client:
        blast = b"".join(frame(HEADERS, END_STREAM | END_HEADERS, stream, head("/never")) + attack(stream)
                         for stream in range(1, 40_001, 2))
        client.send(blast).rest()
    assert abusive(server) == banned + 1, "the connection was not banned"
    done = work(server) - worked - 2  # the two looks at the counters are requests too
    assert done < 20, f"{done} of 20000 requests reached the application"


def rapid_reset_is_stopped(server):
    resets_cost_no_work(server, lambda stream: frame(RESET, 0, stream, struct.pack(">I", 8)))


def made_you_reset_is_stopped(server):
    resets_cost_no_work(server, lambda stream: frame(WINDOW, 0, stream, struct.pack(">I", 0)))


def a_header_bomb_does_not_grow_the_process(server):
    before = server.memory_kib()
    block = head() + literal("a", "b" * 2000)
    # One insertion into the dynamic table, then a byte a field: 62 is its newest entry.
    block = head() + b"\x40" + literal("a", "b" * 2000)[1:] + b"\xbe" * 400_000
    highest = before
    for _ in range(5):
        with Http2(server, server.h2) as client:
            client.send(frame(HEADERS, END_STREAM, 1, block[:16000]))
            for start in range(16000, len(block), 16000):
                flags = END_HEADERS if start + 16000 >= len(block) else 0
                client.send(frame(CONTINUATION, flags, 1, block[start:start + 16000]))
            client.rest()
        highest = max(highest, server.memory_kib())
    assert highest - before < 100_000, f"{highest - before} KiB larger"
    assert abusive(server) >= 5


def an_http2_connection_that_only_pings_is_closed(server):
    with Http2(server, server.h2) as client:
        client.socket.settimeout(0.3)
        end = time.monotonic() + 6
        while time.monotonic() < end:
            client.send(frame(PING, 0, 0, b"12345678"))
            try:
                if not client.more():
                    return
            except (TimeoutError, socket.timeout):
                pass
        raise AssertionError("still open after six seconds")


def an_http2_window_that_never_opens_is_closed(server):
    before = server.counters()["closed_stalled"]
    with Http2(server, server.h2) as client:
        client.request(head("/big"))
        eventually(lambda: server.counters()["closed_stalled"] > before)


def a_drain_says_goaway(server):
    client = Http2(server, server.h2)
    assert client.reply(client.request(head())) == (200, b"hello")
    stream = client.request(head("/defer"))
    assert server.stop() == 0
    kinds = [(kind, number) for kind, _, number, _ in client.frames()]
    assert (DATA, stream) in kinds and (GOAWAY, 0) in kinds, kinds


PROBES = [
    tls_1_3_and_1_2_serve_http_1, tls_1_1_is_refused, http2_is_offered_with_tls_1_3_only,
    the_guard_stands_behind_tls_too, plain_http_on_a_tls_port_is_closed,
    a_certificate_is_changed_under_open_connections,
    a_stalled_handshake_is_closed, http2_answers, http2_streams_and_bodies_arrive, http2_is_guarded,
    http2_body_limit_holds, too_many_http2_headers_end_the_connection, rapid_reset_is_stopped,
    made_you_reset_is_stopped, a_header_bomb_does_not_grow_the_process,
    an_http2_connection_that_only_pings_is_closed, an_http2_window_that_never_opens_is_closed, a_drain_says_goaway,
]
