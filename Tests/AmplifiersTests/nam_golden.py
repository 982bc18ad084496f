"""Makes the .nam files of nam_models.py in Golden, and what they play by the interpreter of nam_interpreter.py, in
double precision. Needs numpy:

    python3 Tests/AmplifiersTests/nam_golden.py                               writes Golden
    python3 Tests/AmplifiersTests/nam_golden.py --check-core DRIVER           compares Golden with what the core plays
    python3 Tests/AmplifiersTests/nam_golden.py --check-core DRIVER MODEL …   compares other models with the core

DRIVER is Benchmarks/peers/nam_driver.cpp built with NeuralAmpModelerCore (Benchmarks/amplifiers.py does it). Version
0.5.5 of the core agrees with all of Golden to 3e-6, in single precision.

Golden holds a small .nam file for each construct of the format, with seeded weights, and golden.safetensors with
    input             [T] samples (F32), exact in 1/1024
    <name>            [T] what <name>.nam makes of them (F32), of its first output channel
    <name>@<ratio>    [T] the same, of a model slimmed to the ratio before the reset
after the first reset at 48 kHz and blocks of 64 samples: zeros are played through the model before, as many as the core
plays. Networks of finite memory then hold the exact answer to endless silence; the state of recurrent ones is that after
24,000 zeros from their initial state. Golden/README.md lists the keys of the format.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

from nam_interpreter import BLOCK, render
from nam_models import GAINS, RATIOS, fill, models

FOLDER = Path(__file__).parent / "Golden"
LENGTH = 384


def signal(count):
    """Two tones with steps and a rest, in steps of 1/1024."""
    n = np.arange(count)
    x = 0.5 * np.sin(n / 5.3) + 0.35 * np.sin(n / 31 + 1) + 0.1 * ((n // 40) % 2) * ((n * 37) % 97 - 48) / 48
    return np.round(1024 * np.where((n > 200) & (n < 250), 0, x)) / 1024


def write():
    FOLDER.mkdir(exist_ok=True)
    plain, slimmed = models()
    tensors = {"input": signal(LENGTH)}
    for name, description in {**plain, **slimmed}.items():
        fill(description, zlib.crc32(name.encode()), GAINS.get(name, 1.0))
        if name == "head-scale":
            description["weights"][-1] = 0.35
        (FOLDER / f"{name}.nam").write_text(json.dumps(description, separators=(",", ":")) + "\n")
        tensors[name] = render(description, tensors["input"])
        if name in slimmed:
            for ratio in RATIOS:
                tensors[f"{name}@{ratio}"] = render(description, tensors["input"], ratio)
    odd = [
        f"{name}: deviation {values.std():.4f}, largest {np.abs(values).max():.3f}" for name, values in tensors.items()
        if not np.isfinite(values).all() or values.std() < 0.01 or np.abs(values).max() > 10]
    if odd:
        sys.exit("\n".join(odd))
    write_safetensors(FOLDER / "golden.safetensors", tensors)
    print(f"{len(plain) + len(slimmed)} models, {len(tensors) - 1} outputs")


def write_safetensors(path, tensors):
    header, data = {}, b""
    for name, values in tensors.items():
        raw = values.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def read_safetensors(path):
    raw = path.read_bytes()
    start = 8 + int.from_bytes(raw[:8], "little")
    return {
        name: np.frombuffer(raw[start + entry["data_offsets"][0]:start + entry["data_offsets"][1]], "<f4").astype(np.float64)
        for name, entry in json.loads(raw[8:start]).items()
    }


def core_renders(driver, path, samples, ratio=None):
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "in.f32"), Path(folder, "out.f32")
        source.write_bytes(samples.astype("<f4").tobytes())
        options = [] if ratio is None else ["--slim", str(ratio)]
        result = subprocess.run(
            [driver, "render", path, source, target, "--block", str(BLOCK), *options], capture_output=True, text=True)
        if result.returncode:
            sys.exit(f"{path}: {result.stderr}")
        return np.frombuffer(target.read_bytes(), "<f4").astype(np.float64)


def check(driver, paths):
    """Prints how far the core is from Golden or, for other models, from the interpreter."""
    worst = 0
    cases = []
    if paths:
        samples = signal(4096)
        for path in paths:
            description = json.loads(Path(path).read_text())
            slimmable = '"submodels"' in json.dumps(description) or '"slice_channels_uniform"' in json.dumps(description)
            for ratio in [None, *RATIOS] if slimmable else [None]:
                cases.append((path, ratio, render(description, samples, 1 if ratio is None else ratio)))
    else:
        golden = read_safetensors(FOLDER / "golden.safetensors")
        samples = golden.pop("input")
        for name, expected in golden.items():
            stem, _, ratio = name.partition("@")
            cases.append((FOLDER / f"{stem}.nam", float(ratio) if ratio else None, expected))
    for path, ratio, expected in cases:
        played = core_renders(driver, path, samples, ratio)
        if played.shape != expected.shape or not np.isfinite(played).all():
            sys.exit(f"{path}: {played.shape} samples, not all finite or not as many")
        difference = np.abs(played - expected).max()
        worst = max(worst, difference / max(1, np.abs(expected).max()))
        name = Path(path).stem + ("" if ratio is None else f"@{ratio}")
        print(f"{name:36}{difference:10.1e}{np.abs(expected).max():8.3f}")
    print(f"{'largest, of the signal above 1':36}{worst:10.1e}")
    if worst > 1e-5:
        sys.exit("the core differs by more than 1e-5")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check-core", metavar="DRIVER", help="compare with the core instead of writing")
    parser.add_argument("models", nargs="*", help="compare these models instead of Golden")
    arguments = parser.parse_args()
    if arguments.check_core:
        check(arguments.check_core, arguments.models)
    elif arguments.models:
        parser.error("models are read with --check-core only")
    else:
        write()


if __name__ == "__main__":
    main()
