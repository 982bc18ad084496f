#!/usr/bin/env python3
"""Speed of Kodama's recurrent layers beside PyTorch's, in turn, in one run, on the same number of threads.

    swift build -c release --product RecurrentSpeed
    python3 Benchmarks/recurrent.py [--program .build/release/RecurrentSpeed] [--rounds 5] [--only step]

Needs PyTorch and NumPy. Sequences: forward and backward of one layer, gradients of all parameters, on --threads threads.
Steps: one time step at a time without gradients, on one thread, of PyTorch in inference mode with the layer (`LSTM`, ..)
and with the cell (`LSTMCell`, ..), of which the faster counts. First both compute the same from the same numbers and
must agree; then each is timed several times in turn, and medians count.

On a busy machine PyTorch's threads wait for each other at every time step, and take up to a hundred times as long: begin
the second line with `chrt -f 5`, which goes before other programs.
"""

import argparse
import json
import platform
import statistics
import subprocess
import sys
import time

import numpy as np
import torch

UNITS = ["tanh", "lstm", "gru"]
# Batch, time, inputs, hidden units.
SEQUENCES = [(16, 256, 64, 128), (16, 256, 64, 256), (32, 64, 128, 128), (1, 256, 64, 128)]
# Streams, steps of a round, inputs, hidden units.
STEPS = [(1, 400, 64, 64), (1, 400, 64, 128), (1, 400, 64, 256), (1, 200, 64, 512), (1, 200, 512, 512), (8, 200, 64, 256)]


def numbers(shape, seed, scale=1.0):
    i = np.arange(int(np.prod(shape)), dtype=np.float64)
    return torch.from_numpy((scale * np.sin(0.37 * i * i + 0.61 * i + seed)).astype(np.float32).reshape(shape))


def projection(x, seed):
    return float((x.detach().double() * numbers(list(x.shape), seed).double()).sum())


def fill(module, units):
    with torch.no_grad():
        for index, parameter in enumerate(module.parameters()):
            parameter.copy_(numbers(list(parameter.shape), 10 + index, units ** -0.5))
    return module


def layer(unit, inputs, units):
    kind = {"tanh": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[unit]
    return fill(kind(inputs, units, batch_first=True), units)


def train(unit, batch, length, inputs, units, rounds):
    module = layer(unit, inputs, units)
    x, weights = numbers([batch, length, inputs], 1), numbers([batch, length, units], 2)
    times = []
    for _ in range(rounds):
        module.zero_grad()
        start = time.perf_counter()
        (module(x)[0] * weights).sum().backward()
        times.append(time.perf_counter() - start)
    return times, [projection(p.grad, 3) for p in module.parameters()]


def steps_by_layer(unit, streams, length, inputs, units, rounds):
    module, x, times = layer(unit, inputs, units).eval(), numbers([streams, 1, inputs], 1), []
    with torch.inference_mode():
        for _ in range(rounds):
            state = None
            start = time.perf_counter()
            for _ in range(length):
                y, state = module(x, state)
            times.append((time.perf_counter() - start) / length)
    return times, [projection(y[:, 0], 3)]


def steps_by_cell(unit, streams, length, inputs, units, rounds):
    kind = {"tanh": torch.nn.RNNCell, "lstm": torch.nn.LSTMCell, "gru": torch.nn.GRUCell}[unit]
    module, x, times = fill(kind(inputs, units), units).eval(), numbers([streams, inputs], 1), []
    with torch.inference_mode():
        for _ in range(rounds):
            state = None
            start = time.perf_counter()
            for _ in range(length):
                state = module(x, state)
            times.append((time.perf_counter() - start) / length)
    return times, [projection(state[0] if unit == "lstm" else state, 3)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=".build/release/RecurrentSpeed")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", choices=["sequences", "steps"])
    arguments = parser.parse_args()
    process = subprocess.Popen([arguments.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    with open("/proc/cpuinfo") as file:
        cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    print(f"{cpu}; Kodama: {process.stdout.readline().strip()}; PyTorch {torch.__version__}, "
          f"{torch.backends.cpu.get_cpu_capability()}")

    def kodama(mode, unit, sizes, threads, rounds):
        process.stdin.write(" ".join(map(str, [mode, unit, *sizes, threads, rounds])) + "\n")
        process.stdin.flush()
        answer = json.loads(process.stdout.readline())
        return answer["seconds"], answer["results"]

    def compare(mode, unit, sizes, threads, peers, name, scale):
        torch.set_num_threads(threads)
        # The first round of each warms up, and is checked.
        ours = kodama(mode, unit, sizes, threads, 2)[1]
        for peer in peers:
            theirs = peer(unit, *sizes, 2)[1]
            largest = max(map(abs, theirs))
            if len(ours) != len(theirs) or not all(abs(a - b) < 1e-4 * largest for a, b in zip(ours, theirs)):
                sys.exit(f"{mode} {unit} {sizes}: Kodama finds {ours}, {peer.__name__} {theirs}")
        times, others = [], [[] for _ in peers]
        for _ in range(arguments.rounds):
            times += kodama(mode, unit, sizes, threads, 3)[0][1:]
            for other, peer in zip(others, peers):
                other += peer(unit, *sizes, 3)[0][1:]
        mine, best = statistics.median(times), min(map(statistics.median, others))
        print(f"{name:34} {mine * scale:9.2f}   PyTorch {best * scale:9.2f}   {best / mine:5.2f} times")

    if arguments.only != "steps":
        print(f"Forward and backward, {arguments.threads} threads, milliseconds")
        for sizes in SEQUENCES:
            for unit in UNITS:
                compare("train", unit, sizes, arguments.threads, [train],
                        "%-5s B %d, T %d, I %d, H %d" % (unit, *sizes), 1e3)
    if arguments.only != "sequences":
        print("One step, one thread, microseconds")
        for sizes in STEPS:
            for unit in UNITS:
                compare("step", unit, sizes, 1, [steps_by_layer, steps_by_cell],
                        "%-5s %d streams, I %d, H %d" % (unit, sizes[0], *sizes[2:]), 1e6)
    process.stdin.close()
    process.wait()


if __name__ == "__main__":
    main()
