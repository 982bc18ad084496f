#!/usr/bin/env python3
"""Generation speed of Kodama beside onnxruntime's and PyTorch's on the same weights in one run.

    python3 Benchmarks/generate.py [--kodama PATH] [--presets small reference] [--samples 3000] [--rounds 3] [--json]

Needs numpy, onnx, onnxruntime and torch. Everything runs on one thread but the row that says two. Every peer has
several forms: where the past is kept, whether the skip layers are one product, and for int8 which of onnxruntime's own
ways, or Kodama's graph. Each form first gives the logits of some steps, which must be those of the network's full pass:
to 1e-4 of the largest in single precision; of int8 the signal-to-noise ratio is printed. Kodama checks itself in the
same way. A short run chooses the fastest form for one stream and for a batch of eight; then Kodama and these are timed,
each in a process of its own, in turn, and the medians count. Peers are fed with codes that are known and draw no
samples; Kodama draws its own. Samples per second are those of all streams together; the limit is that of one core, as
`kodama bench generate` measures it.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import wave

BATCHES = [1, 8]
CHECKED_STEPS = 64
# A peer's run is timed in so many parts.
PARTS = 5
# Kodama's rows: precision, streams, threads, and which peer has the same arithmetic.
KODAMA = [
    ("f32", 1, 1, "onnxruntime f32"), ("bf16", 1, 1, "onnxruntime f32"), ("int8", 1, 1, "onnxruntime int8"),
    ("int8", 1, 2, "onnxruntime int8"), ("int4", 1, 1, "onnxruntime int8"), ("f32", 8, 1, "onnxruntime f32"),
    ("bf16", 8, 1, "onnxruntime f32"), ("int8", 8, 1, "onnxruntime int8"),
]
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
    """A model folder with random weights, and its exports beside it."""
    def command(*arguments):
        subprocess.run([kodama, *arguments], check=True, env=ENVIRONMENT, stderr=subprocess.DEVNULL)

    corpus, out, model = (os.path.join(folder, *names) for names in (["corpus"], [preset, "run"], [preset, "model"]))
    os.makedirs(corpus, exist_ok=True)
    with wave.open(os.path.join(corpus, "tone.wav"), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(bytes((i * 37) % 251 for i in range(64000)))
    start = ["--preset", preset, "--steps", "0", "--seed", "1", "--validation-share", "0", "--quiet"]
    command("train", corpus, "-o", out, *start)
    os.makedirs(model)
    for name in ["config.json", "model.safetensors"]:
        shutil.copy(os.path.join(out, "checkpoints", "step-0", name), model)
    command("export", model, "--to", "onnx", "-o", os.path.join(model, "onnx"))
    command("export", model, "--to", "onnx", "-o", os.path.join(model, "onnx-int8"), "--precision", "int8")
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
    speeds = []
    for part in np.array_split(fed[CHECKED_STEPS:], PARTS):
        start = time.perf_counter()
        for step in part:
            generator.step(step)
        speeds.append(part.size / (time.perf_counter() - start))
    print(json.dumps({
        "samplesPerSecond": statistics.median(speeds),
        "best": max(speeds),
        "difference": float(np.abs(noise).max() / np.abs(expected).max()),
        "signalToNoise": float(10 * np.log10((expected ** 2).mean() / max(1e-30, (noise ** 2).mean()))),
    }))


def forms():
    """The forms of each peer, by what they are compared as."""
    from peers.onnx_generator import GRAPHS, INT8
    from peers.torch_generator import FORMS
    return {
        "onnxruntime f32": [f"onnxruntime {graph} f32" for graph in GRAPHS],
        "onnxruntime int8": [f"onnxruntime {graph} {form}" for graph in GRAPHS for form in INT8]
        + ["onnxruntime exported kodama-int8"],
        "torch f32": [f"torch {form}" for form in FORMS],
    }


def speeds_of_forms(call, names, batch, samples):
    """What each form reaches at best in a short run, after it was checked."""
    speeds = {}
    for name in names:
        result = call(name, batch, samples)
        if (name.endswith("f32") or name.startswith("torch")) and result["difference"] > 1e-4:
            sys.exit(f"{name}: the logits differ from the full pass's by {result['difference']} of the largest")
        speeds[name] = result["best"]
    return speeds


def compare(arguments, preset, folder):
    """Times one preset; returns the rows, Kodama's first."""
    model = make_model(arguments.kodama, preset, folder)
    script = [sys.executable, os.path.abspath(__file__)]
    run([*script, "--write-graphs", model])

    def theirs(name, batch, samples=arguments.samples):
        return run([*script, "--peer", model, name, str(batch), str(samples)])

    def ours(options, streams):
        precision, threads = options
        samples = 4 * arguments.samples // streams
        bench = ["bench", "generate", "--model", model, "--precision", precision, "--streams", str(streams)]
        bench += ["--threads", str(threads), "--samples", str(samples), "--rounds", "1", "--json"]
        return run([arguments.kodama, *bench])

    contests = [
        (f"kodama {precision}", streams, (precision, threads), ours) for precision, streams, threads, _ in KODAMA]
    tried = {}
    for group, names in forms().items():
        for batch in BATCHES:
            tried[group, batch] = speeds_of_forms(theirs, names, batch, arguments.samples // 2)
            form = max(tried[group, batch], key=tried[group, batch].get)
            contests.append((group, batch, form, theirs))
    results = [[] for _ in contests]
    for _ in range(arguments.rounds):
        for contest, (_, streams, form, call) in zip(results, contests):
            contest.append(call(form, streams))

    def median(rounds, key):
        return statistics.median(r[key] for r in rounds) if key in rounds[0] else None

    rows = [{
        "preset": preset, "name": name, "streams": streams, "form": form if call is theirs else None,
        "threads": form[1] if call is ours else 1, "rounds": [r["samplesPerSecond"] for r in rounds],
        "samplesPerSecond": median(rounds, "samplesPerSecond"), "fractionOfLimit": median(rounds, "fractionOfLimit"),
        "signalToNoise": median(rounds, "signalToNoise") if name.endswith("int8") else None,
        "forms": tried.get((name, streams)),
    } for (name, streams, form, call), rounds in zip(contests, results)]
    speeds = {(row["name"], row["streams"]): row["samplesPerSecond"] for row in rows if row["form"]}
    for row, (_, streams, _, like) in zip(rows, KODAMA):
        row["against"] = {
            name: row["samplesPerSecond"] / speeds[name, streams] for name in (like, "torch f32")}
    return rows


def show(rows):
    print(f"\n{rows[0]['preset']}")
    for row in rows:
        name = row["form"] or row["name"] + (", 2 threads" if row["threads"] == 2 else "")
        spread = f"{min(row['rounds']):,.0f} to {max(row['rounds']):,.0f}"
        notes = [f"{ratio:.2f}x {peer}" for peer, ratio in row.get("against", {}).items()]
        if row["fractionOfLimit"] is not None:
            notes.insert(0, f"{row['fractionOfLimit']:.2f} of the limit")
        if row["signalToNoise"] is not None:
            notes.append(f"{row['signalToNoise']:.0f} dB")
        if row["forms"]:
            others = {form.split(" ", 1)[1]: speed for form, speed in row["forms"].items() if form != row["form"]}
            notes.append("others: " + ", ".join(f"{form} {speed:,.0f}" for form, speed in others.items()))
        speed = f"{row['samplesPerSecond']:>9,.0f} samples/s ({spread})"
        print(f"  {row['streams']} x {name:34} {speed}  {', '.join(notes)}")


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
    print(f"{processor}, medians of {arguments.rounds} rounds")
    for preset in arguments.presets:
        show([row for row in rows if row["preset"] == preset])


if __name__ == "__main__":
    main()
