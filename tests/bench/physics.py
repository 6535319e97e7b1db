#!/usr/bin/env python3
"""The solvers on one core beside the engines that are taught with, and a pendulum's energy in each of them.

Whole runs of 300 steps of 1/60 s, with their beginning and end, each engine with the iterations that it comes with. The
pendulum is let go at 90 degrees without friction; what it has left of its energy after a minute is written beside the
build, as physics-swing.csv and physics-swing.svg."""
import json
import subprocess
from pathlib import Path

import physics_service
import rounds
import stage
from house import node_versions
from physics_figure import Line, draw
from rounds import Cell, Measure

FOLDER = Path(__file__).parent
SCENES = {"pyramid": "pyramid of 465 boxes", "circles": "1000 circles", "chain": "chain of 200 links",
          "pendulums": "1000 pendulums"}
PEERS = {"cannon-es": "cannon-es", "matter-js": "matter-js", "planck": "planck", "rapier": "rapier2d-compat"}
TARGETS = {("pyramid", "cannon-es"): "15", ("circles", "cannon-es"): "15", ("chain", "cannon-es"): "4",
           ("pendulums", "cannon-es"): "4"}
FAMILIES = ["pendulums", "springs", "projectiles", "orbits"]
# Modes of ours: what it is called, and what physics_load wants to know.
LIKE_PEERS = ("Orrery rigid, 10 iterations", ("rigid", 1, 10))
LIKE_LESSONS = ("Orrery rigid as in lessons, 16 x 20", ("rigid", 16, 20))
PRECISE = ("Orrery precise, 1 step", ("precise", 1, 10))


def steps(words, drawing=""):
    """Runs a load for so many seconds: it prints how far it came."""
    def run(seconds):
        done = subprocess.run([str(seconds) if word is None else str(word) for word in words], input=drawing,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise stage.Failure(f"{words[0]} ended with {done.returncode}: {done.stderr.strip()[-500:]}")
        told = json.loads(done.stdout)
        count = int(told["body_steps"])
        return Measure(count / told["seconds"], count, cpu_us=told["cpu_seconds"] * 1e6 / count)
    return run


def build_box2d(place):
    program = place.folder / "physics_box2d"
    stage.output_of("c++", "-std=c++17", "-O2", "-o", program, FOLDER / "physics_box2d.cpp", "-lbox2d")
    return program


def solver_cells(place):
    load, box2d = place.built("tests/bench/physics_load"), build_box2d(place)
    peers = {name: ["node", FOLDER / "physics_peer.mjs", key, "run", None] for key, name in PEERS.items()}
    peers["Box2D 2.4 (C++)"] = [box2d, "run", None]
    cells = []
    for scene, title in SCENES.items():
        drawing = stage.output_of(load, "draw", scene)
        ours = [LIKE_PEERS, LIKE_LESSONS] + [PRECISE] * (scene == "pendulums")
        cells += [Cell(title, name, steps([load, "run", scene, None, *words]), [], ours=name == LIKE_PEERS[0])
                  for name, words in ours]
        cells += [Cell(title, name, steps(words, drawing), [], target=TARGETS.get((scene, name), ""))
                  for name, words in peers.items()]
    return cells


def family_cells(place):
    """Sweeps of closed families, side by side in the lanes of one core; and what their loops alone could do."""
    load = place.built("tests/bench/family_load")
    return [Cell(f"sweep of 1000 {family}", name, steps([load, words, family, None]), [], ours=words == "sweep")
            for family in FAMILIES for name, words in (("Orrery, sweep", "sweep"), ("its loops alone", "loops"))]


def swing_lines(place):
    """How the pendulum's energy goes in each engine, from 0 at the start, in mgL."""
    load = place.built("tests/bench/physics_load")
    ours = {"Orrery precise": ("precise", 16), "Orrery rigid, 960 Hz": ("rigid", 16),
            "Orrery rigid, 60 Hz": ("rigid", 1)}
    drawing = stage.output_of(load, "draw", "pendulums")
    told = {name: stage.output_of(load, "swing", *words) for name, words in ours.items()}
    for key, name in PEERS.items():
        told[f"{name}, 60 Hz"] = stage.output_of("node", FOLDER / "physics_peer.mjs", key, "swing", input=drawing)
    return [Line(name, [tuple(map(float, line.split())) for line in text.splitlines()]) for name, text in told.items()]


def swing_notes(place):
    lines = swing_lines(place)
    draw(lines, place.build / "physics-swing", "Energy of a pendulum let go at 90 degrees, less its first, in mgL")
    notes = [f"A pendulum's energy after a minute, of mgL ({place.build.name}/physics-swing.csv and .svg):"]
    return notes + [f"  {line.name:<24} {line.points[-1][1]:+.2e}, at most {line.extreme():+.2e} on the way"
                    for line in lines]


def prepare(place):
    return solver_cells(place) + family_cells(place) + physics_service.cells(place)


def notes(place):
    return swing_notes(place) + physics_service.notes(place) + [
        "Rounds a step: 10 (cannon-es, in its plane), 8 + 3 (planck, Box2D), 6 + 4 + 2 (matter-js), 4 (rapier).",
        f"Versions: {node_versions('cannon-es', 'matter-js', 'planck', '@dimforge/rapier2d-compat')}"]


if __name__ == "__main__":
    rounds.main("physics", "body-steps/s", prepare, notes, by_cpu=True)
