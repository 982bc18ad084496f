#!/usr/bin/env python3
"""Speed of `kodama evaluate` beside the reference tools on the same files, metric by metric, in one run.

    python3 Benchmarks/evaluate.py [FOLDER] [--kodama PATH] [--pairs 200] [--rounds 3] [--metrics lsd mcd]

Needs librosa, auraloss, torch, pysptk, fastdtw, praat-parselmouth, pyloudnorm, pystoi, scipy and soundfile. Cuts pairs of
one second at 22,050 Hz from the recordings in FOLDER (default ../shared/corpora/music beside the package), each with a copy
that is quieter and noisy. Both sides have two threads or processes, read the same files anew in each round, and are warmed by
one that does not count; neither imports nor the start of a process are counted. A tool runs in two processes that share the
pairs; auraloss also in one with two threads, and its faster form counts. Before times are shown the mean scores of both are
compared. The two sides take turns, metric by metric. Medians over rounds; the last row is Kodama with all its metrics in one
run against the sum of the tools.
"""

import argparse
import csv
import io
import json
import multiprocessing
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
import warnings

warnings.filterwarnings("ignore")
for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
    os.environ.pop(name, None)
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1", NUMBA_NUM_THREADS="1")

import auraloss
import fastdtw
import librosa
import numpy as np
import parselmouth
import pyloudnorm
import pysptk
import pystoi
import scipy.stats
import soundfile
import torch

RATE = 22050
K = 10 * np.sqrt(2) / np.log(10)
ORDER, ALPHA = 34, 0.45
FULL = (np.hanning(2049)[:-1].sum() / 2) ** 2
FULL_1024 = (np.hanning(1025)[:-1].sum() / 2) ** 2


def read(pair):
    return [soundfile.read(path, dtype="float32")[0] for path in pair]


def power(x, n_fft=2048, hop=512, **options):
    return np.abs(librosa.stft(x, n_fft=n_fft, hop_length=hop, **options)) ** 2


def lsd(y, x):
    p, q = (np.maximum(power(s) / FULL, 1e-10) for s in (y, x))
    return np.mean(np.sqrt(np.mean((10 * np.log10(p / q)) ** 2, axis=0)))


def spectral_convergence(y, x):
    y, x = np.abs(librosa.stft(y)), np.abs(librosa.stft(x))
    return np.linalg.norm(x - y) / np.linalg.norm(y)


MULTI = auraloss.freq.MultiResolutionSTFTLoss()


def mr_stft(y, x):
    with torch.no_grad():
        return float(MULTI(torch.from_numpy(x)[None, None], torch.from_numpy(y)[None, None]))


SDR = auraloss.time.SISDRLoss()


def si_sdr(y, x):
    with torch.no_grad():
        return -float(SDR(torch.from_numpy(x)[None, None], torch.from_numpy(y)[None, None]))


FILTERS = {
    (0, 8000): librosa.filters.mel(sr=RATE, n_fft=1024, n_mels=80, fmin=0, fmax=8000),
    (80, 7600): librosa.filters.mel(sr=RATE, n_fft=1024, n_mels=80, fmin=80, fmax=7600),
}


def mel_l1_hifigan(y, x):
    def log_mel(s):
        magnitude = np.sqrt(power(np.pad(s, 384, mode="reflect"), 1024, 256, center=False) + 1e-9)
        return np.log(np.maximum(1e-5, FILTERS[0, 8000] @ magnitude))
    return np.mean(np.abs(log_mel(y) - log_mel(x)))


def mel_l1_pwg(y, x):
    def log_mel(s):
        magnitude = np.abs(librosa.stft(s, n_fft=1024, hop_length=256, pad_mode="reflect"))
        return np.log10(np.maximum(1e-10, FILTERS[80, 7600] @ magnitude))
    return np.mean(np.abs(log_mel(y) - log_mel(x)))


def cepstra(s):
    frames = np.maximum(power(s, 1024, 256).T.astype(np.float64) / FULL_1024, 1e-10)
    return np.stack([pysptk.sp2mc(frame, ORDER, ALPHA) for frame in frames])


def mcd(y, x):
    return K * np.mean(np.linalg.norm(cepstra(y)[:, 1:] - cepstra(x)[:, 1:], axis=1))


def distance(a, b):
    difference = a - b
    return np.sqrt(difference @ difference)


def along(a, b, first):
    _, way = fastdtw.fastdtw(a[:, first:], b[:, first:], dist=distance)
    i, j = np.array(way).T
    return K * np.mean(np.linalg.norm(a[i, first:] - b[j, first:], axis=1))


def mcd_dtw(y, x):
    return along(cepstra(y), cepstra(x), 1)


