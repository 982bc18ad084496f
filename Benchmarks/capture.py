#!/usr/bin/env python3
"""Training a model of an amplifier: Kodama beside PyTorch, on the same pair, with the settings of Neural Amp Modeler's
trainer.

    swift build -c release
    python3 Benchmarks/capture.py [--kodama PATH] [--threads N] [--steps N] [--seeds N]

Needs numpy, safetensors and torch. A pair is made by `kodama corpus make --kind amplifier-pair`. Both train A1 in its
standard size by Adam at 0.004, with the mean squared error and 2e-4 of the distance of pre-emphasized spectra, from the
same weights, those of Kodama's seed. A step has 16 crops of 8,192 outputs, which are all of the recording before the last
nine seconds, so that both see the same in each step. What is compared is the speed, the median over the steps, and the
error-to-signal ratio on the last nine seconds after the same steps, for each seed.
"""

import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time
import wave
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file

ROOT = Path(__file__).resolve().parent.parent
CROP, BATCH, RATE, VALIDATION = 8192, 16, 48000, 9
# Kodama takes the wet recording one sample before it answers the dry one, which it does after 240.
SHIFT = 239


class Layer(torch.nn.Module):
    def __init__(self, channels, dilation):
        super().__init__()
        self.conv = torch.nn.Conv1d(channels, channels, 3, dilation=dilation)
        self.mixin = torch.nn.Conv1d(1, channels, 1, bias=False)
        self.pointwise = torch.nn.Conv1d(channels, channels, 1)

    def forward(self, x, condition, length):
        z = self.conv(x)
        z = torch.tanh(z + self.mixin(condition[:, :, -z.shape[2]:]))
        return x[:, :, -z.shape[2]:] + self.pointwise(z), z[:, :, -length:]


class Array(torch.nn.Module):
    def __init__(self, inputs, channels, outputs, bias):
        super().__init__()
        self.rechannel = torch.nn.Conv1d(inputs, channels, 1, bias=False)
        self.layers = torch.nn.ModuleList(Layer(channels, 1 << index) for index in range(10))
        self.head = torch.nn.Conv1d(channels, outputs, 1, bias=bias)

    def forward(self, x, condition, total):
        length = x.shape[2] - 2046
        x = self.rechannel(x)
        for layer in self.layers:
            x, term = layer(x, condition, length)
            total = term if total is None else total[:, :, -length:] + term
        return x, self.head(total)


class A1(torch.nn.Module):
    lookback = 4092

    def __init__(self):
        super().__init__()
        self.first, self.second = Array(1, 16, 8, False), Array(16, 8, 1, True)

    def forward(self, x):
        y, total = self.first(x, x, None)
        return 0.02 * self.second(y, x, total)[1][:, 0]


def emphasized(x):
    return x[:, 1:] - 0.85 * x[:, :-1]


def spectra(x, y):
    """The distance of spectra in three resolutions: spectral convergence and the mean difference of log magnitudes."""
    total = 0
    for size, hop, length in [(1024, 120, 600), (2048, 240, 1200), (512, 50, 240)]:
        window = torch.hann_window(length)
        a, b = (
            torch.stft(s, size, hop, length, window, return_complex=True).abs().clamp(min=1e-4) for s in (x, y))
        total = total + torch.linalg.norm(b - a) / torch.linalg.norm(b) + (a.log() - b.log()).abs().mean()
    return total / 3


def samples(path, count=None):
    """The first samples of a file of 24 bits; what follows them is cut off the file."""
    with wave.open(str(path)) as file:
        parameters, data = file.getparams(), file.readframes(count or file.getnframes())
    if count:
        with wave.open(str(path), "wb") as file:
            file.setparams(parameters)
            file.writeframes(data)
    raw = np.frombuffer(data, dtype=np.uint8).reshape(-1, 3).astype(np.int32)
    values = raw[:, 0] | raw[:, 1] << 8 | raw[:, 2] << 16
    return ((values << 8 >> 8) / (1 << 23)).astype(np.float32)


