#!/usr/bin/env python3
"""How training would scale on larger clusters: a model, and its check on two hosts with a limited rate between them.

    python3 Benchmarks/cluster.py [--kodama PATH] [--presets small reference] [--picture FILE]
    sudo python3 Benchmarks/cluster.py --check [--rates 20 50 100 200 1000]

Needs numpy, and a kodama that was built with the trait MPI; --picture needs matplotlib. Measured are the time of a step of
one process of one thread, and the sizes of the gradients; given are the bandwidth of each machine, in each direction, and
the time that a message takes besides. Each of n machines has one process with a batch of its own. Buckets of gradients
become ready while the backward pass goes from the last layers to the first, in the proportion of weights, and it takes two
thirds of a step. Then

- chain: Kodama's ordered sums, simulated message by message: each bucket goes along the processes, and its sum once round;
- ring:  2 (n − 1) messages of an nth of a bucket each, one after another;
- tree:  2 ⌈log₂ n⌉ messages of a bucket, one after another.

The last two are what libraries of messages do where the order of a sum does not matter (--reduction fast). Speed-up is n
times the time of a step of one process over that of n. No machine is slower than another: that is the best that is possible.

--check makes two network namespaces, each a host with its own address, limits the rate between them (tc tbf), and trains
there with one process each, in turn with one process alone. It needs root, iproute2 and mpirun, and removes what it made.
"""

import argparse
import heapq
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile

from train import environment, initial_weights

BATCH, CROP, STEPS = 4, 8000, 6
BUCKET = 4 * (1 << 17)  # ProcessGroup.bucketElements
RANKS = [2, 4, 8, 16, 32, 64, 128, 256]
# Bandwidth in Gbit/s, and the time of a message in seconds, as Ethernet and InfiniBand have them.
NETWORKS = [(1, 50e-6), (10, 20e-6), (100, 2e-6)]


def run(command, extra=None):
    result = subprocess.run(command, stdout=subprocess.PIPE, env={**environment(False), **(extra or {})})
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with {result.returncode}")
    return json.loads(result.stdout)


def bench(kodama, preset, *options):
    return [kodama, "bench", "train", "--preset", preset, "--json", "--crop", str(CROP), "--steps", str(STEPS),
            "--threads", "1", *options]


def step_time(kodama, preset, prefix=(), batch=BATCH):
    return batch * CROP / run([*prefix, *bench(kodama, preset, "--batch", str(batch))])["samplesPerSecond"]


def gradients(kodama, preset):
    """The bytes of each parameter's gradient, in the order of declaration, without biases: they hardly count."""
    with tempfile.TemporaryDirectory() as folder:
        model = initial_weights(kodama, preset, folder)
        with open(os.path.join(model, "model.safetensors"), "rb") as file:
            header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    def place(name):
        parts = name.split(".")
        order = {"embedding": 0, "input": 0, "labels": 1, "features": 1, "blocks": 2, "head": 3}[parts[0]]
        return order, int(parts[1]) if parts[1].isdigit() else 0, name
    names = sorted((name for name in header if name != "__metadata__"), key=place)
    return [4 * math.prod(header[name]["shape"]) for name in names]


def buckets(sizes):
    """The bytes of each bucket, and the share of the backward pass after which it is ready."""
    total, done, size, found = sum(sizes), 0, 0, []
    for number, bytes_ in enumerate(reversed(sizes)):
        size, done = size + bytes_, done + bytes_
        if size >= BUCKET or number == len(sizes) - 1:
            found.append((size, done / total))
            size = 0
    return found


def chain(n, parts, rate, latency):
    """When the last sum is in all processes: buckets go along the links, each of which sends one message at a time."""
    free, events, end = [0.0] * n, [], 0.0

    def send(time, link, kind, bucket):
        free[link] = max(time, free[link]) + parts[bucket][0] / rate
        heapq.heappush(events, (free[link] + latency, kind, (link + 1) % n, bucket))

    for bucket, (_, ready) in enumerate(parts):
        heapq.heappush(events, (ready, "own", 0, bucket))
    while events:
        time, kind, rank, bucket = heapq.heappop(events)
        if kind in ("own", "sum"):
            time = max(time, parts[bucket][1])
            send(time, rank, "sum" if rank < n - 1 else "result", bucket)
            if rank == n - 1:
                end = max(end, time)
        else:
            end = max(end, time)
            if rank < n - 2:
                send(time, rank, "result", bucket)
    return end


