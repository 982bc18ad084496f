"""Writes Golden/spectra.json and Golden/spectra.bin, the numbers SpectraTests holds transforms and metrics to.

    python3 Tests/SpectraTests/spectra_golden.py

Run with librosa 0.11.0, auraloss 0.4.0, torch 2.15, numpy 2.4 and scipy. Everything is computed in float64 from float32
samples of signals.py, which Signals.swift makes again. The .bin holds the arrays, float32
little-endian, one after the other; the .json says what each is, where it begins and its shape.
"""

import json
import pathlib
import warnings

import auraloss
import librosa
import numpy as np
import torch

from signals import make, spec

warnings.filterwarnings("ignore")
folder = pathlib.Path(__file__).parent / "Golden"
blob = []
written = 0


def store(array):
    """Puts an array into the blob and says where it is."""
    global written
    array = np.ascontiguousarray(array, dtype="<f4")
    place = {"offset": written, "shape": list(array.shape)}
    blob.append(array.tobytes())
    written += array.size
    return place


# Transforms.


def padded(y, fft, hop, padding):
    if padding == "reflectAroundHop":
        return np.pad(y, (fft - hop) // 2, mode="reflect")
    return y


def stft(y, fft=2048, hop=512, window_length=None, window="hann", padding="zeros"):
    window = {"rectangular": "boxcar"}.get(window, window)
    return librosa.stft(
        padded(y, fft, hop, padding), n_fft=fft, hop_length=hop, win_length=window_length, window=window,
        center=padding in ("zeros", "reflect"), pad_mode="constant" if padding == "zeros" else "reflect",
    ).T


stft_cases = []
for kind, count, fft, hop, window_length, window, padding, seed in [
    ("chirp", 6000, 2048, 512, 2048, "hann", "zeros", 0),
    ("noise", 3000, 1024, 256, 1024, "hann", "reflect", 3),
    ("noise", 2500, 512, 120, 400, "hamming", "zeros", 4),
    ("chirp", 2000, 256, 64, 256, "blackman", "none", 0),
    ("mixture", 2560, 1024, 256, 1024, "hann", "reflectAroundHop", 5),
    ("noise", 1500, 375, 100, 301, "hann", "zeros", 6),
    ("impulse", 1000, 512, 128, 512, "hann", "zeros", 300),
    ("silence", 1000, 256, 64, 256, "hann", "reflect", 0),
    ("square", 2000, 512, 128, 512, "rectangular", "zeros", 0),
    ("noise", 1, 256, 64, 256, "hann", "zeros", 7),
]:
    spectrum = stft(make(kind, count, 16000, seed), fft, hop, window_length, window, padding)
    rows = sorted({0, len(spectrum) // 2, len(spectrum) - 1})
    stft_cases.append({
        "signal": spec(kind, count, 16000, seed), "fft": fft, "hop": hop, "windowLength": window_length,
        "window": window, "padding": padding, "frames": len(spectrum), "rows": rows,
        "real": store(spectrum[rows].real), "imaginary": store(spectrum[rows].imag),
    })

# Mel: whole matrices where they are small, elsewhere the matrix times noise.

mel_cases = []
for rate, fft, bands, low, high, scale, normalization, whole in [
    (8000, 256, 20, 0.0, None, "htk", "none", True),
    (16000, 512, 30, 80.0, 7600.0, "slaney", "slaney", True),
    (8000, 2048, 128, 0.0, None, "slaney", "slaney", False),
    (22050, 2048, 128, 0.0, None, "slaney", "slaney", False),
    (24000, 1024, 80, 80.0, 7600.0, "slaney", "slaney", False),
    (44100, 2048, 128, 0.0, None, "htk", "slaney", False),
    (48000, 1024, 64, 20.0, 20000.0, "slaney", "none", False),
]:
    matrix = librosa.filters.mel(
        sr=rate, n_fft=fft, n_mels=bands, fmin=low, fmax=high, htk=scale == "htk",
        norm=None if normalization == "none" else "slaney", dtype=np.float64)
    spectrum = np.abs(make("noise", fft // 2 + 1, rate, 8))
    mel_cases.append({
        "rate": rate, "fft": fft, "bands": bands, "low": low, "high": high, "scale": scale,
        "normalization": normalization, "matrix": store(matrix) if whole else None, "product": store(matrix @ spectrum),
    })


def librosa_mel(y, rate):
    return librosa.feature.melspectrogram(y=y, sr=rate).T


def parallel_wavegan(y, rate):
    filters = librosa.filters.mel(
        sr=rate, n_fft=1024, n_mels=80, fmin=80, fmax=min(7600, rate / 2), dtype=np.float64)
    return np.log10(np.maximum(1e-10, np.abs(stft(y, 1024, 256, padding="reflect")) @ filters.T))


def hifi_gan(y, rate):
    filters = librosa.filters.mel(sr=rate, n_fft=1024, n_mels=80, fmin=0, fmax=min(8000, rate / 2), dtype=np.float64)
    power = np.abs(stft(y, 1024, 256, padding="reflectAroundHop")) ** 2
    return np.log(np.maximum(1e-5, np.sqrt(power + 1e-9) @ filters.T))


mel_spectrograms = []
for name, function, kind, rate in [
    ("librosa", librosa_mel, "mixture", 22050),
    ("parallelWaveGAN", parallel_wavegan, "mixture", 24000),
    ("parallelWaveGAN", parallel_wavegan, "silence", 8000),
    ("hifiGAN", hifi_gan, "mixture", 22050),
    ("hifiGAN", hifi_gan, "impulse", 8000),
]:
    values = function(make(kind, 3072, rate, 9), rate)
    mel_spectrograms.append({
        "convention": name, "signal": spec(kind, 3072, rate, 9), "values": store(values)})

# Metrics.


def lsd(x, y):
    """Over [channel, time]: the mean over frames of all channels."""
    full = (np.hanning(2049)[:-1].sum() / 2) ** 2
    distances = []
    for a, b in zip(x, y):
        p, q = (np.maximum(np.abs(stft(s)) ** 2 / full, 1e-10) for s in (a, b))
        distances += list(np.sqrt(np.mean((10 * np.log10(p / q)) ** 2, axis=1)))
    return np.mean(distances)


def convergence(x, y):
    x, y = (np.stack([np.abs(stft(s)) for s in z]) for z in (x, y))
    return np.linalg.norm(x - y) / np.linalg.norm(y) if np.any(y) else None


def average(sounds):
    full = (np.hanning(2049)[:-1].sum() / 2) ** 2
    frames = np.concatenate([np.abs(stft(s)) ** 2 / full for s in sounds])
    return 10 * np.log10(np.maximum(frames.mean(axis=0), 1e-10))


def ltas(x, y):
    return np.sqrt(np.mean((average(x) - average(y)) ** 2))


def multi_resolution(x, y):
    if x.shape[1] <= 1024:
        return None
    loss = auraloss.freq.MultiResolutionSTFTLoss(output="full")
    for part in loss.stft_losses:
        part.output = "full"
        part.window = torch.hann_window(part.win_length, dtype=torch.float64)
    total, sc, log, _, _ = loss(torch.from_numpy(x)[None], torch.from_numpy(y)[None])
    return float(total), float(sum(sc) / 3), float(sum(log) / 3)


def si_sdr(x, y):
    if np.any(np.ptp(x, axis=1) == 0) or np.any(np.ptp(y, axis=1) == 0):
        return None
    return float(-auraloss.time.SISDRLoss()(torch.from_numpy(x)[None], torch.from_numpy(y)[None]))


pairs = [
    *[([("chirp", 0)], [("mixture", seed)], count, rate) for seed, count, rate in [
        (1, 6000, 8000), (2, 9001, 16000), (3, 8192, 22050), (4, 12000, 44100), (5, 12345, 48000)]],
    ([("noise", 1)], [("noise", 2)], 5000, 16000),
    ([("chirp", 0), ("noise", 1)], [("mixture", 2), ("noise", 3)], 5000, 16000),
    ([("chirp", 0)], [("chirp", 0)], 4000, 16000),
    ([("silence", 0)], [("noise", 1)], 4000, 16000),
    ([("noise", 1)], [("silence", 0)], 4000, 16000),
    ([("silence", 0)], [("silence", 0)], 4000, 16000),
    ([("impulse", 2000)], [("impulse", 2100)], 4000, 16000),
    ([("square", 0)], [("chirp", 0)], 4000, 16000),
    ([("chirp", 0)], [("square", 0)], 4000, 16000),
    ([("noise", 1)], [("constant", 0)], 4000, 16000),
    ([("noise", 1)], [("noise", 2)], 1, 16000),
    ([("noise", 1)], [("noise", 2)], 1024, 16000),
    ([("noise", 1)], [("noise", 2)], 1025, 16000),
]
metric_cases = []
for reference, generated, count, rate in pairs:
    y = np.stack([make(kind, count, rate, seed) for kind, seed in reference])
    x = np.stack([make(kind, count, rate, seed) for kind, seed in generated])
    resolutions = multi_resolution(x, y) or (None, None, None)
    scores = {
        "lsd": lsd(x, y), "mr-stft": resolutions[0], "mr-stft-sc": resolutions[1], "mr-stft-log": resolutions[2],
        "spectral-convergence": convergence(x, y), "si-sdr": si_sdr(x, y), "ltas": ltas(x, y),
    }
    metric_cases.append({
        "reference": [spec(kind, count, rate, seed) for kind, seed in reference],
        "generated": [spec(kind, count, rate, seed) for kind, seed in generated],
        "scores": {name: None if value is None else float(value) for name, value in scores.items()},
    })

sets = {
    "reference": [spec("chirp", 5000, 16000), spec("noise", 3000, 16000, 1), spec("square", 700, 16000)],
    "generated": [spec("mixture", 9000, 16000, 2), spec("noise", 100, 16000, 3)],
}
sets["ltas"] = float(ltas(*([make(**signal) for signal in sets[side]] for side in ("reference", "generated"))))

folder.mkdir(exist_ok=True)
(folder / "spectra.bin").write_bytes(b"".join(blob))
(folder / "spectra.json").write_text(json.dumps({
    "tools": {"librosa": librosa.__version__, "torch": torch.__version__, "numpy": np.__version__},
    "stft": stft_cases, "mel": mel_cases, "melSpectrograms": mel_spectrograms, "metrics": metric_cases, "sets": sets,
}, indent=1) + "\n")