def loaded(model, path):
    """Sets the weights of a checkpoint."""
    parts = {"layer1x1": "pointwise"}
    state = {}
    for name, value in load_file(path).items():
        if name == "head_scale":
            continue
        _, array, *rest = name.split(".")
        place = ["first", "second"][int(array)]
        if rest[0].isdigit():
            place += f".layers.{rest.pop(0)}"
        state[".".join([place, *(parts.get(part, part) for part in rest)])] = value
    model.load_state_dict(state)
    return model


def train_torch(weights, dry, wet, steps):
    model = loaded(A1(), weights)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.004)
    end = len(dry) - VALIDATION * RATE
    # The rate falls by 0.7 % in an epoch, which is a step.
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.993)
    starts, times = np.arange(model.lookback, end, CROP), []
    assert len(starts) == BATCH
    x = torch.tensor(np.stack([dry[s - model.lookback:s + CROP] for s in starts]))[:, None]
    y = torch.tensor(np.stack([wet[s:s + CROP] for s in starts]))
    for _ in range(steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        z = model(x)
        loss = ((z - y) ** 2).mean() + 2e-4 * spectra(emphasized(z), emphasized(y))
        loss.backward()
        optimizer.step()
        schedule.step()
        times.append(time.perf_counter() - start)
    with torch.no_grad():
        z = model(torch.tensor(dry[end - model.lookback:])[None, None])[0].numpy()
    error = float(((z - wet[end:]) ** 2).sum() / (wet[end:] ** 2).sum())
    return BATCH * CROP / statistics.median(times), error


def train_kodama(kodama, folder, run, steps, threads, seed):
    subprocess.run(
        [kodama, "capture", folder / "pair/dry.wav", folder / "pair/wet.wav", "-o", run, "--epochs", str(steps),
         "--threads", str(threads), "--seed", str(seed), "--quiet"], check=True)
    lines = [json.loads(line) for line in (run / "metrics.jsonl").read_text().splitlines()]
    speeds = [line["samplesPerSecond"] for line in lines if line.get("samplesPerSecond")]
    errors = [line["errorToSignal"] for line in lines if line["kind"] == "validation"]
    return statistics.median(speeds), errors[-1]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kodama", default=str(ROOT / ".build/release/kodama"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seeds", type=int, default=3)
    arguments = parser.parse_args()
    os.environ.pop("OPENBLAS_CORETYPE", None)
    torch.set_num_threads(arguments.threads)
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            [arguments.kodama, "corpus", "make", "--kind", "amplifier-pair", "-o", folder / "pair", "--minutes", "0.5"],
            check=True)
        count = A1.lookback + BATCH * CROP + VALIDATION * RATE + SHIFT
        dry, wet = (samples(folder / "pair" / f"{kind}.wav", count) for kind in ("dry", "wet"))
        dry, wet = dry[:-SHIFT], wet[SHIFT:]
        for seed in range(1, arguments.seeds + 1):
            # The weights before the first step are those of another run, whose checkpoints are not replaced.
            first, run = folder / f"first-{seed}", folder / f"run-{seed}"
            train_kodama(arguments.kodama, folder, first, 1, arguments.threads, seed)
            ours = train_kodama(arguments.kodama, folder, run, arguments.steps, arguments.threads, seed)
            weights = first / "checkpoints/step-0/model.safetensors"
            found.append((seed, ours, train_torch(weights, dry, wet, arguments.steps)))
    print(f"A1, {arguments.steps} steps of {BATCH} x {CROP} outputs, {arguments.threads} threads")
    print(f"{'seed':4}{'outputs/s':>12}{'PyTorch':>12}{'ratio':>8}{'ESR':>10}{'PyTorch':>10}{'ratio':>8}")
    for seed, ours, theirs in found:
        print(
            f"{seed:4}{ours[0]:12,.0f}{theirs[0]:12,.0f}{ours[0] / theirs[0]:8.2f}"
            f"{ours[1]:10.5f}{theirs[1]:10.5f}{ours[1] / theirs[1]:8.3f}")


if __name__ == "__main__":
    main()
