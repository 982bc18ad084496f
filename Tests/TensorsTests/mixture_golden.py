"""Values and gradients of discretized mixtures, far into their tails and at scales of all sizes, in 80 digits. Run with
mpmath 1.3:

    python3 Tests/TensorsTests/mixture_golden.py > Tests/TensorsTests/Golden/mixtures.json
"""

import json
import random

import mpmath as mp

mp.mp.dps = 80
LOGISTIC, GAUSSIAN = "logistic", "gaussian"


def below(kind, z):
    """The distribution function, which loses no digits where z is negative."""
    return mp.exp(z) / (1 + mp.exp(z)) if kind == LOGISTIC else mp.erfc(-z / mp.sqrt(2)) / 2


def density(kind, z):
    return mp.sech(z / 2) ** 2 / 4 if kind == LOGISTIC else mp.exp(-z * z / 2) / mp.sqrt(2 * mp.pi)


def cell(kind, levels, target, mean, log_scale):
    x, h, scale = mp.mpf(2 * target - levels) / levels, mp.mpf(1) / levels, mp.exp(log_scale)
    a, b = (x - h - mean) / scale, (x + h - mean) / scale
    if target == 0:
        return below(kind, b)
    if target == levels - 1:
        return below(kind, -a)
    if (b - a) * (1 + abs(a)) < mp.mpf(10) ** -45:
        # Half of the digits of both ends are the same; the density is as good as constant between them.
        return (b - a) * density(kind, (a + b) / 2)
    return below(kind, -a) - below(kind, -b) if a + b > 0 else below(kind, b) - below(kind, a)


def loss(kind, levels, floor, target, *x):
    count = len(x) // 3
    total = mp.fsum(mp.exp(v) for v in x[:count])
    p = mp.fsum(
        mp.exp(x[i]) * cell(kind, levels, target, x[count + i], max(x[2 * count + i], mp.mpf(floor)))
        for i in range(count))
    return mp.log(total) - mp.log(p)


def cases():
    """(kind, levels, floor, target, logits + means + log scales)"""
    for kind in (LOGISTIC, GAUSSIAN):
        # The middle, both ends, beside the mean, and far from it, at scales from far below a cell to far above all.
        for log_scale in (-16.0, -11.0, -9.5, -7.0, -3.0, 0.0, 12.0, 60.0, 800.0, 1e30):
            for target in (0, 1, 32_768, 36_045, 65_534, 65_535):
                yield kind, 65_536, -16.0, target, [0.5, 0.1, log_scale]
        yield kind, 65_536, -7.0, 40_000, [0.0, 0.2, -7.0]  # at the floor
        yield kind, 65_536, -7.0, 40_000, [0.0, 0.2, -7.5]  # below it
        for mean in (-1e30, -1e6, 1e6, 1e30):
            yield kind, 65_536, -11.0, 17, [0.0, mean, -11.0]
        # One component says all, or has no say.
        yield kind, 65_536, -11.0, 30_000, [1000.0, -1000.0, -0.08, 0.9, -5.0, -11.0]
        yield kind, 65_536, -11.0, 30_000, [-1000.0, 1000.0, -0.08, 0.9, -5.0, -11.0]
        yield kind, 65_536, -11.0, 0, [3e38, -3e38, 3e38, -1.0, 0.0, 1.0, -5.0, -6.0, -7.0]
        numbers = random.Random(7)
        for levels in (4, 256, 65_536):
            for components in (1, 2, 10):
                row = [numbers.gauss(0, 2) for _ in range(components)]
                row += [numbers.uniform(-1.2, 1.2) for _ in range(components)]
                row += [numbers.uniform(-11, 1) for _ in range(components)]
                yield kind, levels, -11.0, numbers.randrange(levels), row


def gradient_of(kind, levels, floor, target, row):
    exact = [mp.mpf(v) for v in row]
    value = loss(kind, levels, floor, target, *exact)
    gradient = []
    for index in range(len(row)):
        if index >= 2 * (len(row) // 3) and row[index] < floor:
            gradient.append(0)
            continue
        # Logits of any size count by their differences; beside a large mean or log scale a small step is lost.
        step = mp.mpf(10) ** -25 * (1 if index < len(row) // 3 else max(1, abs(exact[index])))
        if index >= 2 * (len(row) // 3) and row[index] == floor:
            # Of two sides the one above the floor.
            ahead = [v for v in exact]
            ahead[index] += step
            gradient.append((loss(kind, levels, floor, target, *ahead) - value) / step)
            continue
        sides = []
        for sign in (1, -1):
            changed = [v for v in exact]
            changed[index] += sign * step
            sides.append(loss(kind, levels, floor, target, *changed))
        gradient.append((sides[0] - sides[1]) / (2 * step))
    return value, gradient


def main():
    lines = []
    for kind, levels, floor, target, row in cases():
        value, gradient = gradient_of(kind, levels, floor, target, row)
        # 0 is what a double holds of numbers smaller than it can.
        lines.append(json.dumps({
            "isGaussian": kind == GAUSSIAN, "levels": levels, "floor": floor, "target": target, "row": row,
            "gradient": [float(v) for v in gradient], "loss": float(value)}, allow_nan=False))
    print("[\n" + ",\n".join(lines) + "\n]")


main()
