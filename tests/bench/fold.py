#!/usr/bin/env python3
"""The live fold of each read model from the first event on, beside a raw COPY of a row for each event.

A log of 100,000 events, or as many as EVENTS says; each cell folds all of it once a round."""
import rounds
from folding import Fold
from rounds import Cell

MODELS = ("account", "session", "credential")


def prepare(place):
    global fold
    fold = Fold(place)
    cells = []
    for model in MODELS:
        cells += [Cell(model, "Orrery, live fold", fold.live(model), [fold.server], ours=True),
                  Cell(model, "raw COPY, a row an event", fold.copy, [fold.server], target="0.06")]
    return cells


def notes(place):
    return [f"The log: {fold.made['count']:,} events about {fold.made['people']:,} people. An event is one to three "
            "statements of a model that has any for it, 1000 events a transaction, and each commit waits for the disk."]


if __name__ == "__main__":
    rounds.main("fold", "events/s", prepare, notes)
