#!/usr/bin/env python3
"""Training by several processes of one thread each beside one process, and beside PyTorch's DistributedDataParallel.

    python3 Benchmarks/distributed.py [--kodama PATH] [--presets small reference] [--processes 2] [--rounds 5]

Needs torch, numpy and mpirun, and a kodama that was built with the trait MPI. All train the same network on the same codes,
from the same weights, in turn, in one run; their losses after three steps must agree first. Timed are one process of one
thread, one of as many threads as there are processes, processes of one thread each under mpirun, and of PyTorch one
process and processes under gloo, each eager and compiled. The medians count. Efficiency is the speed of the processes over that of as many times
one.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile

from train import ALLOCATOR, BATCH, CROP, environment, initial_weights, peer

STEPS = 4


def run(command, extra=None):
    """Runs a command and returns its JSON."""
    result = subprocess.run(command, stdout=subprocess.PIPE, env={**environment(False), **(extra or {})})
    if result.returncode != 0:
        sys.exit(f"{command[0]} failed with {result.returncode}")
    return json.loads(result.stdout)


def mpirun(processes, command):
    root = ["--allow-run-as-root"] if os.geteuid() == 0 else []
    return run(["mpirun", *root, "-n", str(processes), *command])


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def gloo(processes, folder, steps, mode):
    """PyTorch's processes, each on a core of its own as mpirun places them."""
    port = str(free_port())
    cores = sorted(os.sched_getaffinity(0))
    running = []
    for rank in range(processes):
        command = [sys.executable, os.path.abspath(__file__), "--peer", folder, str(steps), mode]
        variables = {
            **environment(False), **ALLOCATOR, "RANK": str(rank), "WORLD_SIZE": str(processes),
            "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "OMP_NUM_THREADS": "1",
        }
        core = cores[rank % len(cores)]
        running.append(
            subprocess.Popen(
                ["taskset", "-c", str(core), *command], env=variables,
                stdout=subprocess.PIPE if rank == 0 else subprocess.DEVNULL))
    out = running[0].communicate()[0]
    if any(p.wait() != 0 for p in running):
        sys.exit("a process of PyTorch failed")
    return json.loads(out)


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kodama", default=os.path.join(root, ".build", "release", "kodama"))
    parser.add_argument("--presets", nargs="+", default=["small", "reference"])
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        folder, steps, mode = arguments.peer
        return peer(folder, 1, int(steps), mode, distributed=int(os.environ["WORLD_SIZE"]) > 1)
    print(f"{BATCH} crops of {CROP} samples, medians of {arguments.rounds} rounds")
    with tempfile.TemporaryDirectory() as folder:
        for preset in arguments.presets:
            compare(arguments, preset, initial_weights(arguments.kodama, preset, folder))


def compare(arguments, preset, weights):
    count = arguments.processes
    ours = [arguments.kodama, "bench", "train", "--preset", preset, "--json", "--batch", str(BATCH), "--crop", str(CROP)]

    def kodama(processes, threads, steps, *options):
        command = [*ours, "--steps", str(steps), "--threads", str(threads), *options]
        return run(command) if processes == 1 else mpirun(processes, command)

    runs = {
        "kodama, 1 process of 1 thread": lambda n: kodama(1, 1, n),
        f"kodama, 1 process of {count} threads": lambda n: kodama(1, count, n),
        f"kodama, {count} processes": lambda n: kodama(count, 1, n),
        f"kodama, {count} processes, fast": lambda n: kodama(count, 1, n, "--reduction", "fast"),
        f"kodama, {count} processes, bf16 sums": lambda n: kodama(count, 1, n, "--sums", "bf16"),
    }
    for mode in ("eager", "compiled"):
        runs[f"torch {mode}, 1 process"] = lambda n, mode=mode: gloo(1, weights, n, mode)
        runs[f"torch {mode}, {count} processes"] = lambda n, mode=mode: gloo(count, weights, n, mode)
    losses = {name: measure(3)["lastBitsPerSample"] for name, measure in runs.items()}
    spread = max(losses.values()) - min(losses.values())
    if not spread <= 1e-3:
        sys.exit(f"{preset}: the losses after three steps differ by {spread} bits per sample: {losses}")

    speeds = {name: [] for name in runs}
    for _ in range(arguments.rounds):
        for name, measure in runs.items():
            speeds[name].append(measure(STEPS)["samplesPerSecond"])
    medians = {name: statistics.median(found) for name, found in speeds.items()}
    print(f"\n{preset} (losses agree to {spread:.1e} bits)")
    for name, found in speeds.items():
        print(f"  {name:32} {medians[name]:>9,.0f} samples/s ({min(found):,.0f} to {max(found):,.0f})")
    names = list(runs)
    one, threads, several = (medians[name] for name in names[:3])
    peers = [(names[5], names[6]), (names[7], names[8])]
    print(f"  efficiency from 1 to {count} processes: kodama {several / one / count:.3f}, "
          + ", ".join(f"{one.split(',')[0]} {medians[more] / medians[one] / count:.3f}" for one, more in peers))
    print(f"  {count} processes of 1 thread against 1 process of {count} threads: {several / threads:.3f}")
    print(f"  kodama against torch, {count} processes each: "
          f"{several / max(medians[more] for _, more in peers):.2f} times the speed")


if __name__ == "__main__":
    main()
