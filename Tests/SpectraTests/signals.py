"""The signals of Support/Signals.swift, for scripts that make golden numbers: float32 samples, made in float64."""

import pathlib

import numpy as np
from numpy.random import Generator, Philox

corpora = pathlib.Path(__file__).resolve().parents[3] / "shared" / "corpora"


def chirp(count, rate, seed):
    """A tone that rises from 100 Hz towards 0.45 rate, and a steady one of 0.11 rate."""
    t = np.arange(count) / rate
    slope = (0.45 * rate - 100) / max(count / rate, 1e-9)
    return 0.6 * np.sin(2 * np.pi * (100 * t + slope * t * t / 2)) + 0.2 * np.sin(2 * np.pi * 0.11 * rate * t)


def noise(count, rate, seed):
    """Uniform noise within ±0.3."""
    return 0.3 * (2 * Generator(Philox(key=seed)).random(count) - 1)


def mixture(count, rate, seed):
    """A chirp at half height with a tenth of the noise."""
    return 0.5 * chirp(count, rate, seed) + 0.1 * noise(count, rate, seed)


def voice(count, rate, seed):
    """Eight harmonics of 110 Hz and 10 Hz more per seed with a vibrato, in noise; the third quarter is noise alone."""
    t = np.arange(count) / rate
    frequency = 110 + 10 * seed
    phase = 2 * np.pi * frequency * t - 20 / 3 * np.cos(2 * np.pi * 3 * t)
    tone = sum(0.3 / h * np.sin(h * phase) for h in range(1, 9))
    silent = np.arange(count) * 4 // count == 2
    return np.where(silent, 0, tone) + 0.05 * noise(count, rate, seed)


def silence(count, rate, seed):
    return np.zeros(count)


def impulse(count, rate, seed):
    """1 at sample `seed`."""
    return np.where(np.arange(count) == seed, 1.0, 0.0)


def square(count, rate, seed):
    """Full scale, 25 samples up, 25 down."""
    return np.where(np.arange(count) // 25 % 2 == 0, 1.0, -1.0)


def constant(count, rate, seed):
    return np.full(count, 0.25)


def make(kind, count, rate, seed=0):
    """The samples, as float64 numbers that float32 can hold."""
    return globals()[kind](count, rate, seed).astype(np.float32).astype(np.float64)


def spec(kind, count, rate, seed=0):
    """What Signals.swift reads to make the same samples."""
    return {"kind": kind, "count": count, "rate": rate, "seed": seed}


def signal(kind, count, rate, seed=0):
    """A channel of a case: a signal of these."""
    return {"signal": spec(kind, count, rate, seed)}


def recording(path, start, count, channel=0):
    """A channel of a case: a piece of a recording under ../shared/corpora."""
    return {"recording": {"path": path, "start": start, "count": count, "channel": channel}}


def samples(channel):
    """The samples of a channel of a case as float64, and its rate."""
    if "signal" in channel:
        signal = channel["signal"]
        return make(**signal), signal["rate"]
    import soundfile  # which the scripts without recordings do not need

    piece = channel["recording"]
    data, rate = soundfile.read(corpora / piece["path"], dtype="float32", always_2d=True)
    cut = data[piece["start"]:piece["start"] + piece["count"], piece["channel"]]
    assert len(cut) == piece["count"], (piece, data.shape)
    return cut.astype(np.float64), rate
