"""The same scenes through the whole simulator: socket, queue, worker processes, frames, hashes, files."""
import json
import os
import socket
import subprocess

import stage
from rounds import Cell, Measure

# What each is called in the table of the solvers, and the mode that it runs in.
SCENES = {"pyramid": ("pyramid of 465 boxes", "rigid"), "circles": ("1000 circles", "rigid"),
          "chain": ("chain of 200 links", "rigid"), "pendulum": ("1000 pendulums", "precise")}
WAITS = 200


def accepts(path):
    with socket.socket(socket.AF_UNIX) as line:
        try:
            line.connect(str(path))
        except OSError:
            return False
    return True


class Simulator:
    def __init__(self, place, workers):
        data = place.place(f"simulator-{workers}")
        self.path = data / "simulator.sock"
        self.load = place.built("tests/bench/service_load")
        settings = {"ORRERY_DATA": str(data), "ORRERY_SIMULATOR_WORKERS": str(workers), "ORRERY_LOG_LEVEL": "warn"}
        self.process = place.start_and_wait(place.built("physics/service/orrery-simulator"), environment=settings,
                                            ready=lambda: accepts(self.path))
        self.bytes = {}

    def ask(self, *words):
        done = subprocess.run([str(word) for word in (self.load, self.path, *words)], capture_output=True, text=True)
        if done.returncode != 0:
            raise stage.Failure(f"service_load {' '.join(map(str, words))}: {done.stderr.strip()[-500:]}")
        return json.loads(done.stdout)

    def steps(self, scene, in_flight):
        def run(seconds):
            told = self.ask("run", scene, seconds, in_flight)
            count = int(told["body_steps"])
            self.bytes[scene] = told["frame_bytes"] / told["frame_bodies"]
            return Measure(count / told["seconds"], count)
        return run


def cells(place):
    """One row a scene and number of workers; on a machine of one core a second worker is none."""
    simulators = {workers: Simulator(place, workers) for workers in (1, 2) if workers <= (os.cpu_count() or 1)}
    place.simulators = simulators
    return [Cell(title, f"Orrery {mode}, whole service, {workers} worker{'s' * (workers > 1)}",
                 simulator.steps(scene, 2 * workers), [simulator.process.pid])
            for scene, (title, mode) in SCENES.items() for workers, simulator in simulators.items()]


def notes(place):
    simulator = place.simulators[1]
    told = {scene: simulator.ask("wait", scene, WAITS if scene in ("pendulum", "small") else WAITS // 10)
            for scene in ("pendulum", "small", "pyramid")}
    lines = ["Through the service, waited, ms (median, 99th percentile):"]
    lines += [f"  {scene:<10} first frame {one['first_p50']:.2f} {one['first_p99']:.2f}, "
              f"sixty frames that are kept {one['kept_p50']:.2f} {one['kept_p99']:.2f}"
              for scene, one in told.items()]
    sizes = ", ".join(f"{scene} {size:.2f}" for scene, size in simulator.bytes.items())
    return lines + [f"Bytes of frames for a body and frame, before they are packed: {sizes}."]
