"""Writes CarRentalGolden.swift, the policy and values PlannerTests holds Jack's car rental to. Run with numpy 2.4:

    python3 Tests/ReinforcementTests/rental_golden.py > Tests/ReinforcementTests/CarRentalGolden.swift

Value iteration on Sutton and Barto's example 4.2, written with sums over requests and returns up to 60 that follow the
text of the example, to 1e-12.
"""

from math import exp, factorial

import numpy as np

MOST, MOVES, DISCOUNT, LIMIT = 20, 5, 0.9, 60


def poisson(mean):
    return np.array([exp(-mean) * mean**k / factorial(k) for k in range(LIMIT)])


def place(requests, returns):
    """By the cars in the morning: the mean number rented, and the distribution in the evening."""
    rented, evening = np.zeros(MOST + 1), np.zeros((MOST + 1, MOST + 1))
    for cars in range(MOST + 1):
        for wanted, p in enumerate(poisson(requests)):
            given = min(wanted, cars)
            rented[cars] += p * given
            for back, q in enumerate(poisson(returns)):
                evening[cars, min(MOST, cars - given + back)] += p * q
    return rented, evening


rented1, evening1 = place(3, 3)
rented2, evening2 = place(4, 2)
values = np.zeros((MOST + 1, MOST + 1))
while True:
    # Of the morning's cars, whatever was moved before.
    morning = 10 * (rented1[:, None] + rented2[None, :]) + DISCOUNT * evening1 @ values @ evening2.T
    by_move = np.full((2 * MOVES + 1, MOST + 1, MOST + 1), -np.inf)
    for move in range(-MOVES, MOVES + 1):
        for a in range(MOST + 1):
            for b in range(MOST + 1):
                if -b <= move <= a:
                    by_move[move + MOVES, a, b] = morning[min(MOST, a - move), min(MOST, b + move)] - 2 * abs(move)
    new = by_move.max(0)
    change = np.abs(new - values).max()
    values = new
    if change < 1e-12:
        break
moves = by_move.argmax(0) - MOVES
top = np.sort(by_move, 0)
assert (top[-1] - top[-2]).min() > 1e-6, "two moves are equally good"
print("// Written by rental_golden.py with numpy", np.__version__)
print("enum CarRentalGolden {")
print("  /// Cars moved to the second place, by those at the first (rows) and at the second.")
print("  static let moves = [")
for row in moves:
    print("    [" + ", ".join(map(str, row)) + "],")
print("  ]")
print("  /// The values of 0, 10 and 20 cars at each place, row by row.")
print("  static let values = [")
for a in (0, 10, 20):
    print("    " + ", ".join(f"{values[a, b]:.9f}" for b in (0, 10, 20)) + ",")
print("  ]")
print("}")
