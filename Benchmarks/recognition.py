#!/usr/bin/env python3
"""How well classifiers of spoken digits do where it is hard: other speakers, and few recordings.

    python3 Benchmarks/recognition.py TRAIN VALIDATION [--kodama PATH] [--network mobile] [--epochs 20] [--threads 2]
                                      [--only digits|speakers|few]

TRAIN and VALIDATION are folders of recordings named DIGIT_SPEAKER_TAKE.wav, such as those of the Free Spoken Digit
Dataset.

digits    Digits and speakers at once, trained on all of TRAIN: accuracies on VALIDATION, and the time.
speakers  Digits of a speaker that training never met: each speaker in turn is left out of TRAIN, and tested on in both
          folders; with augmentation and without it.
few       Digits from 1, 2, 5, 10 and 50 recordings of each, and speakers likewise: from scratch, with the layers of a
          classifier of the other labels, and with these frozen, so that the head alone is trained.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

PATTERN = r"(?<digit>\d)_(?<speaker>[a-z]+)_"


def run(arguments, *words):
    return subprocess.run(
        [str(word) for word in (arguments.kodama, "classify", *words)], check=True, capture_output=True, text=True
    ).stdout


def recordings(*folders):
    """Each recording: its path, digit and speaker."""
    found = []
    for folder in folders:
        for path in sorted(Path(folder).rglob("*.wav")):
            match = re.match(PATTERN.replace("?<", "?P<"), path.name)
            if match:
                found.append((path.resolve(), match["digit"], match["speaker"]))
    return found


def link(paths, folder):
    """A folder of links to recordings."""
    folder.mkdir(parents=True)
    for path in paths:
        (folder / path.name).symlink_to(path)
    return folder


def train(arguments, corpus, output, validation, labels, *options, epochs=None):
    start = time.monotonic()
    run(
        arguments, "train", corpus, "-o", output, "--validation", validation, "--label", labels, "--label-pattern",
        PATTERN, "--epochs", epochs or arguments.epochs, "--threads", arguments.threads, "--quiet", *options)
    return time.monotonic() - start


def accuracies(arguments, model, corpus):
    text = run(arguments, "test", model, corpus, "--label-pattern", PATTERN, "--json", "--quiet", "--weights", "average")
    return {found["name"]: 100 * found["accuracy"] for found in json.loads(text)["sets"]}


def network(arguments):
    return ["--network", arguments.network]


def digits(arguments, folder):
    seconds = train(
        arguments, arguments.train, folder / "all", arguments.validation, "digit,speaker", *network(arguments))
    found = accuracies(arguments, folder / "all", arguments.validation)
    print(f"all of them: digits {found['digit']:.1f} %, speakers {found['speaker']:.1f} %, {seconds:.0f} s")


def speakers(arguments, folder):
    everything = recordings(arguments.train, arguments.validation)
    names = sorted({speaker for _, _, speaker in everything})
    print("speaker left out " + " ".join(f"{name:>8}" for name in names) + "     mean")
    for title, options in [("augmentation", []), ("none", ["--no-augmentation"])]:
        row = []
        for name in names:
            place = folder / f"{title}-{name}"
            corpus = link([path for path, _, speaker in everything if speaker != name], place / "train")
            test = link([path for path, _, speaker in everything if speaker == name], place / "test")
            # Held-out speakers choose nothing: the last averaged weights are tested.
            train(arguments, corpus, place / "run", test, "digit", *network(arguments), *options)
            last = max((place / "run/checkpoints").iterdir(), key=lambda path: int(path.name.split("-")[1]))
            row.append(accuracies(arguments, last, test)["digit"])
        print(f"{title:16} " + " ".join(f"{value:8.1f}" for value in row) + f" {statistics.mean(row):8.1f}", flush=True)


def few(arguments, folder, given, wanted):
    """Labels of one kind from few recordings, with the layers of a classifier of the other kind."""
    folder = folder / wanted
    train(arguments, arguments.train, folder / "ear", arguments.validation, given, *network(arguments))
    everything = [(path, digit if wanted == "digit" else speaker) for path, digit, speaker in recordings(arguments.train)]
    print(f"recordings of a {wanted:8} scratch   layers of {given}s   head alone")
    for count in [1, 2, 5, 10, 50]:
        # Takes of all digits and speakers in turn.
        chosen = []
        for label in sorted({label for _, label in everything}):
            own = [path for path, found in everything if found == label]
            own.sort(key=lambda path: (int(re.search(r"_(\d+)\.", path.name)[1]), path.name))
            chosen += own[:count]
        corpus = link(chosen, folder / f"few-{count}")
        # As many steps for few recordings as for many: 300 of up to 32.
        epochs = 300 * min(32, len(chosen)) / len(chosen)
        row = []
        for title, options in [
            ("scratch", network(arguments)), ("taken", ["--from", folder / "ear"]),
            ("head", ["--from", folder / "ear", "--freeze", "features.*"]),
        ]:
            place = folder / f"{title}-{count}"
            train(
                arguments, corpus, place, arguments.validation, wanted, "--batch", min(32, len(chosen)), *options,
                epochs=epochs)
            last = max((place / "checkpoints").iterdir(), key=lambda path: int(path.name.split("-")[1]))
            row.append(accuracies(arguments, last, arguments.validation)[wanted])
        print(f"{count:24} {row[0]:7.1f} {row[1]:18.1f} {row[2]:12.1f}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("train")
    parser.add_argument("validation")
    parser.add_argument("--kodama", default="kodama")
    parser.add_argument("--network", default="mobile")
    parser.add_argument("--epochs", type=float, default=20)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=["digits", "speakers", "few"])
    arguments = parser.parse_args()
    def both(arguments, folder):
        few(arguments, folder, "speaker", "digit")
        few(arguments, folder, "digit", "speaker")

    parts = {"digits": digits, "speakers": speakers, "few": both}
    with tempfile.TemporaryDirectory() as folder:
        for name, part in parts.items():
            if arguments.only in (None, name):
                part(arguments, Path(folder) / name)


if __name__ == "__main__":
    sys.exit(main())
