#!/usr/bin/env python3
"""What each way of making a WaveNet smaller costs: bytes, speed of one stream on one thread, bits per sample of held-out
recordings by the arithmetic of generation, and which measures of 40 generated sounds differ.

    python3 Benchmarks/compression.py MODEL CORPUS VALIDATION [--kodama PATH] [--steps 2000] [--batch 4] [--sounds 40]
                                      [--rounds 3] [--keep FOLDER] [--only NAME ...]

MODEL is trained on CORPUS. Ways that train take --steps each, and so does the model itself for comparison. Speeds are
measured at the end, all models in turn in each round, and the median counts. A measure of sound differs where the 95 %
interval of its difference to the model's own sounds, of the same seeds, leaves out 0; in brackets the difference.
"""

import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path

BLOCKS = ["prune", "--sparsity", "0.8"]
CHANNELS = ["prune", "--structure", "channel", "--sparsity", "0.5"]
# Each way: how the model is trained further, nothing for not at all, and the scheme that it is quantized to.
WAYS = {
    "f32": (None, None),
    "bf16": (None, "bf16"),
    "int8": (None, "int8"),
    "int4": (None, "int4"),
    "trained on, f32": ([], None),
    "trained on, int8": ([], "int8"),
    "int4, trained": (["train", "--scheme", "int4"], "int4"),
    "ternary, trained": (["train", "--scheme", "ternary"], "ternary"),
    "binary, trained": (["train", "--scheme", "binary"], "binary"),
    "80 % of blocks, f32": (BLOCKS, None),
    "80 % of blocks, int8": (BLOCKS, "int8"),
    "half the multiply-adds, f32": (CHANNELS, None),
    "half the multiply-adds, int8": (CHANNELS, "int8"),
}


class Study:
    def __init__(self, arguments, folder):
        self.arguments = arguments
        self.folder = folder
        self.runs = {}

    def kodama(self, *parts, status=0):
        end = subprocess.run([self.arguments.kodama, *map(str, parts)], stdout=subprocess.PIPE)
        if end.returncode != status:
            raise SystemExit(f"kodama {' '.join(map(str, parts))}: exit status {end.returncode}")
        return end.stdout

    def trained(self, options):
        """The model, or the run that it was trained on in."""
        if options is None:
            return self.arguments.model
        key = " ".join(options)
        if key not in self.runs:
            run = self.folder / f"run-{len(self.runs)}"
            common = ["--validation", self.arguments.validation, "-o", run, "--steps", self.arguments.steps, "--batch",
                      self.arguments.batch, "--quiet"]
            if options:
                self.kodama("compress", options[0], self.arguments.model, self.arguments.corpus, *options[1:], *common)
            else:
                # As compress trains: Muon with a cosine schedule.
                self.kodama("train", self.arguments.corpus, "--from", self.arguments.model, "--optimizer", "muon",
                            "--schedule", "cosine", *common)
            self.runs[key] = run
        return self.runs[key]

    def model(self, name):
        """The folder of the model of a way."""
        options, scheme = WAYS[name]
        model = self.trained(options)
        folder = self.folder / name.replace(" ", "-")
        if scheme:
            self.kodama("compress", "quantize", model, "-o", folder, "--scheme", scheme, "--calibrate",
                        self.arguments.corpus, "--seconds", 1, "--quiet")
            return folder
        return model

    def bytes(self, model):
        return json.loads(self.kodama("inspect", model, "--json"))["bytes"]

    def bits(self, model):
        return json.loads(self.kodama("score", model, self.arguments.validation, "--json"))["bitsPerSample"]

    def speed(self, model):
        report = self.kodama("bench", "generate", "--model", model, "--rounds", 1, "--json")
        return json.loads(report)["samplesPerSecond"]

    def sound(self, name, model):
        """The evaluation of generated sounds as a file."""
        folder = self.folder / f"sounds of {name}"
        folder.mkdir()
        self.kodama("generate", model, "-o", folder / "sound.wav", "--streams", self.arguments.sounds, "--seconds", 1,
                    "--quiet")
        path = self.folder / f"{name}.json"
        path.write_bytes(self.kodama("evaluate", self.arguments.validation, folder, "--json", "--quiet"))
        return path

    def differences(self, before, after):
        """The measures of which the interval of the difference leaves out 0, with the difference."""
        report = json.loads(self.kodama("evaluate", "--compare", before, after, "--json"))
        # Metrics of sets have no interval.
        found = [(row["metric"], row["difference"]) for row in report["rows"] if row.get("difference", {}).get("interval")]
        return ", ".join(
            f"{metric['title']} ({difference['mean']:+.2f} {metric['unit']})" for metric, difference in found
            if not difference["interval"]["low"] <= 0 <= difference["interval"]["high"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("corpus")
    parser.add_argument("validation")
    parser.add_argument("--kodama", default=".build/release/kodama")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--sounds", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--keep", metavar="FOLDER", help="where models and sounds are kept")
    parser.add_argument("--only", nargs="*", metavar="NAME", help="names of ways, or parts of them")
    arguments = parser.parse_args()
    names = [name for name in WAYS if not arguments.only or any(part in name for part in arguments.only)]
    if names[:1] != ["f32"]:
        names.insert(0, "f32")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(arguments.keep or temporary)
        folder.mkdir(parents=True, exist_ok=True)
        study = Study(arguments, folder)
        rows = {}
        for name in names:
            model = study.model(name)
            rows[name] = (model, study.bytes(model), study.bits(model), study.sound(name, model))
            print(f"{name}: {rows[name][2]:.4f} bits per sample", flush=True)
        speeds = {name: [] for name in names}
        for _ in range(arguments.rounds):
            for name in names:
                speeds[name].append(study.speed(rows[name][0]))
        print("\n| way | bytes | samples/s | bits per sample | sound that differs |\n| --- | ---: | ---: | ---: | --- |")
        for name in names:
            model, size, bits, sound = rows[name]
            differences = study.differences(rows["f32"][3], sound) if name != "f32" else ""
            print(f"| {name} | {size:,} | {statistics.median(speeds[name]):,.0f} | {bits:.3f} | {differences} |")


if __name__ == "__main__":
    main()
