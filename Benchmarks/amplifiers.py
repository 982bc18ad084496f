#!/usr/bin/env python3
"""Amplifier models in real time: Kodama beside NeuralAmpModelerCore in one run, pinned to one core.

    swift build -c release
    python3 Benchmarks/amplifiers.py --core NeuralAmpModelerCore [--kodama PATH] [--models A1 A2 …] [--blocks 64 32]

Needs numpy, and of the core a checkout, a C++ compiler, Eigen and nlohmann's json (`--include` for where their headers
are). The driver peers/nam_driver.cpp is built with the checkout in several ways, into --core-driver if that is given,
where a later run finds it. The models have seeded weights and the sizes of the trainer: A1 and LSTM in their standard and
smaller forms, A2 and its small form. Each is first rendered by both, and by the interpreter of Tests/AmplifiersTests in
double precision; all have to agree to 1e-5 with the core's exact tanh. Then a short run chooses the core's fastest build
for the model, and both are timed in turn with warm states, the core with its own approximation of tanh and with the exact
one. Medians of the rounds count; percentiles are those of the time of one block, the median over the rounds. The last two
columns are how much faster Kodama is, by the real-time factor and by the median block, which tells less of other programs
on the machine.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "Tests" / "AmplifiersTests"))
from nam_interpreter import render
from nam_models import A2_DILATIONS, A2_KERNELS, RATE, a2, array, fill, lstm, wavenet

# Each build: compiler, flags.
COMMON = ["-std=c++20", "-DNDEBUG", "-O3", "-ffast-math", "-march=native", "-flto", "-DNAM_ENABLE_A2_FAST"]
BUILDS = {
    "g++": ["g++", *COMMON],
    "g++ inline": ["g++", *COMMON, "-DNAM_USE_INLINE_GEMM"],
    "clang++": ["clang++", *COMMON, "-fuse-ld=lld"],
    "clang++ inline": ["clang++", *COMMON, "-fuse-ld=lld", "-DNAM_USE_INLINE_GEMM"],
}
EXACT = "exact"
INCLUDES = ["/usr/include/eigen3", "/usr/include/nlohmann"]
TOLERANCE = 1e-5


def a1(channels, dilations):
    """Two arrays as the trainer has them for A1."""
    first, second = channels
    return wavenet(
        array(channels=first, head_size=second, head_bias=False, dilations=dilations[0]),
        array(input_size=first, channels=second, dilations=dilations[1]), head_scale=0.5)


FULL = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
SHORT = [FULL[:7], [128, 256, 512, *FULL]]
# Name: the model, the gain of its weights, whether it has a tanh.
MODELS = {
    "A1": (lambda: a1((16, 8), [FULL, FULL]), 0.7, True),
    "A1-lite": (lambda: a1((12, 6), SHORT), 0.7, True),
    "A1-feather": (lambda: a1((8, 4), SHORT), 0.7, True),
    "A1-nano": (lambda: a1((4, 2), SHORT), 0.7, True),
    "A2": (lambda: a2(8, A2_KERNELS, A2_DILATIONS), 0.6, False),
    "A2-small": (lambda: a2(3, A2_KERNELS, A2_DILATIONS), 0.8, False),
    "LSTM": (lambda: lstm(1, 24), 1.0, True),
    "LSTM-lite": (lambda: lstm(2, 8), 1.5, True),
    "LSTM-feather": (lambda: lstm(1, 16), 1.0, True),
}


def run(command):
    """Runs a command and returns what it prints."""
    process = subprocess.run([str(part) for part in command], stdout=subprocess.PIPE)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))} failed with {process.returncode}")
    return process.stdout


def pinned(core, command):
    return ["taskset", "-c", str(core), *command] if shutil.which("taskset") else command


def build(core, folder, includes):
    """The drivers that are in the folder or can be built, by name; the exact one has no fast mathematics."""
    folder.mkdir(parents=True, exist_ok=True)
    drivers = {}
    builds = {EXACT: ["g++", "-std=c++20", "-DNDEBUG", "-O2", "-DNAM_ENABLE_A2_FAST"], **BUILDS}
    for name, (compiler, *flags) in builds.items():
        path = folder / name.replace("++", "pp").replace(" ", "-")
        if not path.exists():
            if core is None or not shutil.which(compiler):
                continue
            print(f"building {path}", file=sys.stderr)
            sources = [ROOT / "Benchmarks/peers/nam_driver.cpp", *core.glob("NAM/*.cpp"), *core.glob("NAM/wavenet/*.cpp")]
            places = [f"-I{core}", f"-I{core}/NAM", *(part for place in includes for part in ("-isystem", place))]
            run([compiler, *flags, *places, "-o", path, *sources])
        drivers[name] = path
    if EXACT not in drivers or len(drivers) < 2:
        sys.exit(f"{folder} has no drivers of the core: give --core")
    return drivers


def write_wave(path, samples):
    """A mono recording of 32-bit floats."""
    data = samples.astype("<f4").tobytes()
    rate = RATE.to_bytes(4, "little") + (4 * RATE).to_bytes(4, "little")
    form = b"fmt " + (16).to_bytes(4, "little") + b"\3\0\1\0" + rate + b"\4\0\x20\0"
    chunks = b"WAVE" + form + b"data" + len(data).to_bytes(4, "little") + data
    path.write_bytes(b"RIFF" + len(chunks).to_bytes(4, "little") + chunks)


def read_wave(path):
    """The samples of a mono recording of 32-bit floats."""
    raw, position = path.read_bytes(), 12
    while position + 8 <= len(raw):
        size = int.from_bytes(raw[position + 4:position + 8], "little")
        if raw[position:position + 4] == b"data":
            return np.frombuffer(raw[position + 8:position + 8 + size], "<f4").astype(np.float64)
        position += 8 + size + size % 2
    sys.exit(f"{path} has no samples")


def played(count):
    """A chord that decays, with noise, as a player would send it."""
    t = np.arange(count) / RATE
    chord = sum(np.sin(2 * np.pi * f * t) for f in (110, 164.81, 220, 329.63))
    return (0.15 * np.exp(-3 * t) * chord + np.random.default_rng(0).normal(0, 0.005, count)).astype(np.float32)


def check(arguments, drivers, path, folder):
    """The largest differences of Kodama and the core from the interpreter, and of one another."""
    samples = played(8192)
    write_wave(folder / "in.wav", samples)
    (folder / "in.f32").write_bytes(samples.astype("<f4").tobytes())
    run([drivers[EXACT], "render", path, folder / "in.f32", folder / "out.f32", "--block", "64"])
    signals = {
        "double": render(json.loads(path.read_text()), samples.astype(np.float64)),
        "core": np.frombuffer((folder / "out.f32").read_bytes(), "<f4").astype(np.float64),
    }
    if arguments.kodama:
        run([arguments.kodama, "process", path, folder / "in.wav", "-o", folder / "out.wav", "--block", "64",
             "--format", "float32", "--force", "--quiet"])
        signals["kodama"] = read_wave(folder / "out.wav")
    names = list(signals)
    differences = {}
    for i, a in enumerate(names):
        for b in names[i + 1:]:
            if signals[a].shape != signals[b].shape or not np.isfinite(signals[b]).all():
                sys.exit(f"{path.stem}: {b} makes {len(signals[b])} samples of {len(signals[a])}, or not all are finite")
            differences[f"{a} {b}"] = float(np.abs(signals[a] - signals[b]).max())
    worst = max(differences.values())
    if not worst <= TOLERANCE:
        sys.exit(f"{path.stem}: the outputs differ by {worst:.1e}: {differences}")
    if signals["double"].std() < 1e-3:
        sys.exit(f"{path.stem}: the output is nearly constant, so that the comparison means little")
    return worst


def compare(arguments, drivers, path, block, tanh):
    """Times both in turn; returns the rows, Kodama's first."""
    def theirs(name, fast, seconds):
        command = [drivers[name], "speed", path, "--block", block, "--seconds", seconds, "--runs", "1"]
        return json.loads(run(pinned(arguments.cpu, command + (["--fast"] if fast else []))))

    def ours():
        command = [arguments.kodama, "bench", "process", path, "--block", block, "--seconds", arguments.seconds, "--json"]
        return json.loads(run(pinned(arguments.cpu, command)))

    contests = [("kodama", ours)] if arguments.kodama else []
    for fast in [False, True] if tanh else [False]:
        tried = {
            name: theirs(name, fast, arguments.seconds / 4)["blockSeconds"]["median"] for name in drivers if name != EXACT}
        name = min(tried, key=tried.get)
        label = f"core, {'fast' if fast else 'exact'} tanh" if tanh else "core"
        contests.append((f"{label} ({name})", lambda name=name, fast=fast: theirs(name, fast, arguments.seconds)))
    results = [[] for _ in contests]
    for _ in range(arguments.rounds):
        for result, (_, contest) in zip(results, contests):
            result.append(contest())
    rows = []
    for (name, _), rounds in zip(contests, results):
        def median(of):
            return statistics.median(of(r) for r in rounds)

        rows.append({
            "model": path.stem, "block": block, "name": name, "rounds": [r["realTimeFactor"] for r in rounds],
            "realTimeFactor": median(lambda r: r["realTimeFactor"]),
            "blockSeconds": {
                key: median(lambda r: r["blockSeconds"][key]) for key in ("median", "p99", "p999")},
        })
    for row in rows[1:] if arguments.kodama else []:
        row["kodamaOverIt"] = rows[0]["realTimeFactor"] / row["realTimeFactor"]
        row["kodamaOverItByBlocks"] = row["blockSeconds"]["median"] / rows[0]["blockSeconds"]["median"]
    return rows


