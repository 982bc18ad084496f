#!/usr/bin/env python3
"""Generation speed of models without most of their blocks beside dense ones, and beside the limit of one core.

    python3 Benchmarks/sparse.py [--kodama PATH] [--preset reference] [--sparsity 0.8] [--rounds 5] [--json]
    python3 Benchmarks/sparse.py --models DENSE SPARSE

Without --models the two are made: random weights, and the same pruned in a few steps. Both are timed in turn, each in a
process of its own on one thread, for one stream and for eight; medians over rounds count. The limit is that of one core,
as `kodama bench generate` measures it: reading the weights, or the multiply-adds of the blocks that are left.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import wave

PRECISIONS = ["int8", "bf16", "f32"]
STREAMS = [1, 8]


def run(command):
    process = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with {process.returncode}\n{process.stderr}")
    return process.stdout


def make_models(arguments, folder):
    """A run of random weights, and one pruned from it."""
    corpus, dense, sparse = (os.path.join(folder, name) for name in ["corpus", "dense", "sparse"])
    os.makedirs(corpus)
    for number in range(2):
        with wave.open(os.path.join(corpus, f"{number}.wav"), "wb") as file:
            file.setparams((1, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes((i * (37 + number)) % 251 for i in range(64000)))
    run([arguments.kodama, "train", corpus, "-o", dense, "--preset", arguments.preset, "--steps", "0", "--seed", "1",
         "--validation-share", "0", "--quiet"])
    run([arguments.kodama, "compress", "prune", dense, corpus, "-o", sparse, "--sparsity", str(arguments.sparsity),
         "--steps", "5", "--batch", "1", "--quiet"])
    return dense, sparse


def bench(arguments, model, precision, streams):
    return json.loads(run([
        arguments.kodama, "bench", "generate", "--model", model, "--precision", precision, "--streams", str(streams),
        "--samples", str(arguments.samples // streams), "--rounds", "3", "--json"]))


def compare(arguments, dense, sparse):
    rows = []
    for streams in STREAMS:
        for precision in arguments.precisions:
            results = {model: [] for model in (dense, sparse)}
            for _ in range(arguments.rounds):
                for model in results:
                    results[model].append(bench(arguments, model, precision, streams))

            def median(model, value):
                return statistics.median(value(result) for result in results[model])

            speeds = {model: median(model, lambda result: result["samplesPerSecond"]) for model in results}
            rows.append({
                "precision": precision, "streams": streams, "instructionSet": results[sparse][0]["instructionSet"],
                "dense": speeds[dense], "sparse": speeds[sparse],
                "ratio": speeds[sparse] / speeds[dense],
                "denseLimit": median(dense, lambda result: result["limit"]["samplesPerSecond"]),
                "sparseLimit": median(sparse, lambda result: result["limit"]["samplesPerSecond"]),
                "bytes": [results[model][0]["weightBytes"] for model in results],
            })
    return rows


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kodama", default=os.path.join(root, ".build", "release", "kodama"))
    parser.add_argument("--models", nargs=2, metavar=("DENSE", "SPARSE"))
    parser.add_argument("--preset", default="reference")
    parser.add_argument("--sparsity", type=float, default=0.8)
    parser.add_argument("--precisions", nargs="+", choices=PRECISIONS, default=PRECISIONS)
    parser.add_argument("--samples", type=int, default=16000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        dense, sparse = arguments.models or make_models(arguments, folder)
        rows = compare(arguments, dense, sparse)
    if arguments.json:
        return print(json.dumps(rows, indent=2))
    with open("/proc/cpuinfo") as file:
        processor = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    print(f"{processor}, {rows[0]['instructionSet']}, one core, medians of {arguments.rounds} rounds, samples/s")
    for row in rows:
        print(f"  {row['streams']} x {row['precision']:5} dense {row['dense']:>9,.0f} (limit {row['denseLimit']:>9,.0f})"
              f"  sparse {row['sparse']:>9,.0f} (limit {row['sparseLimit']:>9,.0f})  {row['ratio']:.2f}x")


if __name__ == "__main__":
    main()