def one_by_one(n, parts, messages):
    end = 0.0
    for size, ready in parts:
        end = max(end, ready) + messages(n, size)
    return end


def predictions(n, step, sizes, gigabits, latency):
    rate = gigabits * 1e9 / 8
    parts = [(size, step * (1 / 3 + 2 / 3 * share)) for size, share in buckets(sizes)]
    ends = {
        "chain": chain(n, parts, rate, latency),
        "ring": one_by_one(n, parts, lambda n, size: 2 * (n - 1) * (latency + size / n / rate)),
        "tree": one_by_one(n, parts, lambda n, size: 2 * math.ceil(math.log2(n)) * (latency + size / rate)),
    }
    return {name: max(step, end) for name, end in ends.items()}


def predict(arguments):
    curves = {}
    for preset in arguments.presets:
        sizes = gradients(arguments.kodama, preset)
        step = statistics.median(step_time(arguments.kodama, preset) for _ in range(arguments.rounds))
        print(f"\n{preset}: a step of {BATCH} crops of {CROP} samples takes {step * 1e3:.0f} ms, gradients "
              f"{sum(sizes) / 1e6:.2f} MB in {len(buckets(sizes))} buckets; speed-up")
        print("ranks    " + "".join(f"{g:>4} Gbit/s: chain   ring   tree  " for g, _ in NETWORKS))
        for n in RANKS:
            line = f"{n:5}    "
            for gigabits, latency in NETWORKS:
                found = {k: n * step / t for k, t in predictions(n, step, sizes, gigabits, latency).items()}
                line += " " * 10 + "".join(f"{found[kind]:7.1f}" for kind in ("chain", "ring", "tree")) + "    "
                for kind, speed in found.items():
                    curves.setdefault((preset, gigabits, kind), []).append(speed)
            print(line)
    if arguments.picture:
        draw(curves, arguments)


def draw(curves, arguments):
    import matplotlib
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt
    figure, axes = plt.subplots(1, len(arguments.presets), figsize=(5.2 * len(arguments.presets), 4.4), squeeze=False)
    colors = dict(zip([g for g, _ in NETWORKS], ["#c0392b", "#2471a3", "#1e8449"]))
    for axis, preset in zip(axes[0], arguments.presets):
        axis.plot(RANKS, RANKS, color="0.8", label="perfect")
        for (name, gigabits, kind), values in curves.items():
            if name == preset:
                style = {"chain": "-", "ring": "--", "tree": ":"}[kind]
                axis.plot(RANKS, values, style, color=colors[gigabits], label=f"{gigabits} Gbit/s, {kind}")
        axis.set(xscale="log", yscale="log", title=preset, xlabel="machines", ylabel="speed-up")
        axis.set_xticks(RANKS, [str(n) for n in RANKS])
        axis.set_yticks(RANKS, [str(n) for n in RANKS])
        axis.minorticks_off()
        axis.grid(alpha=0.3)
    axes[0][0].legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(arguments.picture, dpi=110)


def sh(*command):
    subprocess.run(command, check=True)


