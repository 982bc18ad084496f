"""Writes ResamplerGolden.swift: signals converted by libsoxr through Python, as bit patterns.

usage: python3 resampler_golden.py > ResamplerGolden.swift
"""
import numpy, soxr


def signal(count):
    # Exact in float32 whatever the platform's mathematics: multiples of 1/1024.
    n = numpy.arange(count)
    return (((n * 37) % 97 - 48) / 1024 + ((n // 50) % 2) / 4).astype(numpy.float32)


print(f"// Written by resampler_golden.py with soxr {soxr.__version__}, libsoxr {soxr.__libsoxr_version__}")
print("enum ResamplerGolden {")
for name, source, target in [("from44100to16000", 44100, 16000), ("from8000to16000", 8000, 16000),
                             ("from48000to16000", 48000, 16000), ("from11025to16000", 11025, 16000)]:
    y = soxr.resample(signal(600), source, target, quality="HQ")
    assert y.dtype == numpy.float32
    print(f"  static let {name}: [UInt32] = [")
    words = [f"0x{w:08x}," for w in y.view(numpy.uint32)]
    for i in range(0, len(words), 9):
        print("    " + " ".join(words[i:i + 9]))
    print("  ]")
print("}")
