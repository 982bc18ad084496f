"""Writes Golden/tonality.json, the numbers SpectraTests holds the harmonics-to-noise ratio and spectral flatness to.

    python3 Tests/SpectraTests/tonality_golden.py

Run with praat-parselmouth 0.4.7, librosa 0.11.0, scipy 1.17, soundfile 0.14 and numpy 2.4, on float32 samples, which
Signals.swift makes again or which are recordings from ../shared/corpora. Ratios are those of Praat's "To Harmonicity (ac)"
in its standard settings, -200 dB where it finds silence; parselmouth takes samples as float64.
"""

import importlib.metadata
import json
import pathlib

import librosa
import numpy as np
import parselmouth
import scipy
import scipy.stats

from signals import recording, samples, signal

here = pathlib.Path(__file__).resolve().parent


def ratios(x, rate):
    """The ratio of every frame, in dB."""
    sound = parselmouth.Sound(x, sampling_frequency=rate)
    return sound.to_harmonicity_ac(0.01, 75.0, 0.1, 4.5).values[0]


def flatness(x):
    """The flatness of every frame in dB, without frames of digital silence."""
    power = np.abs(librosa.stft(x)) ** 2
    levels = 10 * np.log10(librosa.feature.spectral_flatness(S=power, power=1)[0])
    return levels[power.max(axis=0) > 1e-10]


def sounding(values):
    return values[values > -199]


def distances(first, second):
    return [float(abs(second.mean() - first.mean())), float(scipy.stats.wasserstein_distance(first, second))]


kept = [
    signal("voice", 32000, 16000, 1), signal("noise", 16000, 16000, 2), signal("mixture", 22050, 22050, 3),
    signal("chirp", 16000, 8000), signal("square", 20000, 44100), signal("voice", 24000, 48000, 4),
    signal("impulse", 16000, 16000, 7000), signal("constant", 8000, 16000),
    recording("fsdd/train/lucas/7_lucas_24.wav", 0, 3200), recording("music/solo-trumpet-06.ogg", 44100, 44100),
    recording("music/sugar-plum-fairy.ogg", 441000, 44100), recording("music/glacier-bay-humpback.ogg", 441000, 44100),
]
cases = []
for channel in kept:
    x, rate = samples(channel)
    values, levels = ratios(x, rate), flatness(x)
    cases.append({
        "channel": channel, "ratios": [round(float(value), 6) for value in values],
        "hnr": float(sounding(values).mean()) if (values > -199).any() else None,
        "flatness": float(levels.mean()),
    })

sets = {
    "reference": [signal("voice", 32000, 16000, 1), signal("noise", 6000, 16000, 1)],
    "generated": [signal("voice", 24000, 16000, 2), signal("noise", 16000, 16000, 3), signal("mixture", 16000, 16000, 4)],
}
sides = [[samples(channel) for channel in sets[side]] for side in ("reference", "generated")]
hnr = distances(*(np.concatenate([sounding(ratios(x, rate)) for x, rate in side]) for side in sides))
flat = distances(*(np.concatenate([flatness(x) for x, _ in side]) for side in sides))
sets["scores"] = {
    "hnr-difference": hnr[0], "hnr-wasserstein": hnr[1], "flatness-difference": flat[0], "flatness-wasserstein": flat[1],
}

(here / "Golden" / "tonality.json").write_text(json.dumps({
    "tools": {
        "parselmouth": importlib.metadata.version("praat-parselmouth"), "librosa": librosa.__version__,
        "scipy": scipy.__version__, "numpy": np.__version__,
    },
    "cases": cases, "sets": sets,
}) + "\n")