HAMMING = pysptk.sptk.hamming(1024)


def mcd_pwg(y, x):
    def analyze(s):
        starts = range(0, len(s) - 1023, 256)
        frames = (32768 * s[start : start + 1024].astype(np.float64) * HAMMING for start in starts)
        return np.stack([pysptk.mcep(frame, ORDER, ALPHA, eps=1e-6, etype=1) for frame in frames])
    return along(analyze(y), analyze(x), 0)


PITCH = {"sr": RATE, "frame_length": 2048, "hop_length": 512, "fmin": librosa.note_to_hz("C2"),
         "fmax": librosa.note_to_hz("C7")}


def f0_yin(y, x):
    for s in (y, x):
        librosa.yin(s, **PITCH)


def f0_pyin(y, x):
    tracks = [librosa.pyin(s, fill_na=None, **PITCH) for s in (y, x)]
    both = tracks[0][1] & tracks[1][1]
    return np.sqrt(np.mean((1200 * np.log2(tracks[1][0][both] / tracks[0][0][both])) ** 2)) if both.any() else None


METER = pyloudnorm.Meter(RATE)


def loudness(y, x):
    METER.integrated_loudness(y)
    return METER.integrated_loudness(x)


def decibels(s):
    return librosa.power_to_db(librosa.feature.melspectrogram(y=s, sr=RATE), ref=1.0, amin=1e-10, top_db=None)


def band_wasserstein(y, x):
    return np.mean([scipy.stats.wasserstein_distance(a, b) for a, b in zip(decibels(y), decibels(x))])


def ltas(y, x):
    first, second = (10 * np.log10(np.maximum(power(s).mean(axis=1) / FULL, 1e-10)) for s in (y, x))
    return np.sqrt(np.mean((first - second) ** 2))


def stoi(y, x):
    return pystoi.stoi(y, x, RATE)


def estoi(y, x):
    return pystoi.stoi(y, x, RATE, extended=True)


def hnr(y, x):
    """Of both, as kodama scores the references by metrics of single sounds too."""
    for s in (y, x):
        ratios = parselmouth.Sound(s.astype(np.float64), sampling_frequency=RATE).to_harmonicity_ac().values[0]
    return np.mean(ratios[ratios > -199]) if (ratios > -199).any() else None


def flatness(y, x):
    for s in (y, x):
        levels = 10 * np.log10(librosa.feature.spectral_flatness(S=power(s), power=1)[0])
    return np.mean(levels)


def snr(y, x):
    return 10 * np.log10(np.sum(y.astype(np.float64) ** 2) / np.sum((x.astype(np.float64) - y) ** 2))


# What Kodama is asked for, the tool, what it is called, and which of Kodama's scores equals it; None where it gives none.
ROWS = [
    ("lsd", lsd, "librosa", "lsd"), ("spectral-convergence", spectral_convergence, "librosa", "spectral-convergence"),
    ("mr-stft", mr_stft, "auraloss", "mr-stft"), ("mel-l1-hifigan", mel_l1_hifigan, "librosa", "mel-l1-hifigan"),
    ("mel-l1-pwg", mel_l1_pwg, "librosa", "mel-l1-pwg"), ("mcd", mcd, "pysptk", "mcd"),
    ("mcd-dtw", mcd_dtw, "pysptk, fastdtw", "mcd-dtw"), ("mcd-pwg", mcd_pwg, "pysptk, fastdtw", "mcd-pwg"),
    ("si-sdr", si_sdr, "auraloss", "si-sdr"), ("snr", snr, "numpy", "snr"), ("stoi", stoi, "pystoi", "stoi"),
    ("estoi", estoi, "pystoi", "estoi"), ("f0-rmse", f0_yin, "librosa yin", None),
    ("f0-rmse-pyin", f0_pyin, "librosa pyin", "f0-rmse-pyin"), ("loudness", loudness, "pyloudnorm", "loudness"),
    ("hnr", hnr, "parselmouth", "hnr"), ("flatness", flatness, "librosa", "flatness"),
    ("ltas", ltas, "librosa", "ltas"), ("band-wasserstein", band_wasserstein, "librosa, scipy", "band-wasserstein"),
]
FUNCTIONS = {name: function for name, function, _, _ in ROWS}


def job(task):
    name, pairs = task
    return [FUNCTIONS[name](*read(pair)) for pair in pairs]


def start(_):
    torch.set_num_threads(1)


def timed(function):
    begin = time.perf_counter()
    return function(), time.perf_counter() - begin


