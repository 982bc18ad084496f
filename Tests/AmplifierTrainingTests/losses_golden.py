"""Writes Golden/losses.json, the numbers LossGoldenTests holds losses and their gradients to.

    python3 Tests/AmplifierTrainingTests/losses_golden.py

Run with torch 2.15, in float64. The signals are made from integers and are the same in LossGoldenTests.swift. Of each
gradient every seventh number is written, and the sum of squares of all.
"""

import json
import pathlib

import torch

COUNT, LENGTH = 2, 1500


def noise(seed, count):
    """Numbers from −1 to 1 of a linear congruential generator."""
    values = []
    for _ in range(count):
        seed = (seed * 1664525 + 1013904223) % 2**32
        values.append(seed / 2**31 - 1)
    return values


def signals():
    """The signals and their targets: smoothed noise, and a distorted copy with noise of its own."""
    x, y = [], []
    for signal in range(COUNT):
        dry, own = noise(1 + signal, LENGTH), noise(11 + signal, LENGTH)
        last, row, target = 0.0, [], []
        for t in range(LENGTH):
            last = 0.8 * last + 0.5 * dry[t]
            row.append(last)
            target.append(0.7 * last - 0.2 * last * last + 0.1 * own[t])
        x.append(row)
        y.append(target)
    return torch.tensor(x, dtype=torch.float64), torch.tensor(y, dtype=torch.float64)


def emphasized(x, coefficient=0.85):
    return x[:, 1:] - coefficient * x[:, :-1]


def squared(x, y):
    return ((x - y) ** 2).mean()


def ratio(x, y):
    return (((x - y) ** 2).sum(1) / (y**2).sum(1)).mean()


def magnitudes(x, fft, hop, window):
    spectra = torch.stft(
        x, fft, hop, window, torch.hann_window(window, dtype=torch.float64), return_complex=True, pad_mode="reflect")
    return spectra.abs().square().clamp(min=1e-8).sqrt()


def spectral(x, y):
    total = 0.0
    for fft, hop, window in [(1024, 120, 600), (2048, 240, 1200), (512, 50, 240)]:
        a, b = magnitudes(x, fft, hop, window), magnitudes(y, fft, hop, window)
        total = total + (a - b).norm() / b.norm() + (a.log() - b.log()).abs().mean()
    return total / 3


cases = {
    "squaredError": squared,
    "emphasizedSquaredError": lambda x, y: squared(emphasized(x), emphasized(y)),
    "ratio": ratio,
    "emphasizedRatio": lambda x, y: ratio(emphasized(x), emphasized(y)),
    "spectral": spectral,
    "emphasizedSpectral": lambda x, y: spectral(emphasized(x), emphasized(y)),
}
golden = []
for name, loss in cases.items():
    x, y = signals()
    x.requires_grad_()
    value = loss(x, y)
    (gradient,) = torch.autograd.grad(value, x)
    golden.append({
        "name": name, "value": value.item(), "gradient": gradient.flatten()[::7].tolist(),
        "energy": gradient.square().sum().item()})
path = pathlib.Path(__file__).parent / "Golden" / "losses.json"
path.write_text("[\n" + ",\n".join(json.dumps(case) for case in golden) + "\n]\n")
