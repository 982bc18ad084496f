#!/usr/bin/env python3
"""What ways of training together come to after the same time and after the same samples: bits per sample, and staleness.

    python3 Benchmarks/cooperation.py CORPUS VALIDATION [--kodama PATH] [--presets tiny small] [--minutes 2 5]
        [--picture FILE] [--keep FOLDER]

Needs mpirun, and a kodama that was built with the trait MPI; --picture needs matplotlib. Every way trains the same network
from the same weights on the same order of crops, at a constant rate, for as many minutes, and is then interrupted; batches and
rates are the same for all. Processes have one thread each, and are more than the processors where five are started: the parameter
server's own work is little. One process is slow in some of the runs: it pauses for half of the time of a step before each of
its own. The table has the bits per sample of averaged weights on held-out recordings at the end of the time, and, interpolated,
at the number of samples that the slowest way came to.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

from train import environment

# Name: processes, options. {delay} is the pause of rank 1.
WAYS = {
    "one process": (1, []),
    "synchronous, 2": (2, []),
    "synchronous, 2, one slow": (2, ["--delay", "1={delay}s"]),
    "local, 2, every 8 steps": (2, ["--mode", "local", "--local-steps", "8"]),
    "local, 2, every 64 steps": (2, ["--mode", "local", "--local-steps", "64"]),
    "local, 2, every 8 steps, one slow": (2, ["--mode", "local", "--local-steps", "8", "--delay", "1={delay}s"]),
    "asynchronous, 2 workers": (3, ["--mode", "asynchronous"]),
    "asynchronous, 2 workers, one slow": (3, ["--mode", "asynchronous", "--delay", "1={delay}s"]),
    "asynchronous, 4 workers": (5, ["--mode", "asynchronous"]),
    "asynchronous, 4 workers, full rate": (5, ["--mode", "asynchronous", "--ignore-staleness"]),
}


def validations(run):
    """The step, seconds and bits of each validation of a run."""
    found, seconds = [], {0: 0.0}
    with open(os.path.join(run, "metrics.jsonl")) as file:
        for line in file:
            entry = json.loads(line)
            if entry["kind"] == "step":
                seconds[entry["step"]] = entry["seconds"]
            elif entry["kind"] == "validation":
                found.append((entry["step"], entry.get("averageBitsPerSample", entry["bitsPerSample"])))
    return [(step, seconds[max(s for s in seconds if s <= step)], bits) for step, bits in found]


def interpolated(points, x):
    """The y of points (x, y) in order at x; of the last beyond the end."""
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / max(1e-9, x1 - x0)
    return points[-1][1]


def train(arguments, preset, name, run, minutes, delay):
    processes, options = WAYS[name]
    command = [
        arguments.kodama, "train", arguments.corpus, "--validation", arguments.validation, "-o", run, "--preset", preset,
        "--steps", "100000000", "--set", "plan.schedule=constant", "--batch", str(arguments.batch), "--crop",
        str(arguments.crop), "--threads", "1", "--validate-every", str(arguments.validate_every), "--set",
        f"validation_seconds={arguments.validation_seconds}", "--set", "sample_interval=100000000", "--checkpoint-every",
        "100000000", "--log-every", "10", "--no-tensorboard", "--quiet",
    ] + [option.format(delay=f"{delay:.3f}") for option in options]
    if processes > 1:
        root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
        command = ["mpirun", *root, "--oversubscribe", "--bind-to", "none", "-n", str(processes)] + command
    process = subprocess.Popen(command, env=environment(False), stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)
    try:
        process.wait(minutes * 60)
        sys.exit(f"{name} ended early: {process.stderr.read().decode()}")
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
        process.communicate()


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus")
    parser.add_argument("validation")
    parser.add_argument("--kodama", default=os.path.join(root, ".build", "release", "kodama"))
    parser.add_argument("--presets", nargs="+", default=["tiny", "small"])
    parser.add_argument("--minutes", nargs="+", type=float, default=[2, 5], help="of each preset")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--crop", type=int, default=4000)
    parser.add_argument("--validate-every", type=int, default=200)
    parser.add_argument("--validation-seconds", type=float, default=20)
    parser.add_argument("--ways", nargs="+", default=list(WAYS))
    parser.add_argument("--picture")
    parser.add_argument("--keep", help="a folder for the runs, which also goes on with those that are there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or temporary
        curves = {}
        for preset, minutes in zip(arguments.presets, arguments.minutes):
            bench = [arguments.kodama, "bench", "train", "--preset", preset, "--json", "--threads", "1", "--batch",
                     str(arguments.batch), "--crop", str(arguments.crop)]
            speed = json.loads(subprocess.run(bench, check=True, stdout=subprocess.PIPE, env=environment(False)).stdout)
            delay = 0.5 * arguments.batch * arguments.crop / speed["samplesPerSecond"]
            print(f"\n{preset}, {minutes:g} minutes each, a slow process pauses for {delay:.3f} s")
            for name in arguments.ways:
                run = os.path.join(folder, f"{preset} {name}".replace(" ", "-").replace(",", ""))
                if not os.path.exists(run):
                    started = time.time()
                    train(arguments, preset, name, run, minutes, delay)
                    print(f"  {name}: {time.time() - started:.0f} s", file=sys.stderr)
                curves[preset, name] = validations(run)
            table(arguments, preset, curves, folder, minutes)
        if arguments.picture:
            draw(arguments, curves)


def table(arguments, preset, curves, folder, minutes):
    size = arguments.batch * arguments.crop
    least = min(curves[preset, name][-1][0] for name in arguments.ways)
    print(f"  {'':36}   samples   bits after {minutes:g} min   bits after {least * size / 1e6:.1f} M samples   staleness")
    for name in arguments.ways:
        found = curves[preset, name]
        same_time = interpolated([(seconds, bits) for _, seconds, bits in found], minutes * 60)
        same_samples = interpolated([(step, bits) for step, _, bits in found], least)
        path = os.path.join(folder, f"{preset} {name}".replace(" ", "-").replace(",", ""), "staleness.json")
        stale = ""
        if os.path.exists(path):
            with open(path) as file:
                counts = json.load(file)["staleness"]
            stale = f"{sum(i * c for i, c in enumerate(counts)) / sum(counts):.2f}"
        print(f"  {name:36}{found[-1][0] * size / 1e6:8.1f} M {same_time:15.3f} {same_samples:26.3f} {stale:>16}")


def draw(arguments, curves):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    size = arguments.batch * arguments.crop
    figure, axes = plt.subplots(len(arguments.presets), 2, figsize=(11, 3.8 * len(arguments.presets)), squeeze=False)
    for row, preset in zip(axes, arguments.presets):
        for name in arguments.ways:
            found = curves[preset, name]
            style = "--" if "slow" in name else ":" if "full rate" in name else "-"
            row[0].plot([seconds / 60 for _, seconds, _ in found], [bits for *_, bits in found], style, label=name)
            row[1].plot([step * size / 1e6 for step, *_ in found], [bits for *_, bits in found], style, label=name)
        row[0].set(title=f"{preset}: after the same time", xlabel="minutes", ylabel="bits per sample, held out")
        row[1].set(title=f"{preset}: after the same samples", xlabel="million samples")
        for axis in row:
            ends = [points[-1][2] for (name, _), points in curves.items() if name == preset]
            axis.set_ylim(min(ends) - 0.05, max(ends) + 0.8)
            axis.grid(alpha=0.3)
    axes[0][1].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(arguments.picture, dpi=100)


if __name__ == "__main__":
    main()
