#!/usr/bin/env python3
"""Training speed of Kodama beside PyTorch's on the same network, batch and threads, in turn, in one run.

    python3 Benchmarks/train.py [--kodama PATH] [--presets small reference] [--threads 2] [--rounds 3] [--bf16]

Needs torch and numpy. First both take the same steps from the same weights on the same codes, and their losses must
agree; then each is timed in a process of its own, several times in turn, and the medians count. PyTorch runs eagerly
and compiled, each with the allocator settings that suit it best, in single precision like Kodama; its best variant is
what Kodama is held against. --bf16 adds both with products of bfloat16, Kodama's --precision bf16 and PyTorch's autocast,
which are compared with each other. Peak memory is the resident size that the operating system reports for the process.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import wave

BATCH, CROP, STEPS = 4, 8000, 4
ALLOCATOR = {
    "MALLOC_MMAP_THRESHOLD_": "4294967295",
    "MALLOC_TRIM_THRESHOLD_": "17179869184",
    "MALLOC_TOP_PAD_": "268435456",
}


def environment(allocator):
    env = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    return {**env, **(ALLOCATOR if allocator else {})}


def run(command, allocator=False):
    """Runs a command; returns its JSON and its peak resident size in MB."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment(allocator))
    out = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} failed with {process.returncode}")
    return json.loads(out), usage.ru_maxrss / 1024


