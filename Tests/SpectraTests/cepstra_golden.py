"""Writes Golden/cepstra.json, the numbers CepstraTests and MelDistanceTests hold mel-cepstra and their distances to.

    python3 Tests/SpectraTests/cepstra_golden.py [FSDD]

Run with pysptk 1.0.1, pymcd 0.2.1, fastdtw 0.3.4, librosa 0.11.0 and numpy 2.4. Signals are those of signals.py; FSDD is
the folder of spoken digits (default ../shared/corpora/fsdd/train beside the package), whose recordings are named in the
file and stay where they are. Prints how far the tools' own ways through two sounds, which fastdtw finds, are from the best
ones.
"""

import json
import pathlib
import sys
import warnings

warnings.filterwarnings("ignore")

import fastdtw
import librosa
import numpy as np
import pymcd.mcd
import pysptk
import soundfile
from scipy.spatial.distance import cdist, euclidean

from signals import make, spec

folder = pathlib.Path(__file__).resolve().parent
digits = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else folder.parents[2] / "shared/corpora/fsdd/train")
K = 10 * np.sqrt(2) / np.log(10)

# Parameters and frames.

listed = {16000: (23, 0.42), 22050: (34, 0.45), 24000: (34, 0.46), 44100: (39, 0.53), 48000: (39, 0.55)}


def parameters(rate):
    if rate in listed:
        return listed[rate]
    below = [order for other, (order, _) in listed.items() if other < rate]
    order = below[-1] if below else max(1, int(np.floor(23 * rate / 16000 + 0.5)))
    return order, float(pysptk.util.mcepalpha(rate))


def power_of_two(rate, fraction):
    return 2 ** max(5, int(np.ceil(np.log2(rate / fraction))))


def centred_power(y, fft, hop):
    return np.abs(librosa.stft(y, n_fft=fft, hop_length=hop, window="hann")).T ** 2


