#!/usr/bin/env python3
"""Speed of Kodama's convolutions beside PyTorch's on the same numbers and threads, in turn, in one run.

    python3 Benchmarks/convolutions.py [--kodama PATH] [--cases 3x3-64 ...] [--threads 2] [--rounds 5] [--batch 32]

Needs torch and numpy. Both draw the same inputs, weights and upstream gradients; outputs and all gradients must agree
before anything counts. Then each is timed several times in turn, and medians count: forward is the output alone,
backward the gradients of input, weight and bias. PyTorch runs with channels last and in its default layout, each with
and without the allocator settings of train.py; its best of the four, for forward and backward apart, is what Kodama is
held against.
"""

import argparse
import json
import math
import os
import statistics
import subprocess
import sys
import time

from train import environment

# name: input (batch left out), then for each convolution outputs, kernel, stride, padding, groups, dilation.
CASES = {
    "3x3-64": ((64, 56, 56), [(64, 3, 1, 1, 1)]),
    "3x3-128": ((128, 28, 28), [(128, 3, 1, 1, 1)]),
    "3x3-stride-2": ((64, 56, 56), [(128, 3, 2, 1, 1)]),
    "1x1-256": ((256, 56, 56), [(64, 1, 1, 0, 1)]),
    "7x7-stride-2": ((1, 128, 128), [(64, 7, 2, 3, 1)]),
    "causal": ((64, 4096), [(128, 2, 1, 64, 1)]),
    "depthwise-128": ((128, 56, 56), [(128, 3, 1, 1, 128)]),
    "depthwise-512": ((512, 14, 14), [(512, 3, 1, 1, 512)]),
    "separable": ((128, 56, 56), [(128, 3, 1, 1, 128), (128, 1, 1, 0, 1)]),
}
CAUSAL_DILATION = 64