def initial_weights(kodama, preset, folder):
    """The model folder of step 0: the weights that `kodama bench train` begins with."""
    corpus = os.path.join(folder, "corpus")
    os.makedirs(corpus, exist_ok=True)
    with wave.open(os.path.join(corpus, "tone.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes((i * 37) % 251 for i in range(64000)))
    out = os.path.join(folder, preset)
    subprocess.run(
        [kodama, "train", corpus, "-o", out, "--preset", preset, "--steps", "0", "--seed", "1", "--quiet"]
        + ["--validation-share", "0"],
        check=True, env=environment(False))
    return os.path.join(out, "checkpoints", "step-0")


def peer(folder, threads, steps, mode, distributed=False):
    """In a process of its own: trains the network of a model folder in PyTorch and prints what came of it. `distributed`:
    with other such processes, each on its share of the crops."""
    import time

    import numpy as np
    import torch
    import torch.nn.functional as F
    from numpy.random import Generator, Philox

    torch.set_num_threads(threads)
    with open(os.path.join(folder, "config.json")) as file:
        a = json.load(file)["architecture"]
    with open(os.path.join(folder, "model.safetensors"), "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = file.read()
    weights = {
        name: torch.from_numpy(np.frombuffer(data[slice(*t["data_offsets"])], "<f4").reshape(t["shape"]).copy())
        for name, t in header.items() if name != "__metadata__"
    }

    class Block(torch.nn.Module):
        def __init__(self, dilation, last):
            super().__init__()
            r, g, s, k = (a[n] for n in ("residual_channels", "gate_channels", "skip_channels", "kernel_size"))
            self.pad = (k - 1) * dilation
            self.dilated = torch.nn.Conv1d(r, 2 * g, k, dilation=dilation)
            self.skip = torch.nn.Conv1d(g, s, 1)
            self.residual = None if last else torch.nn.Conv1d(g, r, 1)

        def forward(self, x):
            f, g = self.dilated(F.pad(x, (self.pad, 0))).chunk(2, 1)
            y = torch.tanh(f) * torch.sigmoid(g)
            return (x if self.residual is None else (x + self.residual(y)) * a["residual_scale"]), self.skip(y)

    class Network(torch.nn.Module):
        def __init__(self):
            super().__init__()
            d = a["dilations"]
            self.embedding = torch.nn.Embedding(256, a["residual_channels"])
            self.blocks = torch.nn.ModuleList(Block(n, i == len(d) - 1) for i, n in enumerate(d))
            s, h = a["skip_channels"], a["head_channels"]
            self.head = torch.nn.ModuleList([torch.nn.Conv1d(s, h, 1), torch.nn.Conv1d(h, 256, 1)])

        def forward(self, codes):
            x, total = self.embedding(codes).transpose(1, 2), 0
            for block in self.blocks:
                x, skip = block(x)
                total = total + skip
            return self.head[1](F.relu(self.head[0](F.relu(total))))

    network = Network()
    network.load_state_dict(weights, strict=True)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    random = Generator(Philox(key=1))
    codes = torch.tensor([int(random.integers(0, 256)) for _ in range(BATCH * CROP)]).reshape(BATCH, CROP)
    previous = torch.cat([torch.full((BATCH, 1), 128), codes[:, :-1]], 1)
    forward, rank = network, 0
    if distributed:
        torch.distributed.init_process_group("gloo")
        rank, world = torch.distributed.get_rank(), torch.distributed.get_world_size()
        forward = torch.nn.parallel.DistributedDataParallel(network)
        share = slice(rank * BATCH // world, (rank + 1) * BATCH // world)
        previous, codes = previous[share], codes[share]
    if "compiled" in mode:
        forward = torch.compile(forward)
    times = []
    for _ in range(steps + 1):
        start = time.perf_counter()
        with torch.autocast("cpu", torch.bfloat16, enabled="bf16" in mode):
            loss = F.cross_entropy(forward(previous).float(), codes)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        times.append(time.perf_counter() - start)
    seconds = sorted(times[1:])[steps // 2]
    if distributed:
        # The mean over all crops, each process of which has as many.
        loss = loss.detach().clone()
        torch.distributed.all_reduce(loss)
        loss /= world
        torch.distributed.destroy_process_group()
    bits = float(loss.detach()) / 0.6931471805599453
    if rank > 0:
        return
    print(json.dumps({"samplesPerSecond": BATCH * CROP / seconds, "lastBitsPerSample": bits}))


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kodama", default=os.path.join(root, ".build", "release", "kodama"))
    parser.add_argument("--presets", nargs="+", default=["small", "reference"])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--peer", nargs=3, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        folder, steps, mode = arguments.peer
        return peer(folder, arguments.threads, int(steps), mode)

    with open("/proc/cpuinfo") as file:
        model = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    print(f"{model}, {arguments.threads} threads, {BATCH} crops of {CROP} samples, medians of {arguments.rounds} rounds")
    with tempfile.TemporaryDirectory() as folder:
        for preset in arguments.presets:
            weights = initial_weights(arguments.kodama, preset, folder)
            compare(arguments, preset, weights)


def compare(arguments, preset, weights):
    threads = ["--threads", str(arguments.threads)]
    shape = ["--batch", str(BATCH), "--crop", str(CROP)]
    ours = [arguments.kodama, "bench", "train", "--preset", preset, "--json", *shape, *threads]
    theirs = [sys.executable, os.path.abspath(__file__), *threads, "--peer", weights]

    got, _ = run(ours + ["--steps", "3"])
    expected, _ = run(theirs + ["3", "eager"])
    difference = abs(got["lastBitsPerSample"] - expected["lastBitsPerSample"])
    if difference > 1e-3:
        sys.exit(f"{preset}: the losses after three steps differ by {difference} bits per sample")

    variants = [("eager", False), ("eager", True), ("compiled", True)]
    names = ["kodama"]
    if arguments.bf16:
        variants += [("eager bf16", True), ("compiled bf16", True)]
        names.append("kodama bf16")
    names += [f"torch {mode}{' + allocator' if m else ''}" for mode, m in variants]
    speeds, memory = {n: [] for n in names}, {n: 0 for n in names}
    core = kernels = None
    for _ in range(arguments.rounds):
        for name, variant in zip(names, [None] * (len(names) - len(variants)) + variants):
            precision = ["--precision", "bf16"] if name == "kodama bf16" else []
            command = ours + ["--steps", str(STEPS), *precision] if variant is None else theirs + [str(STEPS), variant[0]]
            result, peak = run(command, allocator=variant is not None and variant[1])
            speeds[name].append(result["samplesPerSecond"])
            memory[name] = max(memory[name], peak)
            core = result.get("matrixLibraryCore", core)
            kernels = result.get("instructionSet", kernels)
    medians = {n: statistics.median(s) for n, s in speeds.items()}
    print(f"\n{preset} (losses agree to {difference:.1e} bits; kernels {kernels}, OpenBLAS for {core})")
    for name in names:
        spread = f"{min(speeds[name]):,.0f} to {max(speeds[name]):,.0f}"
        print(f"  {name:26} {medians[name]:>9,.0f} samples/s ({spread})  peak {memory[name]:>6,.0f} MB")
    for ours in (name for name in names if name.startswith("kodama")):
        peers = [n for n in names if n.startswith("torch") and ("bf16" in n) == ("bf16" in ours)]
        best = max(peers, key=medians.get)
        print(f"  {ours} against {best}: {medians[ours] / medians[best]:.2f} times the speed, "
              f"{memory[ours] / memory[best]:.2f} of the memory")


if __name__ == "__main__":
    main()