def textbook(y, rate):
    fft = power_of_two(rate, 32)
    full = (np.hanning(fft + 1)[:-1].sum() / 2) ** 2
    power = np.maximum(centred_power(y, fft, fft // 4) / full, 1e-10)
    if power.max() <= 1e-10:
        return None
    return np.stack([pysptk.sp2mc(frame, *parameters(rate)) for frame in power])


def parallel_wavegan(y, rate):
    """ParallelWaveGAN's sptk_extract, for samples that are not rounded to 16 bits."""
    if len(y) < 1024 or not np.any(y):
        return None
    window = pysptk.sptk.hamming(1024)
    order, alpha = parameters(rate)
    return np.stack([
        pysptk.mcep(32768 * y[start : start + 1024] * window, order, alpha, eps=1e-6, etype=1)
        for start in range(0, len(y) - 1023, 256)])


# Alignment.


def best_way(x, y):
    """The cells of the best way; of equal costs the step in both, then that in x."""
    distance = cdist(x, y).tolist()
    rows, columns = len(x), len(y)
    above, came = [0.0] + [np.inf] * columns, []
    for i in range(rows):
        row, directions = [np.inf], []
        for j in range(columns):
            ways = (above[j], above[j + 1], row[j])
            least = min(ways)
            directions.append(ways.index(least))
            row.append(least + distance[i][j])
        above = row
        came.append(directions)
    cells, (i, j) = [], (rows - 1, columns - 1)
    while i >= 0 and j >= 0:
        cells.append((i, j))
        i, j = ((i - 1, j - 1), (i - 1, j), (i, j - 1))[came[i][j]]
    return cells[::-1]


def along(way, x, y, first):
    i, j = np.array(way).T
    return K * float(np.mean(np.linalg.norm(x[i][:, first:] - y[j][:, first:], axis=1)))


def aligned(cepstra, reference, generated, rate, aligning, counting, fast=False):
    """K times the mean distance from coefficient `counting` on, along the way found from `aligning` on; one for each
    number in `counting`, the mean over channels."""
    values = []
    for a, b in zip(reference, generated):
        x, y = cepstra(a, rate), cepstra(b, rate)
        if x is None or y is None:
            return [None] * len(counting)
        u, v = x[:, aligning:], y[:, aligning:]
        way = fastdtw.fastdtw(u, v, dist=euclidean)[1] if fast else best_way(u, v)
        values.append([along(way, x, y, first) for first in counting])
    return np.mean(values, axis=0).tolist()


def plain(reference, generated, rate):
    values = []
    for a, b in zip(reference, generated):
        x, y = textbook(a, rate), textbook(b, rate)
        if x is None or y is None:
            return None
        values.append(K * float(np.mean(np.linalg.norm(x[:, 1:] - y[:, 1:], axis=1))))
    return float(np.mean(values))


# Mel distances.


def mel_filters(rate, low, high):
    return librosa.filters.mel(sr=rate, n_fft=1024, n_mels=80, fmin=low, fmax=min(high, rate / 2), dtype=np.float64)


def log_mel_hifigan(y, rate):
    y = np.pad(y, 384, mode="reflect")
    power = np.abs(librosa.stft(y, n_fft=1024, hop_length=256, center=False)).T ** 2
    return np.log(np.maximum(1e-5, np.sqrt(power + 1e-9) @ mel_filters(rate, 0, 8000).T))


def log_mel_parallel_wavegan(y, rate):
    magnitude = np.abs(librosa.stft(y, n_fft=1024, hop_length=256, pad_mode="reflect")).T
    return np.log10(np.maximum(1e-10, magnitude @ mel_filters(rate, 80, 7600).T))


def mel_l1(function, shortest, reference, generated, rate):
    if reference.shape[1] < shortest:
        return None
    return float(np.mean([np.abs(function(a, rate) - function(b, rate)) for a, b in zip(reference, generated)]))


def scores(reference, generated, rate):
    """Of [channel, time] arrays; those of pairs of one length only where the lengths are equal."""
    pair = (reference, generated, rate)
    result = dict(zip(["mcd-dtw", "mcd-pymcd"], aligned(textbook, *pair, 1, [1, 0])))
    result["mcd-pwg"] = aligned(parallel_wavegan, *pair, 0, [0])[0]
    if reference.shape == generated.shape:
        result |= {
            "mcd": plain(*pair), "mel-l1-hifigan": mel_l1(log_mel_hifigan, 385, *pair),
            "mel-l1-pwg": mel_l1(log_mel_parallel_wavegan, 513, *pair)}
    return result


# Mel-cepstra of single frames, whose power comes from noise: 10^(20 x).

frames = []
for rate, fft in [(8000, 256), (11025, 512), (16000, 512), (22050, 1024), (24000, 1024), (44100, 2048), (48000, 2048),
                  (48000, 32), (96000, 4096)]:
    order, alpha = parameters(rate)
    power = 10 ** (20 * make("noise", fft // 2 + 1, rate, 11))
    c = pysptk.sp2mc(power, order, alpha)
    frames.append({"rate": rate, "fft": fft, "order": order, "alpha": alpha, "coefficients": c.tolist()})

# pymcd's distance along the exact way through given cepstra: noise as [frame, 14].

ways = []
tool = pymcd.mcd.Calculate_MCD("dtw")
for rows, columns in [(1, 1), (1, 7), (9, 1), (12, 12), (31, 20), (40, 67)]:
    x, y = (100 * make("noise", count * 14, 16000, seed).reshape(count, 14) for count, seed in [(rows, 21), (columns, 22)])
    cells = fastdtw.fastdtw(x[:, 1:], y[:, 1:], radius=max(rows, columns), dist=euclidean)[1]
    count, total = tool.calculate_mcd_distance(x, y, cells)
    ways.append({
        "rows": rows, "columns": columns, "path": [[int(i), int(j)] for i, j in cells],
        "distance": float(tool.log_spec_dB_const * total / count)})

# Distances of made signals.

one = [
    *[([("chirp", 0)], [("mixture", seed)], count, count, rate) for seed, count, rate in [
        (1, 6000, 8000), (2, 9001, 16000), (3, 8192, 22050), (4, 9000, 24000), (5, 12000, 44100), (6, 12345, 48000)]],
    ([("noise", 1)], [("noise", 2)], 5000, 5000, 16000),
    ([("noise", 1)], [("mixture", 2)], 5000, 7000, 16000),
    ([("mixture", 1)], [("chirp", 2)], 9000, 4000, 8000),
    ([("chirp", 0), ("noise", 1)], [("mixture", 2), ("noise", 3)], 5000, 5000, 16000),
    ([("chirp", 0)], [("chirp", 0)], 4000, 4000, 16000),
    ([("silence", 0)], [("noise", 1)], 4000, 4000, 16000),
    ([("noise", 1)], [("silence", 0)], 4000, 4000, 16000),
    ([("silence", 0)], [("silence", 0)], 4000, 4000, 16000),
    ([("impulse", 2000)], [("impulse", 2100)], 4000, 4000, 16000),
    ([("square", 0)], [("chirp", 0)], 4000, 4000, 16000),
    ([("chirp", 0)], [("square", 0)], 4000, 4000, 22050),
    ([("noise", 1)], [("constant", 0)], 4000, 4000, 16000),
    ([("noise", 1)], [("noise", 2)], 1, 1, 16000),
    ([("noise", 1)], [("noise", 2)], 1, 3000, 8000),
    ([("noise", 1)], [("noise", 2)], 384, 384, 16000),
    ([("noise", 1)], [("noise", 2)], 385, 385, 16000),
    ([("noise", 1)], [("noise", 2)], 513, 513, 16000),
    ([("noise", 1)], [("noise", 2)], 1024, 1023, 16000),
    ([("noise", 1)], [("noise", 2)], 1024, 1024, 16000),
]
pairs = []
for reference, generated, first, second, rate in one:
    y = np.stack([make(kind, first, rate, seed) for kind, seed in reference])
    x = np.stack([make(kind, second, rate, seed) for kind, seed in generated])
    pairs.append({
        "reference": [spec(kind, first, rate, seed) for kind, seed in reference],
        "generated": [spec(kind, second, rate, seed) for kind, seed in generated], "scores": scores(y, x, rate)})

# Distances of recordings: one digit by two speakers, whole and cut to one length.

recordings = []
for first, second in [
    ("george/3_george_10.wav", "lucas/3_lucas_10.wav"), ("jackson/7_jackson_11.wav", "nicolas/7_nicolas_12.wav"),
    ("lucas/0_lucas_20.wav", "george/0_george_20.wav"), ("nicolas/5_nicolas_15.wav", "nicolas/5_nicolas_16.wav"),
]:
    (y, rate), (x, _) = (soundfile.read(digits / name) for name in (first, second))
    count = min(len(y), len(x))
    whole, cut = scores(y[None], x[None], rate), scores(y[None, :count], x[None, :count], rate)
    recordings.append({"reference": first, "generated": second, "whole": whole, "cut": cut})
    pair = (y[None], x[None], rate)
    fast = aligned(textbook, *pair, 1, [1, 0], fast=True) + aligned(parallel_wavegan, *pair, 0, [0], fast=True)
    for name, value in zip(["mcd-dtw", "mcd-pymcd", "mcd-pwg"], fast):
        print(f"{first} {second} {name}: {whole[name]:.4f} dB, along fastdtw's way {value:.4f} dB")
    own = tool.calculate_mcd(str(digits / first), str(digits / second))
    print(f"{first} {second}: pymcd itself {own:.4f} dB")

(folder / "Golden/cepstra.json").write_text(json.dumps({
    "tools": {
        "pysptk": pysptk.__version__, "pymcd": "0.2.1", "fastdtw": "0.3.4", "librosa": librosa.__version__,
        "numpy": np.__version__},
    "alphas": [[rate, float(pysptk.util.mcepalpha(rate))] for rate in (
        1000, 4000, 8000, 11025, 12000, 32000, 96000, 192000)],
    "frames": frames, "ways": ways, "pairs": pairs, "recordings": recordings,
}, indent=1) + "\n")
