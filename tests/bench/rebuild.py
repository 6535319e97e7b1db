#!/usr/bin/env python3
"""A read model rebuilt beside, by one worker and by two, against its live fold and a raw COPY.

A log of 100,000 events, or as many as EVENTS says; each cell folds all of it once a round. Every rebuild is compared
row by row with what is read and swapped in; the rate is that of the folding. The digest is measured apart, in rows."""
import rounds
from folding import Fold
from rounds import Cell

MODELS = ("account", "session")


def prepare(place):
    global fold
    fold = Fold(place)
    cells = []
    for model in MODELS:
        fold.fold(model)
        cells += [Cell(model, "Orrery, rebuild, 2 workers", fold.rebuild(model, 2), [fold.server], ours=True),
                  Cell(model, "Orrery, rebuild, 1 worker", fold.rebuild(model, 1), [fold.server]),
                  Cell(model, "Orrery, live fold", fold.live(model), [fold.server], target="2"),
                  Cell(model, "raw COPY, a row an event", fold.copy, [fold.server], target="0.15")]
    return cells + [Cell("digest, rows/s", "Orrery, account", fold.verify("account"), [fold.server], ours=True)]


def notes(place):
    return [f"The log: {fold.made['count']:,} events about {fold.made['people']:,} people."]


if __name__ == "__main__":
    rounds.main("rebuild", "per second", prepare, notes)
