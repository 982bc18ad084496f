"""Writes Golden/intelligibility.json, the numbers SpectraTests holds STOI and extended STOI to.

    python3 Tests/SpectraTests/intelligibility_golden.py

Run with pystoi 0.4.1, scipy 1.17, soundfile 0.14 and numpy 2.4. Everything is computed in float64 from float32 samples,
which Signals.swift makes again or which are recordings from ../shared/corpora. pystoi adds noise of 1e-16 to the levels
of the extended form; its generator is seeded here. Its conversion to 10 kHz is kept too, for one second of each rate.
"""

import importlib.metadata
import json
import pathlib
import warnings

import numpy as np
import scipy
import soundfile
from pystoi import stoi
from pystoi.utils import resample_oct

from signals import recording, samples, signal

here = pathlib.Path(__file__).resolve().parent
warnings.simplefilter("error")


def scores(reference, generated):
    """The means over channels."""
    values = {"stoi": [], "estoi": []}
    for first, second in zip(reference, generated):
        (y, rate), (x, _) = samples(first), samples(second)
        for name, extended in (("stoi", False), ("estoi", True)):
            np.random.seed(0)
            values[name].append(stoi(y, x, rate, extended=extended))
    return {name: float(np.mean(numbers)) for name, numbers in values.items()}


rates = [8000, 10000, 11025, 16000, 20000, 22050, 24000, 32000, 44100, 48000]
three, seven = "fsdd/train/lucas/3_lucas_9.wav", "fsdd/train/lucas/7_lucas_24.wav"
trumpet, piece = "music/solo-trumpet-06.ogg", "music/sugar-plum-fairy.ogg"

pairs = [([signal("voice", rate, rate, 1)], [signal("voice", rate, rate, index + 2)]) for index, rate in enumerate(rates)]
pairs += [
    ([signal("voice", 22050, 22050, 1), signal("mixture", 22050, 22050, 2)],
     [signal("mixture", 22050, 22050, 3), signal("voice", 22050, 22050, 4)]),
    ([signal("voice", 16000, 16000)], [signal("voice", 16000, 16000)]),
    ([signal("noise", 16000, 16000, 5)], [signal("noise", 16000, 16000, 6)]),
    ([signal("mixture", 48000, 48000)], [signal("noise", 48000, 48000, 5)]),
    ([recording(three, 0, 9600)], [recording(seven, 0, 9600)]),
    ([recording(trumpet, 44100, 88200)], [recording(trumpet, 44137, 88200)]),
    ([recording(piece, 441000, 88200)], [recording(piece, 661500, 88200)]),
]
cases = [{"reference": r, "generated": g, "scores": scores(r, g)} for r, g in pairs]

conversions = []
for rate in rates:
    source = signal("mixture", rate // 4, rate, 1)
    y = resample_oct(samples(source)[0], 10000, rate) if rate != 10000 else samples(source)[0]
    kept = [0, 1, 2, 3, len(y) // 2, len(y) // 2 + 1, len(y) - 2, len(y) - 1]
    conversions.append({"channel": source, "count": len(y), "indices": kept, "values": [float(y[i]) for i in kept]})

(here / "Golden" / "intelligibility.json").write_text(json.dumps({
    "tools": {
        "pystoi": importlib.metadata.version("pystoi"), "scipy": scipy.__version__, "soundfile": soundfile.__version__,
        "numpy": np.__version__,
    },
    "pairs": cases, "conversions": conversions,
}) + "\n")
