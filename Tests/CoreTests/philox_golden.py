"""Writes PhiloxGolden.swift, the numbers PhiloxTests holds the generator to. Run with numpy 2.4.6:

    python3 Tests/CoreTests/philox_golden.py > Tests/CoreTests/PhiloxGolden.swift
"""

import numpy as np
from numpy.random import Generator, Philox


def bits(key):
    return Philox(key=key)


def uniforms(key, n):
    return Generator(bits(key)).random(n)


u = uniforms(3, 10)
shuffled = np.arange(20)
Generator(bits(7)).shuffle(shuffled)
halves = []
for word in bits(1234).random_raw(5):
    halves += [int(word) & 0xFFFFFFFF, int(word) >> 32]
choice = Generator(bits(99))
rows = {
    "words: [UInt64]": [hex(int(w)) for w in bits(1234).random_raw(5)],
    "uniform: [Double]": [repr(float(x)) for x in uniforms(1234, 5)],
    "halves": [str(h) for h in halves],
    "bounded": [str(int(Generator.integers(g, 0, 1000))) for g in [Generator(bits(5))] for _ in range(10)],
    "categorical": [str(int(choice.choice(5, p=[0.1, 0.2, 0.05, 0.6, 0.05]))) for _ in range(20)],
    "shuffled": [str(int(x)) for x in shuffled],
    "normal: [Double]": [
        repr(float(np.sqrt(-2 * np.log(1 - u[i])) * np.cos(2 * np.pi * u[i + 1]))) for i in range(0, 10, 2)
    ],
}
print("// Written by philox_golden.py with numpy", np.__version__)
print("enum Golden {")
for name, values in rows.items():
    print(f"  static let {name} = [")
    for value in values:
        print(f"    {value},")
    print("  ]")
print("}")
