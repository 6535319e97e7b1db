"""A client for torture.py that sends whatever it is told and reads replies strictly."""
import json
import re
import socket
import ssl
import time

WAIT = 8  # seconds a probe waits for anything before it fails
HUNG_UP = (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError, ssl.SSLZeroReturnError)


class Reply:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def is_problem(self):
        """With the headers that every reply of ours bears, and an id by which it can be asked about."""
        if self.headers.get("content-type") != "application/problem+json":
            return False
        problem = json.loads(self.body)
        wants = {"x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "no-store",
                 "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
                 "x-request-id": problem["instance"]}
        return problem["status"] == self.status and wants.items() <= self.headers.items()


class Client:
    """One connection; reads replies strictly enough to notice a broken one."""

    def __init__(self, server, tls=None, receive_buffer=None):
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(WAIT)
        self.socket.connect((server.host, int(server.port)))
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_hostname="localhost")
        self.pending = bytearray()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """A server that has hung up in the middle is judged by its reply, not by our EPIPE."""
        try:
            self.socket.sendall(data)
        except HUNG_UP:
            pass
        return self

    def more(self):
        try:
            data = self.socket.recv(65536)
        except HUNG_UP:
            data = b""
        self.pending += data
        return data != b""

    def until(self, mark):
        while mark not in self.pending:
            assert self.more(), f"closed before {mark!r}, after {bytes(self.pending[:80])!r}"
        before, self.pending = self.pending.split(mark, 1)
        return bytes(before)

    def exactly(self, size):
        while len(self.pending) < size:
            assert self.more(), f"closed {size - len(self.pending)} bytes early"
        data = bytes(self.pending[:size])
        del self.pending[:size]
        return data

    def reply(self, head_only=False):
        first, *lines = self.until(b"\r\n\r\n").decode("latin-1").split("\r\n")
        status = int(re.fullmatch(r"HTTP/1\.1 (\d{3}) .+", first).group(1))
        headers = {}
        for line in lines:
            name, value = line.split(": ", 1)
            assert name.lower() not in headers, f"{name} twice"
            headers[name.lower()] = value
        body = b""
        if not head_only and status not in (100, 204, 304):
            body = self.body(headers)
        return Reply(status, headers, body)

    def body(self, headers):
        if "content-length" in headers:
            return self.exactly(int(headers["content-length"]))
        if headers.get("transfer-encoding") != "chunked":
            return self.rest()
        body = b""
        while size := int(self.until(b"\r\n"), 16):
            body += self.exactly(size)
            assert self.exactly(2) == b"\r\n"
        self.until(b"\r\n")
        return body

    def rest(self):
        """Whatever comes until the server hangs up."""
        while self.more():
            pass
        data = bytes(self.pending)
        self.pending.clear()
        return data

    def is_closed(self):
        return self.rest() == b""


def get(path, *headers, method="GET", host=True):
    lines = [f"{method} {path} HTTP/1.1", *(["Host: localhost"] if host else []), *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def post(path, body, *headers):
    return get(path, f"Content-Length: {len(body)}", *headers, method="POST") + body


def eventually(claim, seconds=WAIT):
    """Until the claim holds: what is waited for is the server's own clock."""
    end = time.monotonic() + seconds
    while not claim():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
