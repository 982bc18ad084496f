#!/usr/bin/env python3
"""Positions a second of AlphaGo Zero's network beside onnxruntime on the exported network, in turn, in one run.

    python3 Benchmarks/go.py [--kodama-go PATH] [--board 7] [--blocks 4] [--channels 32] [--rounds 3]

Needs onnxruntime. The network has random weights, which do not matter for speed; both are checked to find the same
value of the empty board first. One thread. onnxruntime runs batches of 1, 8 and 64 positions; the engine takes one at a
time, and the operators of learning take the same batches. Medians of rounds in turn count. Random games and searches
follow.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

BATCHES = [1, 8, 64]


def environment():
    return {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}


def run(program, *arguments):
    return subprocess.run([program, *arguments], check=True, capture_output=True, text=True, env=environment()).stdout


def session(path):
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def rate(peer, board, batch, seconds):
    import numpy as np

    x = (np.random.default_rng(1).random((batch, board, board, 17)) < 0.2).astype("f4")
    for _ in range(3):
        peer.run(None, {"planes": x})
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        peer.run(None, {"planes": x})
        count += batch
    return count / (time.perf_counter() - start)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kodama-go", default=".build/release/kodama-go")
    parser.add_argument("--board", type=int, default=7)
    parser.add_argument("--blocks", type=int, default=4)
    parser.add_argument("--channels", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=1.0)
    settings = parser.parse_args()
    program = settings.kodama_go
    sizes = ["--board", str(settings.board), "--blocks", str(settings.blocks), "--channels", str(settings.channels)]

    with tempfile.TemporaryDirectory() as folder:
        small = ["--games", "1", "--visits", "2", "--match-games", "0"]
        run(program, "learn", folder + "/run", "--iterations", "1", "--quiet", *sizes, *small)
        run(program, "export", folder + "/run", "-o", folder + "/network.onnx")
        peer = session(folder + "/network.onnx")
        import numpy as np

        empty = np.zeros((1, settings.board, settings.board, 17), "f4")
        empty[..., 16] = 1
        expected = float(peer.run(["value"], {"planes": empty})[0][0, 0])
        ours = {}
        theirs = {batch: [] for batch in BATCHES}
        for _ in range(settings.rounds):
            for precision in ["float32", "int8"]:
                found = json.loads(
                    run(
                        program, "bench", "network", "--network", folder + "/run", "--precision", precision, "--json",
                        "--seconds", str(settings.seconds)))
                error = abs(found["value"] - expected)
                if not error <= (1e-4 if precision == "float32" else 0.1):
                    sys.exit(f"{precision}: the value of the empty board is {found['value']}, not {expected}")
                for name, value in found["positionsPerSecond"].items():
                    ours.setdefault((precision, name), []).append(value)
                ours.setdefault((precision, f"searches of {found['visits']} visits"), []).append(
                    found["searchesPerSecond"])
            for batch in BATCHES:
                theirs[batch].append(rate(peer, settings.board, batch, settings.seconds))

    print(f"{settings.board}x{settings.board}, {settings.blocks} blocks of {settings.channels} channels, one thread")
    engine = statistics.median(ours["float32", "engine"])
    for (precision, name), values in ours.items():
        print(f"kodama-go {precision:8} {name:24} {statistics.median(values):12,.1f} /s")
    for batch, values in theirs.items():
        median = statistics.median(values)
        print(f"onnxruntime float32 batch of {batch:<15} {median:12,.1f} /s, engine {engine / median:.2f} times as fast")
    playouts = json.loads(run(program, "bench", "playouts", "--board", str(settings.board), "--json"))
    print(f"random games {playouts['playoutsPerSecond']:,} /s")


if __name__ == "__main__":
    sys.exit(main())