class TwoHosts:
    """Two network namespaces with a cable between them."""

    NAMES, NETWORK = ("kodama-a", "kodama-b"), "10.77.0."

    def __enter__(self):
        self.remove()
        for name in self.NAMES:
            sh("ip", "netns", "add", name)
        sh("ip", "link", "add", "ka", "netns", self.NAMES[0], "type", "veth", "peer", "name", "kb", "netns", self.NAMES[1])
        for number, (name, link) in enumerate(zip(self.NAMES, ("ka", "kb"))):
            sh("ip", "-n", name, "addr", "add", f"{self.NETWORK}{number + 1}/24", "dev", link)
            sh("ip", "-n", name, "link", "set", link, "up")
            sh("ip", "-n", name, "link", "set", "lo", "up")
        # What mpirun starts processes on the other host with, in place of ssh.
        self.agent = tempfile.NamedTemporaryFile("w", suffix=".sh", delete=False)
        self.agent.write(f'#!/bin/bash\nshift\nexec ip netns exec {self.NAMES[1]} bash -c "$*"\n')
        self.agent.close()
        os.chmod(self.agent.name, 0o755)
        return self

    def limit(self, megabits):
        for name, link in zip(self.NAMES, ("ka", "kb")):
            subprocess.run(["tc", "-n", name, "qdisc", "del", "dev", link, "root"], stderr=subprocess.DEVNULL)
            # A burst of 2 ms, so that the rate is that of messages too.
            burst = max(16_000, int(megabits * 1e6 / 8 * 0.002))
            sh("tc", "-n", name, "qdisc", "add", "dev", link, "root", "tbf", "rate", f"{megabits}mbit", "burst",
               str(burst), "latency", "200ms")

    def mpirun(self):
        cores = sorted(os.sched_getaffinity(0))
        network = self.NETWORK + "0/24"
        return ["ip", "netns", "exec", self.NAMES[0], "mpirun", "--allow-run-as-root", "--mca", "plm_rsh_agent",
                self.agent.name, "--host", f"{self.NETWORK}1:1,{self.NETWORK}2:1", "--mca", "btl", "tcp,self", "--mca",
                "btl_tcp_if_include", network, "--mca", "oob_tcp_if_include", network, "--bind-to", "none", "-n", "2",
                "bash", "-c", f'cores=({cores[0]} {cores[-1]}); exec taskset -c ${{cores[$OMPI_COMM_WORLD_RANK]}} "$@"',
                "kodama"]

    def remove(self):
        for name in self.NAMES:
            subprocess.run(["ip", "netns", "del", name], stderr=subprocess.DEVNULL)

    def __exit__(self, *_):
        self.remove()
        os.unlink(self.agent.name)


def check(arguments):
    worst = 0.0
    with TwoHosts() as hosts:
        for preset in arguments.presets:
            sizes = gradients(arguments.kodama, preset)
            print(f"\n{preset}, two hosts, {BATCH} crops of {CROP} samples each, gradients {sum(sizes) / 1e6:.2f} MB")
            print("Mbit/s   alone, ms   ordered: measured   predicted  ratio   fast: measured   predicted  ratio")
            for megabits in arguments.rates:
                hosts.limit(megabits)
                alone, ordered, fast = [], [], []
                for _ in range(arguments.rounds):
                    alone.append(step_time(arguments.kodama, preset))
                    for times, options in ((ordered, []), (fast, ["--reduction", "fast"])):
                        command = [*hosts.mpirun(), *bench(arguments.kodama, preset, "--batch", str(2 * BATCH)), *options]
                        times.append(2 * BATCH * CROP / run(command)["samplesPerSecond"])
                step = statistics.median(alone)
                found = predictions(2, step, sizes, megabits / 1e3, arguments.latency)
                row = [(statistics.median(ordered), found["chain"]), (statistics.median(fast), found["ring"])]
                worst = max([worst, *(abs(m / p - 1) for m, p in row)])
                print(f"{megabits:6} {step * 1e3:11.0f}" + "".join(
                    f"{m * 1e3:20.0f} {p * 1e3:11.0f} {m / p:6.2f}" for m, p in row))
    print(f"\nthe largest difference is {100 * worst:.0f} %")


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kodama", default=os.path.join(root, ".build", "release", "kodama"))
    parser.add_argument("--presets", nargs="+", default=["small", "reference"])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--picture", help="write the curves as a PNG file")
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--rates", nargs="+", type=int, default=[20, 50, 100, 200, 1000], help="with --check, in Mbit/s")
    parser.add_argument("--latency", type=float, default=100e-6, help="with --check, of a message, in seconds")
    arguments = parser.parse_args()
    arguments.kodama = os.path.abspath(arguments.kodama)
    check(arguments) if arguments.check else predict(arguments)


if __name__ == "__main__":
    main()
