"""Cells measured in alternating rounds, their medians, and the table at the end.

A cell is one engine under one load. Each round measures every cell once; the order turns round from one to the next, so
that what the machine does meanwhile falls on all of them. Only ratios inside one table mean anything."""
import argparse
import statistics
import sys
import time
from dataclasses import dataclass, field
from typing import Callable

import machine
import stage

PAUSE_S = 0.2


@dataclass
class Measure:
    """What one run of a cell gave; latencies in milliseconds, None when the tool does not tell."""
    rate: float
    count: int  # all that the servers did during the run
    p50: float | None = None
    p99: float | None = None
    cpu_us: float | None = None  # of the servers for one; None: to be computed from the whole run


@dataclass
class Cell:
    load: str  # the row group, as "64 in flight"
    engine: str
    run: Callable[[float], Measure]  # seconds -> Measure
    servers: list  # process ids whose CPU counts
    ours: bool = False
    target: str = ""  # what ours / this is to be
    measures: list = field(default_factory=list)

    def median(self, name):
        values = [getattr(measure, name) for measure in self.measures]
        return None if None in values else statistics.median(values)


def arguments(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("build", help="the build folder")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=4, help="per cell and round")
    return parser.parse_args()


def measure(cell, seconds):
    before = stage.cpu_seconds(cell.servers)
    result = cell.run(seconds)
    if result.cpu_us is None:
        result.cpu_us = (stage.cpu_seconds(cell.servers) - before) * 1e6 / result.count
    cell.measures.append(result)


def run_rounds(cells, options):
    for number in range(options.rounds):
        for cell in cells if number % 2 == 0 else reversed(cells):
            measure(cell, options.seconds)
            last = cell.measures[-1]
            print(f"round {number + 1}/{options.rounds}  {cell.load:<24} {cell.engine:<34} {last.rate:>9,.0f}/s",
                  file=sys.stderr, flush=True)
            time.sleep(PAUSE_S)


def number(value, form):
    return "-" if value is None else format(value, form)


def microseconds(value):
    return number(value, ".0f" if value is None or value >= 100 else ".2f")


def ratio_of(cell, ours, by_cpu):
    if cell.ours or not ours:
        return ""
    if by_cpu:
        return f"{cell.median('cpu_us') / ours.median('cpu_us'):.2f}"
    return f"{ours.median('rate') / cell.median('rate'):.2f}"


def row(cell, ours, by_cpu):
    ratio = ratio_of(cell, ours, by_cpu)
    rates = [one.rate for one in cell.measures]
    return [cell.load, cell.engine, number(cell.median("rate"), ",.0f"),
            f"{min(rates):,.0f}-{max(rates):,.0f}", number(cell.median("p50"), ".2f"),
            number(cell.median("p99"), ".2f"), microseconds(cell.median("cpu_us")), ratio, cell.target]


def print_table(title, unit, cells, options, by_cpu):
    ours = {cell.load: cell for cell in cells if cell.ours}
    head = ["load", "engine", unit, "range", "p50 ms", "p99 ms", "CPU µs", "ours/this", "target"]
    rows = [head] + [row(cell, ours.get(cell.load), by_cpu) for cell in cells]
    widths = [max(len(line[column]) for line in rows) for column in range(len(head))]
    print(f"\n{title}: medians of {options.rounds} alternating rounds of {options.seconds:g} s\n")
    for line in rows:
        words = [word.ljust(width) if column < 2 else word.rjust(width)
                 for column, (word, width) in enumerate(zip(line, widths))]
        print("  ".join(words).rstrip())


def main(title, unit, prepare, notes, by_cpu=False):
    """prepare(stage) starts everything and gives the cells; notes(stage) says what ran, a line each. Who only computes
    is compared by_cpu: by the processor's time, which other programs take nothing from."""
    options = arguments(title)
    stage.end_on_signals()
    try:
        with stage.Stage(options.build) as place:
            cells = prepare(place)
            run_rounds(cells, options)
            print_table(title, unit, cells, options, by_cpu)
            print("\nCPU µs: of the servers, for one of what is counted. Load and servers share the machine.")
            for line in machine.describe(place.folder) + notes(place):
                print(line)
    except stage.Failure as failure:
        sys.exit(f"{failure}")
