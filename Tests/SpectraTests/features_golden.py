"""Writes Golden/features.json, the numbers that log-mel features and their inverse are held to.

    python3 Tests/SpectraTests/features_golden.py

Run with librosa 0.11.0, soundfile and numpy 2.4. Everything is computed in float64 from float32 samples of signals.py,
which Signals.swift makes again, or from recordings of spoken digits that lie beside the package on some machines.
"""

import json
import pathlib

import librosa
import numpy as np
import soundfile

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

# Griffin-Lim from phases of zero: three iterations, after which rounding has not grown yet.

griffin_lim = []
for signal, fft, hop, window, momentum in [
    (("mixture", 1500, 16000, 1), 256, 64, 256, 0.99),
    (("voice", 900, 8000, 2), 128, 50, 100, 0.0),
]:
    y = make(*signal)
    magnitudes = np.abs(librosa.stft(y, n_fft=fft, hop_length=hop, win_length=window))
    samples = librosa.griffinlim(
        magnitudes, n_iter=3, hop_length=hop, win_length=window, n_fft=fft, momentum=momentum, init=None, length=len(y))
    griffin_lim.append({
        "signal": spec(*signal), "fft": fft, "hop": hop, "windowLength": window, "momentum": momentum,
        "samples": [float(np.float32(v)) for v in samples],
    })

# How close sounds come that librosa makes of the mel spectra of recordings.

corpus = pathlib.Path(__file__).resolve().parents[3] / "shared/corpora/fsdd/train"
inverses = []
for name in [
    "george/0_george_10.wav", "george/5_george_30.wav", "jackson/1_jackson_20.wav", "lucas/7_lucas_12.wav",
    "lucas/2_lucas_40.wav", "nicolas/3_nicolas_20.wav",
]:
    y, rate = soundfile.read(corpus / name)
    c = convention(rate, 512, 128, 40)
    magnitudes = np.abs(librosa.stft(y, n_fft=512, hop_length=128))
    mel = np.exp(features(y, c).T * c["divisor"])
    made = librosa.feature.inverse.mel_to_audio(
        mel, sr=rate, n_fft=512, hop_length=128, power=1.0, n_iter=60, length=len(y), fmax=rate / 2)
    again = np.abs(librosa.stft(made, n_fft=512, hop_length=128))
    inverses.append({
        "recording": name, "convention": c,
        "spectralConvergence": np.linalg.norm(again - magnitudes) / np.linalg.norm(magnitudes),
        "logMelDistance": np.mean(np.abs(features(made, c) - features(y, c))),
    })

document = {"logMel": cases, "griffinLim": griffin_lim, "inverses": inverses}
(folder / "features.json").write_text(json.dumps(document) + "\n")