def show(rows, differences):
    print(f"{'model':13}{'block':>6}  {'':30}{'real time':>10}{'spread':>18}{'median':>11}{'99.9 %':>11}{'of block':>10}"
          f"{'ratio':>8}{'median':>8}")
    for row in rows:
        times = row["blockSeconds"]
        spread = f"{min(row['rounds']):.1f} to {max(row['rounds']):.1f}"
        ratios = [f"{row[key]:.2f}x" if key in row else "" for key in ("kodamaOverIt", "kodamaOverItByBlocks")]
        share = 100 * times["p999"] * RATE / row["block"]
        print(f"{row['model']:13}{row['block']:>6}  {row['name']:30}{row['realTimeFactor']:>9.1f}x{spread:>18}"
              f"{times['median'] * 1e6:>8.1f} µs{times['p999'] * 1e6:>8.1f} µs{share:>8.1f} %{ratios[0]:>8}{ratios[1]:>8}")
    for name, difference in differences.items():
        print(f"{name}: all agree to {difference:.1e}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--core", type=Path, help="a checkout of NeuralAmpModelerCore")
    parser.add_argument("--core-driver", type=Path, help="where the built drivers are kept (a temporary folder)")
    parser.add_argument("--include", nargs="+", default=INCLUDES, help="folders of the headers of Eigen and json.hpp")
    parser.add_argument("--kodama", type=Path, default=ROOT / ".build/release/kodama")
    parser.add_argument("--core-only", action="store_true", help="check and time the core without Kodama")
    parser.add_argument("--models", nargs="+", choices=MODELS, default=["A1", "A2", "A2-small", "LSTM"])
    parser.add_argument("--files", nargs="+", type=Path, default=[], help="more .nam files")
    parser.add_argument("--blocks", nargs="+", type=int, default=[64, 32])
    parser.add_argument("--seconds", type=float, default=10, help="of sound in a round (10)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cpu", type=int, default=os.cpu_count() - 1, help="the core that is pinned to (the last)")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    arguments = parser.parse_args()
    if arguments.core_only:
        arguments.kodama = None
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        drivers = build(arguments.core, arguments.core_driver or folder / "drivers", arguments.include)
        paths = {}
        for name in arguments.models:
            make, gain, tanh = MODELS[name]
            paths[folder / f"{name}.nam"] = tanh
            (folder / f"{name}.nam").write_text(json.dumps(fill(make(), 21, gain)))
        paths |= {path: True for path in arguments.files}
        differences, rows = {}, []
        for path, tanh in paths.items():
            differences[path.stem] = check(arguments, drivers, path, folder)
            for block in arguments.blocks:
                rows += compare(arguments, drivers, path, block, tanh)
    if arguments.json:
        return print(json.dumps({"rows": rows, "differences": differences}, indent=2))
    processor = platform.processor()
    if os.path.exists("/proc/cpuinfo"):
        with open("/proc/cpuinfo") as file:
            processor = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), processor)
    print(f"{processor}, one core, {RATE} Hz, medians of {arguments.rounds} rounds of {arguments.seconds:g} s")
    show(rows, differences)


if __name__ == "__main__":
    main()
