#!/usr/bin/env python3
"""Short training by several recipes: the bits per sample on held-out recordings after the same number of steps.

    python3 Benchmarks/recipes.py CORPUS VALIDATION [--kodama PATH] [--preset tiny] [--steps 2700] [--batch 2] [--crop 1000]
                                  [--rate 0.01] [--seeds 1] [--threads 1] [--only NAME ...]

The first recipe is that of the preset; each of the others changes one thing in it. Steps are counted, not time, so that
the results are the same on a busy machine; a recipe whose steps take longer is the worse for it, and the time of a step is
printed beside. With several seeds the mean is printed, and the range.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RECIPES = {
    "the preset's": {},
    "Adam": {"--optimizer": "adam", "rate": 0.6},
    "half the rate": {"rate": 0.5},
    "1.5 times the rate": {"rate": 1.5},
    "no scale of residual sums": {"--set": "residual_scale=1"},
    "skip connections scaled by 1/4": {"--set": "skip_scale=0.25"},
    "scalar input": {"--set": "input=scalar"},
    "kernel size 3": {"--set": "kernel_size=3"},
    "twice the head channels": {"--set": "head_channels={head}"},
    "weights normalized": {"--set": "weight_normalization=true"},
    "dropout 0.05": {"--set": "dropout=0.05"},
    "half the batch, twice the crop": {"batch": 0.5, "crop": 2},
    "twice the batch, half the crop": {"batch": 2, "crop": 0.5},
    "constant rate": {"--schedule": "constant"},
}
HEADS = {"tiny": 128, "small": 256, "reference": 512}


def train(arguments, recipe, seed, folder):
    """Trains one network; its validation bits and the seconds of a step."""
    rate = arguments.rate * recipe.get("rate", 1)
    options = {
        "--preset": arguments.preset, "--steps": arguments.steps, "--validate-every": arguments.steps,
        "--sample-every": arguments.steps + 1, "--batch": max(1, int(arguments.batch * recipe.get("batch", 1))),
        "--crop": int(arguments.crop * recipe.get("crop", 1)), "--learning-rate": f"{rate:g}", "--schedule": "cosine",
        "--warm-up": arguments.steps // 20, "--seed": seed, "--threads": arguments.threads,
    }
    options |= {name: value for name, value in recipe.items() if name.startswith("--")}
    run = folder / f"run-{time.monotonic_ns()}"
    command = [arguments.kodama, "train", arguments.corpus, "--validation", arguments.validation, "-o", run, "--quiet"]
    for name, value in options.items():
        command += [name, str(value).format(head=HEADS.get(arguments.preset, 0))]
    start = time.monotonic()
    subprocess.run([str(part) for part in command], check=True)
    seconds = (time.monotonic() - start) / arguments.steps
    entries = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    validations = [entry for entry in entries if entry["kind"] == "validation"]
    last = validations[-1]
    return min(last["bitsPerSample"], last.get("averageBitsPerSample", last["bitsPerSample"])), seconds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("corpus")
    parser.add_argument("validation")
    parser.add_argument("--kodama", default=".build/release/kodama")
    parser.add_argument("--preset", default="tiny")
    parser.add_argument("--steps", type=int, default=2700)
    parser.add_argument("--batch", type=int, default=2)
    parser.add_argument("--crop", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=0.01)
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--only", nargs="*", metavar="NAME", help="names of recipes, or parts of them")
    arguments = parser.parse_args()
    chosen = {
        name: recipe for name, recipe in RECIPES.items()
        if not arguments.only or any(part in name for part in arguments.only)
    }
    if not chosen:
        sys.exit(f"there is no such recipe; there are {', '.join(RECIPES)}")
    print("| recipe | bits per sample | ms a step |\n| --- | ---: | ---: |", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for name, recipe in chosen.items():
            results = [train(arguments, recipe, seed + 1, Path(folder)) for seed in range(arguments.seeds)]
            bits = [result[0] for result in results]
            spread = f" ({min(bits):.3f} to {max(bits):.3f})" if len(bits) > 1 else ""
            milliseconds = 1000 * statistics.median(result[1] for result in results)
            print(f"| {name} | {statistics.mean(bits):.3f}{spread} | {milliseconds:.1f} |", flush=True)


if __name__ == "__main__":
    main()
