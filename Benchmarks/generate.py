#!/usr/bin/env python3
"""Generation speed of Kodama beside onnxruntime's and PyTorch's on the same weights, on one core, in one run.

    python3 Benchmarks/generate.py [--kodama PATH] [--presets small reference] [--samples 3000] [--rounds 3] [--json]

Needs numpy, onnx, onnxruntime and torch. Every peer has several forms: where the past is kept, whether the skip layers
are one product, and for int8 which of onnxruntime's own ways. Each form first gives the logits of some steps, which must
be those of the network's full pass: to 1e-4 of the largest in single precision; of int8 the signal-to-noise ratio is
printed. A short run chooses the fastest form for one stream and for a batch of eight; then Kodama and these are timed,
each in a process of its own, in turn, and the medians count. Peers are fed with codes that are known and draw no
samples; Kodama draws its own. Samples per second are those of all streams together.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import wave

BATCHES = [1, 8]
CHECKED_STEPS = 64
ENVIRONMENT = {
    **{k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")},
    "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1",
}


def run(command):
    """Runs a command and returns its JSON."""
    process = subprocess.run(command, stdout=subprocess.PIPE, env=ENVIRONMENT)
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)} failed with {process.returncode}")
    return json.loads(process.stdout)


def make_model(kodama, preset, folder):
    """The model folder of step 0, the weights that `kodama bench generate` has, with its export in onnx/."""
    corpus, out = os.path.join(folder, "corpus"), os.path.join(folder, preset)
    os.makedirs(corpus, exist_ok=True)
    with wave.open(os.path.join(corpus, "tone.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes((i * 37) % 251 for i in range(64000)))
    train = ["train", corpus, "-o", out, "--preset", preset, "--steps", "0", "--seed", "1", "--validation-share", "0"]
    subprocess.run([kodama, *train, "--quiet"], check=True, env=ENVIRONMENT)
    model = os.path.join(out, "checkpoints", "step-0")
    export = ["export", model, "--to", "onnx", "-o", os.path.join(model, "onnx"), "--weights", "raw"]
    subprocess.run([kodama, *export], check=True, env=ENVIRONMENT, stderr=subprocess.DEVNULL)
    return model


def peer(folder, name, batch, samples):
    """In a process of its own: checks a form of a peer, times it, and prints what came of it."""
    import numpy as np
    from peers import onnx_generator
    from peers.model import Model, codes

    runtime, *form = name.split()
    if runtime == "torch":
        from peers.torch_generator import Generator
        generator = Generator(folder, form[0], batch)
    else:
        generator = onnx_generator.generator(folder, form[0], form[1], batch)
    fed = codes(CHECKED_STEPS + samples // batch, batch, Model(folder).classes)
    expected = onnx_generator.reference(folder, fed[:CHECKED_STEPS])
    noise = np.stack([generator.step(step).copy() for step in fed[:CHECKED_STEPS]]) - expected
    start = time.perf_counter()
    for step in fed[CHECKED_STEPS:]:
        generator.step(step)
    seconds = time.perf_counter() - start
    print(json.dumps({
        "samplesPerSecond": (len(fed) - CHECKED_STEPS) * batch / seconds,
        "difference": float(np.abs(noise).max() / np.abs(expected).max()),
        "signalToNoise": float(10 * np.log10((expected ** 2).mean() / (noise ** 2).mean())),
    }))


def forms():
    """The forms of each peer, by what they are compared as."""
    from peers.onnx_generator import GRAPHS, INT8
    from peers.torch_generator import FORMS
    return {
        "onnxruntime f32": [f"onnxruntime {graph} f32" for graph in GRAPHS],
        "onnxruntime int8": [f"onnxruntime {graph} {form}" for graph in GRAPHS for form in INT8],
        "torch f32": [f"torch {form}" for form in FORMS],
    }


def fastest(call, names, batch, samples):
    """The form that a short run finds fastest, after each was checked."""
    speeds = {}
    for name in names:
        result = call(name, batch, samples)
        is_single = name.endswith("f32") or name.startswith("torch")
        if is_single and result["difference"] > 1e-4:
            sys.exit(f"{name}: the logits differ from the full pass's by {result['difference']} of the largest")
        speeds[name] = result["samplesPerSecond"]
    return max(speeds, key=speeds.get)


def compare(arguments, preset, folder):
    """Times one preset; returns the rows, Kodama's first."""
    model = make_model(arguments.kodama, preset, folder)
    script = [sys.executable, os.path.abspath(__file__)]
    run([*script, "--write-graphs", model])

    def theirs(name, batch, samples=arguments.samples):
        return run([*script, "--peer", model, name, str(batch), str(samples)])

    def ours(name, batch):
        bench = ["bench", "generate", "--preset", preset, "--rounds", "1", "--samples", str(arguments.samples)]
        return run([arguments.kodama, *bench, "--json"])

    contests = [("kodama f32", 1, "kodama f32", ours)]
    for group, names in forms().items():
        for batch in BATCHES:
            contests.append((group, batch, fastest(theirs, names, batch, arguments.samples // 4), theirs))
    results = [[] for _ in contests]
    for _ in range(arguments.rounds):
        for contest, (_, batch, form, call) in zip(results, contests):
            contest.append(call(form, batch))
    rows = []
    for (group, batch, form, _), rounds in zip(contests, results):
        speeds = [r["samplesPerSecond"] for r in rounds]
        rows.append({
            "preset": preset, "what": group, "streams": batch, "form": form, "rounds": speeds,
            "samplesPerSecond": statistics.median(speeds), "signalToNoise": rounds[-1].get("signalToNoise"),
        })
    return rows


def show(rows):
    ours = {row["streams"]: row["samplesPerSecond"] for row in rows if row["what"] == "kodama f32"}
    print(f"\n{rows[0]['preset']}")
    for row in rows:
        speeds = f"{min(row['rounds']):,.0f} to {max(row['rounds']):,.0f}"
        noise = f"  {row['signalToNoise']:.0f} dB" if row["what"].endswith("int8") else ""
        ratio = ours[row["streams"]] / row["samplesPerSecond"] if row["streams"] in ours else None
        against = "" if ratio is None or row["what"].startswith("kodama") else f"  kodama f32 {ratio:.2f}x"
        print(f"  {row['streams']} x {row['form']:36} {row['samplesPerSecond']:>9,.0f} samples/s ({speeds}){noise}{against}")


def main():
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kodama", default=os.path.join(root, ".build", "release", "kodama"))
    parser.add_argument("--presets", nargs="+", default=["small", "reference"])
    parser.add_argument("--samples", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    parser.add_argument("--peer", nargs=4, help=argparse.SUPPRESS)
    parser.add_argument("--write-graphs", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.peer:
        folder, name, batch, samples = arguments.peer
        return peer(folder, name, int(batch), int(samples))
    if arguments.write_graphs:
        from peers import onnx_graphs
        onnx_graphs.write_all(arguments.write_graphs)
        return print("{}")

    with tempfile.TemporaryDirectory() as folder:
        rows = [row for preset in arguments.presets for row in compare(arguments, preset, folder)]
    if arguments.json:
        return print(json.dumps(rows, indent=2))
    with open("/proc/cpuinfo") as file:
        processor = next(line.split(":")[1].strip() for line in file if line.startswith("model name"))
    print(f"{processor}, one thread, {arguments.samples} samples a round, medians of {arguments.rounds} rounds")
    for preset in arguments.presets:
        show([row for row in rows if row["preset"] == preset])


if __name__ == "__main__":
    main()
