"""Writes Golden/features.json, the numbers FeaturesTests hold log-mel features to.

    python3 Tests/SpectraTests/features_golden.py

Run with librosa 0.11.0 and numpy 2.4. Everything is computed in float64 from float32 samples of signals.py, which
Signals.swift makes again.
"""

import json
import pathlib

import librosa
import numpy as np

from signals import make, spec

folder = pathlib.Path(__file__).parent / "Golden"


def convention(rate, fft, hop, bands, window=None, low=0.0, high=None, scale="slaney", spectrum="magnitude",
               floor=1e-5, offset=0.0, divisor=None):
    return {
        "sampleRate": rate, "fftLength": fft, "windowLength": window or fft, "hopLength": hop, "bands": bands,
        "minimumFrequency": low, "maximumFrequency": high or rate / 2, "scale": scale, "spectrum": spectrum,
        "floor": floor, "offset": offset, "divisor": divisor or -np.log(floor),
    }


def features(y, c):
    energies = librosa.feature.melspectrogram(
        y=y, sr=c["sampleRate"], n_fft=c["fftLength"], hop_length=c["hopLength"], win_length=c["windowLength"],
        n_mels=c["bands"], fmin=c["minimumFrequency"], fmax=c["maximumFrequency"], htk=c["scale"] == "htk",
        power=1.0 if c["spectrum"] == "magnitude" else 2.0, center=True, pad_mode="constant", dtype=np.float64)
    return (np.log(np.maximum(energies, c["floor"])) - c["offset"]).T / c["divisor"]


cases = []
for signal, c in [
    (("mixture", 6000, 22050, 1), convention(22050, 1024, 256, 80)),
    (("voice", 4000, 8000, 2), convention(8000, 512, 100, 40, window=320, low=60.0, high=3600.0)),
    (("chirp", 4000, 16000, 0), convention(
        16000, 400, 160, 23, scale="htk", spectrum="power", floor=1e-10, offset=-4.0, divisor=4.0)),
    (("impulse", 1000, 16000, 300), convention(16000, 512, 128, 40, floor=1e-3)),
    (("silence", 500, 16000, 0), convention(16000, 256, 64, 20)),
    (("noise", 5, 16000, 4), convention(16000, 256, 64, 20)),
    (("noise", 640, 16000, 5), convention(16000, 256, 64, 20, divisor=1.0)),
]:
    values = features(make(*signal), c)
    rows = sorted({0, 1 % len(values), len(values) // 2, len(values) - 1})
    cases.append({
        "signal": spec(*signal), "convention": c, "frames": len(values), "rows": rows,
        "values": [[float(np.float32(v)) for v in values[row]] for row in rows],
    })

(folder / "features.json").write_text(json.dumps({"logMel": cases}) + "\n")
