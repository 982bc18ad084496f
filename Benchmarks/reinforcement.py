#!/usr/bin/env python3
"""Speed of Kodama's reinforcement learning beside gymnasium with numpy, in turn, in one run, on one thread each.

    swift build -c release --product ReinforcementSpeed
    python3 Benchmarks/reinforcement.py [--program .build/release/ReinforcementSpeed] [--rounds 5]

Needs gymnasium and numpy. Three measurements: steps of Q-learning on cliff walking (learning and environment), playouts
of tree search (UCT) on an empty tic-tac-toe board, and steps of CartPole with random pushes. First both do the same work
with other random numbers, and what they find must agree: the mean reward of an episode, the value of the middle cell,
the mean length of an episode. Then each is timed several times in turn, and medians count.
"""

import argparse
import json
import math
import platform
import statistics
import subprocess
import sys
import time

import gymnasium
import numpy as np

# name: count of the check, of a timing of the peer, of a timing of Kodama; how far the results of the check may differ.
MEASUREMENTS = {
    "q-learning": (200_000, 100_000, 5_000_000, 4.0),
    "uct": (20_000, 10_000, 500_000, 0.08),
    "cart-pole": (200_000, 100_000, 10_000_000, 0.6),
}


def q_learning(steps, seed):
    """Q-learning as in Sutton and Barto's section 6.5; the mean reward of episodes after the first 200."""
    env, random = gymnasium.make("CliffWalking-v1").unwrapped, np.random.default_rng(seed)
    values = np.zeros((48, 4))
    done, rewards = 0, []
    while done < steps:
        state, _ = env.reset()
        total, over = 0, False
        while not over:
            row = values[state]
            if random.random() < 0.1:
                action = int(random.integers(4))
            else:
                action = int(random.choice(np.flatnonzero(row == row.max())))
            following, reward, over, _, _ = env.step(action)
            tail = 0 if over else values[following].max()
            row[action] += 0.5 * (reward + tail - row[action])
            state, total, done = following, total + reward, done + 1
        rewards.append(total)
    return done, float(np.mean(rewards[200:]))


LINES = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]])


def winner(board):
    """1, -1, or 0 where nobody has won."""
    sums = board[LINES].sum(1)
    return 1 if (sums == 3).any() else -1 if (sums == -3).any() else 0


class Node:
    def __init__(self, board, player):
        self.player, self.visits, self.total, self.children = player, 0, 0.0, None
        self.moves = [] if winner(board) else np.flatnonzero(board == 0)


def uct(playouts, seed):
    """Tree search with UCB1, random playouts and expansion at the second visit; the value of the middle cell."""
    random = np.random.default_rng(seed)
    root = Node(np.zeros(9, int), 1)
    for _ in range(playouts):
        board, node, path = np.zeros(9, int), root, [root]
        while len(node.moves) > 0:
            expands = node.children is None
            if expands:
                if node is not root and node.visits == 0:
                    break
                node.children = []
            if len(node.children) < len(node.moves):
                board[node.moves[len(node.children)]] = node.player
                node.children.append(Node(board, -node.player))
                node = node.children[-1]
            else:
                visits = np.array([child.visits for child in node.children])
                totals = np.array([child.total for child in node.children])
                index = int(np.argmax(
                    node.player * totals / visits + 1.414 * np.sqrt(math.log(node.visits) / visits)))
                board[node.moves[index]] = node.player
                node = node.children[index]
            path.append(node)
            if expands:
                break
        player = node.player
        while not winner(board) and (board == 0).any():
            board[random.choice(np.flatnonzero(board == 0))] = player
            player = -player
        value = winner(board)
        for node in path:
            node.visits += 1
            node.total += value
    middle = root.children[4]
    return playouts, middle.total / middle.visits


def cart_pole(steps, seed):
    """Random pushes; the mean length of an episode."""
    env, random = gymnasium.make("CartPole-v1").unwrapped, np.random.default_rng(seed)
    env.reset(seed=seed)
    episodes = 1
    for _ in range(steps):
        if env.step(int(random.integers(2)))[2]:
            env.reset()
            episodes += 1
    return steps, steps / episodes


PEERS = {"q-learning": q_learning, "uct": uct, "cart-pole": cart_pole}


def peer(name, count, seed):
    start = time.perf_counter()
    count, result = PEERS[name](count, seed)
    return {"count": count, "seconds": time.perf_counter() - start, "result": result}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", default=".build/release/ReinforcementSpeed")
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    process = subprocess.Popen([arguments.program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def kodama(name, count, seed):
        process.stdin.write(f"{name} {count} {seed}\n")
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    with open("/proc/cpuinfo") as file:
        cpu = next((line.split(":")[1].strip() for line in file if line.startswith("model name")), platform.machine())
    print(f"{cpu}; gymnasium {gymnasium.__version__}, numpy {np.__version__}, Python {platform.python_version()}")
    for name, (check, theirs, ours, tolerance) in MEASUREMENTS.items():
        a, b = kodama(name, check, 1)["result"], peer(name, check, 1)["result"]
        if not abs(a - b) < tolerance:
            sys.exit(f"{name}: Kodama finds {a}, the peer {b}")
        speeds = [], []
        for seed in range(arguments.rounds):
            for speed, found in zip(speeds, (kodama(name, ours, seed), peer(name, theirs, seed))):
                speed.append(found["count"] / found["seconds"])
        ours, theirs = map(statistics.median, speeds)
        print(f"{name:12} {ours / 1e6:8.2f} million/s   gymnasium and numpy {theirs / 1e3:8.1f} thousand/s   "
              f"{ours / theirs:6.0f} times   (checked: {a:.3f} and {b:.3f})")
    process.stdin.close()
    process.wait()


if __name__ == "__main__":
    main()
