"""Distances of embeddings and an inception score. Run with numpy and scipy:

    python3 Tests/KodamaTests/recognition_golden.py

prints the numbers in RecognitionMetricsTests.swift. Vectors are sines that the test works out too.
"""

import numpy as np
from scipy import linalg


def vectors(count, width, seed):
    i = np.arange(count * width, dtype=np.float64)
    return np.sin(0.37 * i * i + 0.61 * i + seed).reshape(count, width)


def frechet(a, b):
    first, second = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    root = linalg.sqrtm(first @ second).real
    return np.sum((a.mean(0) - b.mean(0)) ** 2) + np.trace(first) + np.trace(second) - 2 * np.trace(root)


def kernel(a, b):
    def k(x, y):
        return (x @ y.T / x.shape[1] + 1) ** 3

    def own(x):
        n = len(x)
        m = k(x, x)
        return (m.sum() - np.trace(m)) / (n * (n - 1))

    return own(a) + own(b) - 2 * k(a, b).mean()


def inception(p):
    return np.exp(np.mean(np.sum(p * np.log(p / p.mean(0)), axis=1)))


a, b = vectors(12, 5, 1), 0.5 * vectors(9, 5, 2) + 0.3
p = np.exp(2 * vectors(7, 4, 3))
print("frechet", repr(frechet(a, b)))
print("kernel", repr(kernel(a, b)))
print("inception", repr(inception(p / p.sum(1, keepdims=True))))
