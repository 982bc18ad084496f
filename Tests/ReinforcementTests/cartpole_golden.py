"""Writes CartPoleGolden.swift, the steps CartPoleTests holds the dynamics to. Run with gymnasium 1.4 and numpy 2.4:

    python3 Tests/ReinforcementTests/cartpole_golden.py > Tests/ReinforcementTests/CartPoleGolden.swift
"""

import gymnasium
import numpy as np

env = gymnasium.make("CartPole-v1").unwrapped
print("// Written by cartpole_golden.py with gymnasium", gymnasium.__version__)
print("enum CartPoleGolden {")
print("  /// Of each episode the actions, the states from the first on, and whether the last is terminal.")
print("  static let episodes: [(actions: [Int], states: [[Double]], isTerminal: Bool)] = [")
random = np.random.default_rng(7)
# Random pushes, pushes to one side, and two controllers that keep the pole up for longer.
choices = [
    lambda s: int(random.integers(2)),
    lambda s: 0,
    lambda s: 1,
    lambda s: int(s[2] + s[3] > 0),
    lambda s: int(0.1 * s[0] + 0.3 * s[1] + 2 * s[2] + s[3] > 0),
]
for choice in choices:
    env.reset(seed=int(random.integers(1000)))
    actions, states, done = [], [env.state.tolist()], False
    while not done and len(actions) < 60:
        action = choice(env.state)
        _, reward, done, _, _ = env.step(action)
        assert reward == 1
        actions.append(action)
        states.append(env.state.tolist())
    print("    (")
    print("      [")
    for first in range(0, len(actions), 30):
        print("        " + ", ".join(map(str, actions[first:first + 30])) + ",")
    print("      ],")
    print("      [")
    for state in states:
        print("        [" + ", ".join(map(repr, state)) + "],")
    print(f"      ], {str(done).lower()}")
    print("    ),")
print("  ]")
print("}")
