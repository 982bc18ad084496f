#!/usr/bin/env python3
"""Which output distribution is best: networks of one preset are trained for the same time, one after the other.

    swift build -c release
    python3 Benchmarks/outputs.py TRAIN VALIDATION [--minutes 20] [--out FOLDER]

TRAIN and VALIDATION are folders of recordings. A vocoder is trained for each output, scored on the validation set in bits
per sample on 16 bits, where μ-law classes are spread over their levels, and makes the recordings of the set again from
their log-mel features. The table has the bits, and how far the copies are from the recordings, as the network makes them and
refined (`--refine 30`), beside those that Griffin and Lim's algorithm makes of the same features. Runs and copies stay in
FOLDER, and a run that is there is not trained again. Mixtures are fed with samples and the softmax with codes; nothing else
differs. How many steps fit into the time is measured with a minute of training before, so that the learning rate can fall to
nothing over all of them. The machine should be idle otherwise: the time is what is held equal.
"""

import argparse
import json
import pathlib
import subprocess

OUTPUTS = {
    "softmax, 256 classes": ["--set", "output=softmax", "--set", "input=embedding"],
    "10 logistics": ["--set", "output=logistics", "--set", "input=scalar"],
    "1 Gaussian": ["--set", "output=gaussians", "--set", "mixture_components=1", "--set", "input=scalar"],
}
TRAINING = ["--batch", "2", "--crop", "3000", "--learning-rate", "0.003", "--warm-up", "50"]
TRAINING += ["--validate-every", "5000", "--sample-every", "1000000", "--quiet"]


def run(*command):
    return subprocess.run([str(part) for part in command], check=True, stdout=subprocess.PIPE, text=True).stdout


def steps(place):
    """The steps of a run."""
    return max(int(folder.name.split("-")[1]) for folder in (place / "checkpoints").iterdir())


def copies(kodama, model, validation, folder, *options):
    """The distances that the command prints."""
    text = run(kodama, "generate", model, "--mel-of", validation, "-o", folder, "--force", "--quiet", *options)
    return [line.split()[3 if "STFT" in line else 2] for line in text.splitlines()[:2]]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("validation")
    parser.add_argument("--minutes", type=float, default=20, help="how long each is trained (20)")
    parser.add_argument("--preset", default="vocoder-small")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("outputs"))
    parser.add_argument("--kodama", default=".build/release/kodama")
    arguments = parser.parse_args()
    kodama = arguments.kodama
    arguments.out.mkdir(exist_ok=True)
    print(f"{'output':22}{'steps':>8}{'bits on 16':>12}{'mcd, dB':>10}{'mr-stft':>9}{'refined':>10}{'':9}", flush=True)
    for name, options in OUTPUTS.items():
        place = arguments.out / name.split(",")[0].replace(" ", "-")
        train = ["train", arguments.train, "--validation", arguments.validation, "--preset", arguments.preset]
        if not (place / "run").exists():
            if not (place / "minute").exists():
                run(kodama, *train, "-o", place / "minute", "--for", "1m", *TRAINING, *options)
            total = round(steps(place / "minute") * arguments.minutes)
            run(kodama, *train, "-o", place / "run", "--steps", total, "--schedule", "cosine", *TRAINING, *options)
        score = json.loads(run(kodama, "score", place / "run", arguments.validation, "--json", "--quiet"))
        plain = copies(kodama, place / "run", arguments.validation, place / "copies")
        refined = copies(kodama, place / "run", arguments.validation, place / "refined", "--refine", "30")
        distances = "".join(f"{distortion:>10}{distance:>9}" for distortion, distance in (plain, refined))
        print(f"{name:22}{steps(place / 'run'):8}{score['bitsPerSample16']:12.4f}{distances}", flush=True)
    distortion, distance = copies(
        kodama, place / "run", arguments.validation, arguments.out / "griffin-lim", "--griffin-lim")
    print(f"{'Griffin and Lim':22}{'':8}{'':12}{distortion:>10}{distance:>9}")


if __name__ == "__main__":
    main()