def tool_seconds(pool, name, pairs, rounds):
    """Scores, and the median time of the faster form."""
    tasks = [(name, pairs[k::2]) for k in range(2)]
    warm = pool.map(job, tasks, chunksize=1)
    scores = [None] * len(pairs)
    for k, part in enumerate(warm):
        scores[k::2] = part
    best = statistics.median(timed(lambda: pool.map(job, tasks, chunksize=1))[1] for _ in range(rounds))
    if name in ("mr-stft", "si-sdr"):
        torch.set_num_threads(2)
        job((name, pairs))
        best = min(best, statistics.median(timed(lambda: job((name, pairs)))[1] for _ in range(rounds)))
    return scores, best


def kodama_seconds(program, folder, metrics, rounds):
    """The median time of a metric, or of all of them in one run."""
    command = [program, "bench", "evaluate", f"{folder}/a", f"{folder}/b", "--threads", "2", "--rounds", str(rounds), "--json"]
    bench = subprocess.run(command + metrics, check=True, stdout=subprocess.PIPE)
    return json.loads(bench.stdout)["rows"][-1]["seconds"]


def kodama_scores(program, folder):
    return subprocess.run(
        [program, "evaluate", f"{folder}/a", f"{folder}/b", "--csv", "--quiet"], check=True, stdout=subprocess.PIPE,
        text=True).stdout


def scores_of(text, name):
    return [row[name] for row in csv.DictReader(io.StringIO(text)) if row["kind"] == "pair"]


def make_pairs(source, folder, count):
    random = np.random.default_rng(0)
    clips = []
    for path in sorted(pathlib.Path(source).iterdir()):
        x, rate = soundfile.read(path, dtype="float32", always_2d=True)
        x = librosa.resample(x.mean(axis=1), orig_sr=rate, target_sr=RATE, res_type="soxr_hq")
        pieces = [x[start : start + RATE] for start in range(0, len(x) - RATE + 1, RATE)]
        clips += [piece - piece.mean() for piece in pieces if np.sqrt(np.mean(piece ** 2)) > 1e-3]
    if len(clips) < count:
        sys.exit(f"{source} holds {len(clips)} seconds that are not silent; give a longer folder or --pairs")
    for side in "ab":
        os.mkdir(f"{folder}/{side}")
    for index, clip in enumerate(clips[:count]):
        soundfile.write(f"{folder}/a/{index:04}.wav", clip, RATE, subtype="PCM_16")
        noisy = np.clip(0.8 * clip + 0.002 * random.standard_normal(RATE), -1, 1)
        soundfile.write(f"{folder}/b/{index:04}.wav", noisy, RATE, subtype="PCM_16")
    return [(f"{folder}/a/{index:04}.wav", f"{folder}/b/{index:04}.wav") for index in range(count)]


def main():
    root = pathlib.Path(__file__).resolve().parent.parent
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", default=root.parent / "shared/corpora/music")
    parser.add_argument("--kodama", default=str(root / ".build/release/kodama"))
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--metrics", nargs="+", default=[row[0] for row in ROWS], help="only these rows")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, multiprocessing.Pool(2, start, (None,)) as pool:
        pairs = make_pairs(arguments.folder, folder, arguments.pairs)
        print(f"{len(pairs)} pairs of 1 s at {RATE} Hz, 2 threads, median of {arguments.rounds} rounds")
        print(f"{'metric':22}{'kodama s':>10}{'tool s':>10}{'times':>8}  tool, largest difference of a score")
        text = kodama_scores(arguments.kodama, folder)
        total = 0.0
        for name, _, tool, checked in (row for row in ROWS if row[0] in arguments.metrics):
            scores, theirs = tool_seconds(pool, name, pairs, arguments.rounds)
            total += theirs
            note = tool
            if checked:
                both = [(float(a), b) for a, b in zip(scores_of(text, checked), scores) if a and b is not None]
                worst = max(abs(a - b) for a, b in both)
                if len(both) < len(pairs) / 2 or worst > 0.05 * max(abs(b) for _, b in both):
                    sys.exit(f"{name}: {worst} apart over {len(both)} pairs; nothing is timed")
                note += f", {worst:.1g}"
            ours = kodama_seconds(arguments.kodama, folder, ["--metrics", name], 3 * arguments.rounds)
            print(f"{name:22}{ours:10.3f}{theirs:10.3f}{theirs / ours:8.1f}  {note}", flush=True)
        if len(arguments.metrics) < len(ROWS):
            return
        ours = kodama_seconds(arguments.kodama, folder, [], arguments.rounds)
        print(f"{'all of kodama':22}{ours:10.3f}{total:10.3f}{total / ours:8.1f}  the sum of the tools above")


if __name__ == "__main__":
    main()
