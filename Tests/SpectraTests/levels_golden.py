"""Writes Golden/levels.json, the numbers SpectraTests holds pitch, loudness, levels and signal errors to.

    python3 Tests/SpectraTests/levels_golden.py

Run with librosa 0.11.0, pyloudnorm 0.2.0, scipy 1.17, soundfile 0.14 and numpy 2.4. Everything is computed in float64
from float32 samples, which Signals.swift makes again or which are recordings from ../shared/corpora, and skipped where
those are absent.
"""

import importlib.metadata
import json
import math
import pathlib
import warnings

import librosa
import numpy as np
import pyloudnorm
import scipy
import scipy.stats
import soundfile
from librosa.core.pitch import _cumulative_mean_normalized_difference

from signals import recording, samples, signal

warnings.filterwarnings("ignore")
here = pathlib.Path(__file__).resolve().parent

# Pitch


def settings(rate):
    """Frames, hop and frequencies of the metrics at a rate."""
    length = 4
    while length < 0.06 * rate:
        length *= 2
    high = min(librosa.note_to_hz("C7"), rate / 2)
    return {"sr": rate, "frame_length": length, "hop_length": length // 4, "fmin": librosa.note_to_hz("C2"), "fmax": high}


def yin(y, rate):
    """librosa's track; and whether the normalized difference inside the frame is below 0.2 at its period."""
    chosen = settings(rate)
    f0 = librosa.yin(y, trough_threshold=0.1, **chosen)
    length, hop = chosen["frame_length"], chosen["hop_length"]
    frames = librosa.util.frame(np.pad(y, length // 2), frame_length=length, hop_length=hop)
    shortest = int(np.floor(rate / chosen["fmax"]))
    longest = min(int(np.ceil(rate / chosen["fmin"])), length - 1)
    differences = _cumulative_mean_normalized_difference(frames, shortest, longest)
    trough = librosa.util.localmin(differences, axis=-2)
    trough[0] = differences[0] < differences[1]
    trough &= differences < 0.1
    index = np.where(trough.any(axis=0), trough.argmax(axis=0), differences.argmin(axis=0))
    inside = np.array([np.mean((frames[:-k] - frames[k:]) ** 2, axis=0) for k in range(1, longest + 1)])
    mean = np.cumsum(inside, axis=0) / np.arange(1, longest + 1)[:, None]
    column = np.arange(frames.shape[1])
    inside, mean = inside[index + shortest - 1, column], mean[index + shortest - 1, column]
    return f0, (inside < 0.2 * mean) & (mean > 2e-10 * np.mean(frames ** 2, axis=0))


def pyin(y, rate):
    f0, voiced, _ = librosa.pyin(y, fill_na=None, **settings(rate))
    return f0, voiced


def pitch_scores(tracks, others):
    """Root mean square in cents and voicing error in percent, over the frames of all channels."""
    f, v = (np.concatenate(parts) for parts in zip(*tracks))
    g, w = (np.concatenate(parts) for parts in zip(*others))
    both, either = v & w, v | w
    cents = 1200 * np.log2(g[both] / f[both])
    return (np.sqrt(np.mean(cents ** 2)) if both.any() else None, 100 * np.mean(v != w) if either.any() else None)


def voiced_share(tracks):
    return 100 * np.mean(np.concatenate([voiced for _, voiced in tracks]))


def pitch_counts(tracks):
    """The voiced frames at each pitch, in steps of 10 cents from C2."""
    pitches = np.concatenate([f0[voiced] for f0, voiced in tracks])
    steps = np.round(120 * np.log2(pitches / librosa.note_to_hz("C2"))).astype(int)
    return np.bincount(steps, minlength=700)


def in_tune(tracks, others):
    """The share of the others' voiced frames within 30 cents of a note of the first, in percent."""
    counts, generated = pitch_counts(tracks), pitch_counts(others)
    if counts.sum() == 0 or generated.sum() == 0:
        return None
    rest, notes = counts.copy(), []
    while True:
        windows = np.convolve(rest, np.ones(7, int), "valid")
        start = int(np.argmax(windows))
        if windows[start] < max(1, 0.01 * counts.sum()):
            break
        notes.append(start + int(np.argmax(2 * np.cumsum(rest[start:start + 7]) >= windows[start])))
        rest[start:start + 7] = 0
    near = [step for step in range(len(generated)) if any(abs(step - note) <= 3 for note in notes)]
    return 100 * generated[near].sum() / generated.sum()


def pitch_distances(tracks, others):
    """Of shares of voiced frames in percent, of mean pitches and of distributions of pitch in cents."""
    voicing = abs(voiced_share(others) - voiced_share(tracks))
    counts, generated = pitch_counts(tracks), pitch_counts(others)
    if counts.sum() == 0 or generated.sum() == 0:
        return voicing, None, None
    cents = 10 * np.arange(len(counts))
    means = [np.average(cents, weights=side) for side in (counts, generated)]
    return voicing, abs(means[1] - means[0]), scipy.stats.wasserstein_distance(cents, cents, counts, generated)


# Levels


def loudness(x, rate):
    """x: [channel, time]."""
    if x.shape[1] < 0.4 * rate:
        return None
    value = pyloudnorm.Meter(rate).integrated_loudness(x.T)
    return value if math.isfinite(value) else None


def level_scores(x, rate):
    """Of [channel, time]."""
    peak = np.max(np.abs(x))
    clipped, silent = [], []
    for channel in x:
        full = np.where(channel >= 1 - 2.0 ** -15, 1, np.where(channel <= -(1 - 2.0 ** -15), -1, 0))
        edges = np.flatnonzero(np.diff(full)) + 1
        runs = np.split(full, edges)
        clipped.append(sum(len(run) for run in runs if run[0] != 0 and len(run) >= 3) / len(channel))
        length = max(1, round(rate / 50))
        frames = [channel[start:start + length] for start in range(0, len(channel), length)]
        silent.append(np.mean([np.sqrt(np.mean(frame ** 2)) < 1e-3 for frame in frames]))
    return {
        "peak": 20 * np.log10(peak) if peak > 0 else None, "dc": 100 * np.mean(np.abs(np.mean(x, axis=1))),
        "clipping": 100 * np.mean(clipped), "silence": 100 * np.mean(silent),
    }


# Signal errors


def mean_or_none(values):
    return None if any(value is None for value in values) else np.mean(values)


def esr(x, y):
    return np.mean((x - y) ** 2) / np.mean(y ** 2) if len(y) > 0 and np.any(y) else None


def emphasized(x):
    return x[1:] - 0.85 * x[:-1]


def snr(x, y):
    error = np.sum((x - y) ** 2)
    return 10 * np.log10(np.sum(y ** 2) / error) if np.any(y) and error > 0 else None


def error_scores(x, y):
    return {
        "snr": mean_or_none([snr(a, b) for a, b in zip(x, y)]), "esr": mean_or_none([esr(a, b) for a, b in zip(x, y)]),
        "esr-preemphasis": mean_or_none([esr(emphasized(a), emphasized(b)) for a, b in zip(x, y)]),
    }


# Distributions


def band_decibels(sounds):
    """[band, frame] of all sounds, each [channel, time] at one rate."""
    frames = []
    for x, rate in sounds:
        for channel in x:
            # dtype of the filters: float64, as everything else.
            power = np.abs(librosa.stft(channel)) ** 2
            mel = librosa.filters.mel(sr=rate, n_fft=2048, dtype=np.float64) @ power
            frames.append(librosa.power_to_db(mel, ref=1.0, amin=1e-10, top_db=None))
    return np.concatenate(frames, axis=1)


def band_wasserstein(first, second):
    pairs = zip(band_decibels(first), band_decibels(second))
    return np.mean([scipy.stats.wasserstein_distance(a, b) for a, b in pairs])


def stack(channels):
    parts = [samples(channel) for channel in channels]
    return np.stack([part for part, _ in parts]), parts[0][1]


def finite(scores):
    return {name: None if value is None else float(value) for name, value in scores.items()}


rates = [8000, 11025, 16000, 22050, 24000, 32000, 44100, 48000]
george, lucas = "fsdd/train/george/0_george_10.wav", "fsdd/train/lucas/7_lucas_20.wav"
trumpet, piece = "music/solo-trumpet-06.ogg", "music/sugar-plum-fairy.ogg"

tracks = [signal("voice", int(0.8 * rate), rate, index) for index, rate in enumerate(rates)]
tracks += [
    signal("silence", 3000, 22050), signal("impulse", 5000, 22050, 2100), signal("square", 6000, 44100),
    signal("noise", 8000, 16000, 3), signal("voice", 1, 22050), signal("constant", 4000, 16000),
    recording(george, 0, 3000), recording(lucas, 0, 3000), recording(trumpet, 44100, 66150),
    recording(piece, 441000, 44100),
]
track_cases = []
for channel in tracks:
    y, rate = samples(channel)
    case = {"channel": channel}
    for name, (f0, voiced) in {"yin": yin(y, rate), "pyin": pyin(y, rate)}.items():
        case[name] = {"frequencies": [float(f"{f:.9g}") for f in f0], "isVoiced": [bool(v) for v in voiced]}
    track_cases.append(case)

pairs = []
for index, rate in enumerate(rates):
    pairs.append(([signal("voice", rate, rate, 1)], [signal("voice", rate, rate, index + 2)]))
pairs += [
    ([signal("voice", 22050, 22050, 1), signal("noise", 22050, 22050, 2)],
     [signal("voice", 22050, 22050, 3), signal("voice", 22050, 22050, 4)]),
    ([signal("silence", 11025, 22050)], [signal("voice", 11025, 22050)]),
    ([signal("voice", 11025, 22050)], [signal("silence", 11025, 22050)]),
    ([signal("silence", 11025, 22050)], [signal("silence", 11025, 22050)]),
    ([signal("voice", 11025, 22050)], [signal("voice", 11025, 22050)]),
    ([signal("impulse", 8000, 16000, 4000)], [signal("impulse", 8000, 16000, 4001)]),
    ([signal("square", 48000, 48000)], [signal("noise", 48000, 48000, 5)]),
    ([signal("noise", 8000, 8000, 5)], [signal("square", 8000, 8000)]),
    ([signal("constant", 8000, 16000)], [signal("noise", 8000, 16000, 6)]),
    ([signal("constant", 1, 16000)], [signal("impulse", 1, 16000)]),
    ([signal("noise", 5000, 16000, 7)], [signal("constant", 5000, 16000)]),
    ([recording(george, 0, 3200)], [recording(lucas, 0, 3200)]),
    ([recording(trumpet, 44100, 88200)], [recording(trumpet, 44137, 88200)]),
    ([recording(piece, 441000, 88200)], [recording(piece, 661500, 88200)]),
]
pair_cases = []
for reference, generated in pairs:
    (y, rate), (x, _) = stack(reference), stack(generated)
    loud, other = loudness(x, rate), loudness(y, rate)
    plain = pitch_scores([yin(c, rate) for c in y], [yin(c, rate) for c in x])
    tracks_y, tracks_x = [pyin(c, rate) for c in y], [pyin(c, rate) for c in x]
    probable = pitch_scores(tracks_y, tracks_x)
    scores = {
        "f0-rmse": plain[0], "f0-voicing": plain[1], "f0-rmse-pyin": probable[0], "f0-voicing-pyin": probable[1],
        "loudness": loud, "loudness-difference": None if loud is None or other is None else abs(loud - other),
        "band-wasserstein": band_wasserstein([(y, rate)], [(x, rate)]),
        "voiced-share": voiced_share(tracks_x), "in-tune": in_tune(tracks_y, tracks_x),
    }
    scores |= dict(zip(["voiced-difference", "pitch-difference", "pitch-wasserstein"], pitch_distances(tracks_y, tracks_x)))
    scores |= level_scores(x, rate) | error_scores(x, y)
    pair_cases.append({"reference": reference, "generated": generated, "scores": finite(scores)})

sets = {
    "reference": [signal("voice", 16000, 16000, 1), signal("noise", 3000, 16000, 1), signal("square", 700, 16000)],
    "generated": [signal("voice", 24000, 16000, 2), signal("noise", 100, 16000, 3)],
}
sides = [[stack([channel]) for channel in sets[side]] for side in ("reference", "generated")]
sets["band-wasserstein"] = float(band_wasserstein(*sides))
sets["in-tune"] = float(in_tune(*([pyin(x[0], rate) for x, rate in side] for side in sides)))

(here / "Golden" / "levels.json").write_text(json.dumps({
    "tools": {
        "librosa": librosa.__version__, "pyloudnorm": importlib.metadata.version("pyloudnorm"), "scipy": scipy.__version__,
        "soundfile": soundfile.__version__, "numpy": np.__version__,
    },
    "tracks": track_cases, "pairs": pair_cases, "sets": sets,
}) + "\n")
