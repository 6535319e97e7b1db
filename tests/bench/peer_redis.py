"""Redis Streams as an event store: XADD alone, and a script that checks version and idempotency key before it."""
import csv
import io

import stage
from rounds import Measure

BODY_SIZE = 300
KEYS = 2_000_000_000  # idempotency keys are drawn from so many; redis-benchmark takes an int
CALIBRATION = 200  # requests for each in flight

# The length of a stream is its version. The key of a stream is made here, so that one random number serves both.
APPEND = """
local stream = 's:' .. (tonumber(ARGV[1]) % 1000)
local known = redis.call('GET', 'i:' .. ARGV[1])
if known then return known end
local version = redis.call('XLEN', stream)
if ARGV[2] ~= 'any' and tonumber(ARGV[2]) ~= version then return redis.error_reply('CONFLICT') end
local id = redis.call('XADD', stream, '*', 'd', ARGV[3])
redis.call('SET', 'i:' .. ARGV[1], id, 'EX', 86400)
return id
"""

SETTINGS = ["--port", "0", "--save", "", "--appendonly", "yes", "--appendfsync", "always",
            "--auto-aof-rewrite-percentage", "0", "--daemonize", "no"]


class Redis:
    def __init__(self, place):
        self.folder = place.place("redis")
        self.socket = self.folder / "socket"
        self.process = place.start_and_wait("redis-server", *SETTINGS, "--dir", self.folder, "--unixsocket",
                                            self.socket, ready=lambda: stage.accepts(self.socket))
        self.script = self.ask("SCRIPT", "LOAD", APPEND).strip()
        self.rates = {}

    def ask(self, *words):
        return stage.output_of("redis-cli", "-s", self.socket, *words)

    def benchmark(self, connections, depth, count, command):
        text = stage.output_of("redis-benchmark", "-s", self.socket, "--csv", "-c", connections, "-P", depth, "-n",
                               count, "-r", KEYS, *command)
        columns = list(csv.reader(io.StringIO(text)))[-1]
        return Measure(rate=float(columns[1]), count=count, p50=float(columns[4]), p99=float(columns[6]))

    def measure(self, name, connections, depth, command, seconds):
        """redis-benchmark counts requests, not seconds: how many are wanted is learnt from the run before."""
        key = (name, connections, depth)
        if key not in self.rates:
            count = CALIBRATION * connections * depth
            self.rates[key] = self.benchmark(connections, depth, count, command).rate
        self.ask("FLUSHALL")
        result = self.benchmark(connections, depth, max(1000, int(self.rates[key] * seconds)), command)
        self.rates[key] = result.rate
        return result

    def add(self, connections, depth):
        command = ["XADD", "s:1", "*", "d", "x" * BODY_SIZE]
        return lambda seconds: self.measure("add", connections, depth, command, seconds)

    def append(self, connections, depth):
        command = ["EVALSHA", self.script, "0", "__rand_int__", "any", "x" * BODY_SIZE]
        return lambda seconds: self.measure("append", connections, depth, command, seconds)
