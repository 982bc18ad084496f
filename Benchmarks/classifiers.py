#!/usr/bin/env python3
"""Speed of Kodama's classifiers beside PyTorch's and onnxruntime's on the same networks, in turn, in one run.

    python3 Benchmarks/classifiers.py [--kodama PATH] [--networks mobile residual] [--batch 32] [--threads 2] [--rounds 3]

Needs torch; for classification of single sounds also onnxruntime and onnx. Training: steps of AdamW on random maps of
100 frames and 40 bands, PyTorch in its better memory format. Classification: a second of sound on one thread with its
features, and the network alone on one map, as onnxruntime runs it from what torch exports. Medians of rounds in turn
count.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time


def environment():
    return {k: v for k, v in os.environ.items() if k != "OPENBLAS_CORETYPE"}


def network(kind):
    import torch
    from torch import nn

    def unit(i, o, k, stride=1, groups=1, activation=True):
        layers = [nn.Conv2d(i, o, k, stride, k // 2, groups=groups, bias=False), nn.BatchNorm2d(o)]
        return nn.Sequential(*layers, *([nn.ReLU6(inplace=True)] if activation else []))

    class Inverted(nn.Module):
        def __init__(self, i, o, expansion, stride):
            super().__init__()
            hidden = i * expansion
            self.adds = stride == 1 and i == o
            self.layers = nn.Sequential(
                *([unit(i, hidden, 1)] if expansion > 1 else []), unit(hidden, hidden, 3, stride, hidden),
                unit(hidden, o, 1, activation=False))

        def forward(self, x):
            return x + self.layers(x) if self.adds else self.layers(x)

    class Basic(nn.Module):
        def __init__(self, i, o, stride):
            super().__init__()
            self.first, self.second = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.Conv2d(o, o, 3, 1, 1, bias=False)
            self.norms = nn.ModuleList([nn.BatchNorm2d(o), nn.BatchNorm2d(o)])
            self.shortcut = (
                nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o)) if stride > 1 or i != o
                else nn.Identity())

        def forward(self, x):
            y = torch.relu(self.norms[0](self.first(x)))
            return torch.relu(self.norms[1](self.second(y)) + self.shortcut(x))

    if kind == "mobile":
        layers, channels = [unit(1, 16, 3, 2)], 16
        for expansion, out, blocks, stride in [(1, 16, 1, 1), (4, 24, 2, 2), (4, 32, 2, 2), (4, 48, 3, 2)]:
            for block in range(blocks):
                layers.append(Inverted(channels, out, expansion, stride if block == 0 else 1))
                channels = out
        layers += [unit(channels, 192, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(0.1), nn.Linear(192, 10)]
    else:
        layers = [nn.Conv2d(1, 16, 3, 2, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(inplace=True)]
        channels = 16
        for out, stride in [(16, 1), (32, 2), (64, 2)]:
            layers += [Basic(channels, out, stride), Basic(out, out, 1)]
            channels = out
        layers += [nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10)]
    return nn.Sequential(*layers)


def peer(kind, batch, threads, steps, layout):
    """In a process of its own: trains the network in PyTorch; prints the seconds of steps."""
    import torch
    import torch.nn.functional as F

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model = network(kind).train()
    form = torch.channels_last if layout == "channels_last" else torch.contiguous_format
    model = model.to(memory_format=form)
    maps = torch.randn(batch, 1, 101, 40).contiguous(memory_format=form)
    targets = torch.arange(batch) % 10
    optimizer = torch.optim.AdamW(model.parameters(), 1e-3)
    times = []
    for _ in range(steps + 2):
        start = time.perf_counter()
        optimizer.zero_grad()
        F.cross_entropy(model(maps), targets).backward()
        optimizer.step()
        times.append(time.perf_counter() - start)
    print(json.dumps(times[2:]))


def single(kind, rounds):
    """In a process of its own: the network in onnxruntime on one thread; prints the seconds of runs."""
    import numpy as np
    import onnxruntime
    import torch

    model = network(kind).eval()
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.onnx")
        torch.onnx.export(model, torch.randn(1, 1, 101, 40), path, dynamo=False)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    name, x = session.get_inputs()[0].name, np.random.randn(1, 1, 101, 40).astype("f4")
    times = []
    for _ in range(rounds + 5):
        start = time.perf_counter()
        session.run(None, {name: x})
        times.append(time.perf_counter() - start)
    print(json.dumps(times[5:]))


def own(*words):
    command = [sys.executable, os.path.abspath(__file__), *map(str, words)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, env=environment()).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kodama", default="kodama")
    parser.add_argument("--networks", nargs="+", default=["mobile", "residual"], choices=["mobile", "residual"])
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--peer", nargs=5)
    parser.add_argument("--single", nargs=2)
    arguments = parser.parse_args()
    if arguments.peer:
        kind, batch, threads, steps, layout = arguments.peer
        return peer(kind, int(batch), int(threads), int(steps), layout)
    if arguments.single:
        return single(arguments.single[0], int(arguments.single[1]))
    for kind in arguments.networks:
        ours, theirs, alone, engine, runtime = [], {"channels_last": [], "contiguous": []}, [], [], []
        for _ in range(arguments.rounds):
            command = [
                arguments.kodama, "bench", "classify", "--network", kind, "--batch", str(arguments.batch), "--threads",
                str(arguments.threads), "--steps", str(arguments.steps), "--json"]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, env=environment()).stdout)
            ours.append(statistics.median(found["stepSeconds"]))
            alone.append(found["classificationMilliseconds"])
            engine.append(found["networkMilliseconds"])
            for layout in theirs:
                theirs[layout].append(
                    statistics.median(own("--peer", kind, arguments.batch, arguments.threads, arguments.steps, layout)))
            try:
                runtime.append(1000 * statistics.median(own("--single", kind, 50)))
            except subprocess.CalledProcessError:
                pass
        mine = statistics.median(ours)
        best, other = min((statistics.median(times), name) for name, times in theirs.items())
        print(f"{kind}: training {arguments.batch / mine:.0f} examples/s, PyTorch {arguments.batch / best:.0f} ({other}): "
              f"{best / mine:.2f} times; classification {statistics.median(alone):.2f} ms a second of sound, "
              f"{1000 / statistics.median(alone):.0f} times real time, "
              f"the network alone {statistics.median(engine):.3f} ms"
              + (f", onnxruntime {statistics.median(runtime):.3f} ms: "
                 f"{statistics.median(runtime) / statistics.median(engine):.2f} times" if runtime else ""))


if __name__ == "__main__":
    sys.exit(main())
