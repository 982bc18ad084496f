#!/usr/bin/env python3
"""Whether labels change what a model says: which digit and which speaker a classifier hears in generated sound.

    swift build -c release
    python3 Benchmarks/labels.py MODEL TRAIN VALIDATION [--seconds 0.6] [--seed 1] [--out FOLDER]

MODEL is conditioned on the sets `speaker` and `digit`. A convolutional network on log-mel spectra is trained apart, on
the recordings of the folder TRAIN, named DIGIT_SPEAKER_TAKE.wav, as those of the Free Spoken Digit Dataset are. What it
gets right of those of VALIDATION is printed, and then what it hears in a file for every speaker and digit. Takes three
minutes of one core. Needs torch, numpy and soundfile.
"""

import argparse
import pathlib
import subprocess

import numpy as np
import soundfile
import torch
import torch.nn.functional as F

FRAMES, BANDS, WINDOW, HOP, FLOOR = 80, 40, 0.032, 0.01, 1e-5
EPOCHS, BATCH = 14, 32


class Spectra:
    """Log-mel spectra of 0.8 s from the start, which is what all but a few recordings have."""

    def __init__(self, rate):
        self.window, self.hop = int(WINDOW * rate), int(HOP * rate)
        mel = 2595 * np.log10(1 + np.linspace(0, rate / 2, self.window // 2 + 1) / 700)
        edges = np.linspace(0, mel[-1], BANDS + 2)
        rise = (mel[None] - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
        fall = (edges[2:, None] - mel[None]) / (edges[2:] - edges[1:-1])[:, None]
        self.bands = torch.tensor(np.maximum(0, np.minimum(rise, fall)), dtype=torch.float32)

    def __call__(self, samples):
        spectrum = torch.stft(
            samples, self.window, self.hop, window=torch.hann_window(self.window), return_complex=True)
        values = torch.log(self.bands @ spectrum.abs() ** 2 + FLOOR)[:, :FRAMES]
        return F.pad(values, (0, FRAMES - values.shape[1]), value=float(np.log(FLOOR)))


class Classifier(torch.nn.Module):
    def __init__(self, digits, speakers):
        super().__init__()
        widths = [1, 24, 48, 64]
        self.blocks = torch.nn.ModuleList(
            torch.nn.Sequential(
                torch.nn.Conv2d(a, b, 3, padding=1), torch.nn.BatchNorm2d(b), torch.nn.ReLU(), torch.nn.MaxPool2d(2))
            for a, b in zip(widths, widths[1:]))
        self.digits = torch.nn.Sequential(
            torch.nn.Dropout(0.3), torch.nn.Linear(widths[-1] * (BANDS // 8) * (FRAMES // 8), 128), torch.nn.ReLU(),
            torch.nn.Linear(128, digits))
        self.speakers = torch.nn.Linear(2 * widths[-1], speakers)

    def forward(self, x):
        x = (x[:, None] + 6) / 4
        for block in self.blocks:
            x = block(x)
        return self.digits(x.flatten(1)), self.speakers(torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1))


def recordings(folder):
    """The samples of each file, with its digit and speaker, and the rate of all."""
    found, rate = [], None
    for path in sorted(folder.rglob("*.wav")):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        found.append((torch.from_numpy(samples[:, 0].copy()), *path.stem.split("_")[:2]))
    return found, rate


def changed(samples, rate):
    """The samples at another loudness, later and with noise."""
    gain, delay = float(torch.empty(1).uniform_(0.4, 1.6)), int(torch.randint(0, int(0.15 * rate), ()))
    samples = F.pad(gain * samples, (delay, 0))
    return samples + torch.randn_like(samples) * 10 ** float(torch.empty(1).uniform_(-4, -2))


def trained(examples, rate, digits, speakers):
    spectra, network = Spectra(rate), Classifier(len(digits), len(speakers))
    targets = torch.tensor([(digits.index(digit), speakers.index(speaker)) for _, digit, speaker in examples])
    optimizer = torch.optim.AdamW(network.parameters(), 1e-3, weight_decay=1e-3)
    steps = EPOCHS * -(-len(examples) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 3e-3, total_steps=steps)
    for _ in range(EPOCHS):
        for chosen in torch.randperm(len(examples)).split(BATCH):
            digit, speaker = network(torch.stack([spectra(changed(examples[i][0], rate)) for i in chosen]))
            loss = F.cross_entropy(digit, targets[chosen, 0], label_smoothing=0.05)
            loss = loss + F.cross_entropy(speaker, targets[chosen, 1], label_smoothing=0.05)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("train", type=pathlib.Path)
    parser.add_argument("validation", type=pathlib.Path)
    parser.add_argument("--seconds", default="0.6")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--temperature", default="1")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("labelled"))
    parser.add_argument("--kodama", default=".build/release/kodama")
    arguments = parser.parse_args()

    torch.manual_seed(0)
    examples, rate = recordings(arguments.train)
    digits, speakers = (sorted({example[i] for example in examples}) for i in (1, 2))
    network, spectra = trained(examples, rate, digits, speakers), Spectra(rate)

    @torch.no_grad()
    def heard(samples):
        digit, speaker = network(spectra(samples)[None])
        return digits[int(digit.argmax())], speakers[int(speaker.argmax())]

    def report(name, pairs):
        right = [sum(found[i] == wanted[i] for found, wanted in pairs) for i in (0, 1)]
        print(f"{name}: digit right {right[0]} of {len(pairs)}, speaker right {right[1]} of {len(pairs)}")

    held_out, _ = recordings(arguments.validation)
    report("recordings", [(heard(samples), wanted) for samples, *wanted in held_out])

    arguments.out.mkdir(exist_ok=True)
    pairs = []
    for digit in digits:
        for number, speaker in enumerate(speakers):
            path = arguments.out / f"{digit}_{speaker}.wav"
            subprocess.run(
                [arguments.kodama, "generate", arguments.model, "-o", path, "--seconds", arguments.seconds, "--seed",
                 str(arguments.seed + len(pairs)), "--temperature", arguments.temperature, "--force", "--quiet",
                 "--label", f"speaker={speaker}", "--label", f"digit={digit}"], check=True)
            samples, _ = soundfile.read(path, dtype="float32")
            pairs.append((heard(torch.from_numpy(samples)), (digit, speaker)))
            print(f"{digit} {speaker:12} heard {' '.join(pairs[-1][0])}", flush=True)
    report("generated", pairs)


if __name__ == "__main__":
    main()