def peer(threads):
    """In a process of its own: carries out one case for each line of JSON that comes, and answers with one."""
    import numpy as np
    import torch
    import torch.nn.functional as F
    from numpy.random import Generator, Philox

    torch.set_num_threads(threads)

    def uniform(shape, seed, divisor=1.0):
        draws = Generator(Philox(key=seed)).random(math.prod(shape))
        return torch.from_numpy(((2 * draws - 1) / divisor).astype("<f4").reshape(shape))

    def first(channels_last):
        """[B, ..., C] as PyTorch orders axes."""
        return channels_last.movedim(-1, 1)

    def probe(tensor):
        flat = tensor.detach().reshape(-1)
        places = min(64, flat.numel())
        places = [i * flat.numel() // places for i in range(places)]
        return {"elements": flat[places].tolist(), "squares": float(flat.double().square().sum())}

    def measure(name, batch, rounds, is_last):
        (channels, *lengths), layers = CASES[name]
        is_map = len(lengths) == 2
        layout = torch.channels_last if is_last and is_map else torch.contiguous_format

        def placed(tensor):
            return tensor.contiguous(memory_format=layout) if tensor.dim() == 4 else tensor.contiguous()

        x = placed(first(uniform([batch, *lengths, channels], 1))).requires_grad_()
        weights, biases = [], []
        inputs = channels
        for index, (outputs, kernel, _, _, groups) in enumerate(layers):
            shape = [outputs, inputs // groups] + [kernel] * len(lengths)
            weight = uniform(shape, 3 + 2 * index, math.sqrt(math.prod(shape[1:])))
            weights.append(placed(weight).requires_grad_())
            biases.append(uniform([outputs], 4 + 2 * index).requires_grad_())
            inputs = outputs

        def causal(x):
            if not is_last:
                return F.conv1d(F.pad(x, (CAUSAL_DILATION, 0)), weights[0], biases[0], dilation=CAUSAL_DILATION)
            # One dimension has no channels-last layout; a map of height 1 has.
            padded = F.pad(x.unsqueeze(2), (CAUSAL_DILATION, 0)).contiguous(memory_format=torch.channels_last)
            return F.conv2d(padded, weights[0].unsqueeze(2), biases[0], dilation=CAUSAL_DILATION).squeeze(2)

        def forward():
            if name == "causal":
                return causal(x)
            y = x
            for weight, bias, (_, _, stride, padding, groups) in zip(weights, biases, layers):
                y = F.conv2d(y, weight, bias, stride, padding, 1, groups)
            return y

        y = forward()
        gradient = placed(first(uniform([y.shape[0], *y.shape[2:], y.shape[1]], 2)))
        leaves = [x, *weights, *biases]

        def backward():
            return torch.autograd.grad(y, leaves, gradient, retain_graph=True)

        def median(body):
            times = []
            for _ in range(rounds):
                start = time.perf_counter()
                body()
                times.append(time.perf_counter() - start)
            return statistics.median(times)

        dx, *rest = backward()
        result = {
            "output": probe(y.movedim(1, -1)), "inputGradient": probe(dx.movedim(1, -1)),
            "weightGradients": [probe(g) for g in rest[:len(weights)]],
            "biasGradients": [probe(g) for g in rest[len(weights):]],
        }
        with torch.no_grad():
            forward()
            result["forwardSeconds"] = median(forward)
        result["backwardSeconds"] = median(backward)
        return result

    for line in sys.stdin:
        print(json.dumps(measure(*json.loads(line))), flush=True)


def difference(ours, theirs):
    """The largest difference of two probes over their largest element; not a number where one is not."""
    if len(ours["elements"]) != len(theirs["elements"]):
        return math.nan
    largest = max(abs(e) for e in theirs["elements"])
    differences = [abs(a - b) / largest for a, b in zip(ours["elements"], theirs["elements"])]
    differences.append(abs(ours["squares"] / theirs["squares"] - 1))
    return math.nan if any(math.isnan(d) for d in differences) else max(differences)


def compare(name, ours, theirs):
    pairs = {"output": (ours["output"], theirs["output"]), "input": (ours["inputGradient"], theirs["inputGradient"])}
    for key, what in [("weightGradients", "weight"), ("biasGradients", "bias")]:
        for index, pair in enumerate(zip(ours[key], theirs[key], strict=True)):
            pairs[f"{what} {index}"] = pair
    worst = 0
    for what, pair in pairs.items():
        found = difference(*pair)
        if not found <= 1e-4:
            sys.exit(f"{name}: the {what} differs by {found} of the largest")
        worst = max(worst, found)
    return worst


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kodama", default=os.path.join(root, ".build", "release", "kodama"))
    parser.add_argument("--cases", nargs="+", default=list(CASES), choices=list(CASES))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--peer", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        return peer(arguments.threads)

    with open("/proc/cpuinfo") as file:
        model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    command = [sys.executable, os.path.abspath(__file__), "--peer", "--threads", str(arguments.threads)]
    peers = {
        allocator: subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment(allocator))
        for allocator in (False, True)
    }
    rows, kernels = [], None
    for name in arguments.cases:
        row, kernels = measure(arguments, name, peers)
        rows.append(row)
        print(f"  measured {name}, {row[-1]:.1e} apart", file=sys.stderr)
    for process in peers.values():
        process.stdin.close()
        process.wait()

    print(f"{model}, {arguments.threads} threads, batches of {arguments.batch}, medians of {arguments.rounds} rounds "
          f"in turn; kernels {kernels}")
    print(f"{'':14} {'forward ms':>11} {'torch':>8} {'ratio':>6} {'backward ms':>12} {'torch':>8} {'ratio':>6}")
    ratios = []
    for name, ours, theirs, _ in rows:
        ratio = [b / a for a, b in zip(ours, theirs)]
        ratios += ratio
        print(f"{name:14} {1000 * ours[0]:11.2f} {1000 * theirs[0]:8.2f} {ratio[0]:6.2f} {1000 * ours[1]:12.2f} "
              f"{1000 * theirs[1]:8.2f} {ratio[1]:6.2f}")
    print(f"geometric mean {math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f}, least {min(ratios):.2f}")


def measure(arguments, name, peers):
    """The medians of both sides, and how far they are apart."""
    ours = [arguments.kodama, "bench", "convolutions", "--only", name, "--json", "--rounds", "3",
            "--batch", str(arguments.batch), "--threads", str(arguments.threads)]
    mine, others, worst, kernels = [], {}, 0, None
    for _ in range(arguments.rounds):
        process = subprocess.run(ours, stdout=subprocess.PIPE, env=environment(False))
        if process.returncode != 0:
            sys.exit(f"{' '.join(ours)} failed with {process.returncode}")
        results = json.loads(process.stdout)
        [result], kernels = results["cases"], results["instructionSet"]
        mine.append(result)
        for allocator, process in peers.items():
            for is_last in (True, False):
                process.stdin.write(json.dumps([name, arguments.batch, 3, is_last]) + "\n")
                process.stdin.flush()
                answer = json.loads(process.stdout.readline())
                worst = max(worst, compare(name, result, answer))
                others.setdefault((allocator, is_last), []).append(answer)

    def median(answers, key):
        return statistics.median(a[key] for a in answers)

    keys = ("forwardSeconds", "backwardSeconds")
    best = [min(median(answers, key) for answers in others.values()) for key in keys]
    return (name, [median(mine, key) for key in keys], best, worst), kernels


if __name__ == "__main__":
    main()
