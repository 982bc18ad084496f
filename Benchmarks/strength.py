#!/usr/bin/env python3
"""Strength of AlphaGo's search, each of its parts switched off in turn, in games against another program.

    python3 Benchmarks/strength.py --policy SECOND/last --value VALUE --rollout POLICY/rollout
        [--kodama-go PATH] [--opponent 'gnugo --mode gtp --level 10 --chinese-rules'] [--board 7] [--games 40]
        [--visits 400] [--mixing 0.5] [--together 2]

Each variant plays --games games over GTP by `kodama-go match`, colors in turn, after two random moves, which are the same in
each pair of games. The line of a variant has its wins as black and as white, and the share of games won, equal scores not
among them, with the interval of 95 % that the match reports. --together matches run side by side.
"""

import argparse
import concurrent.futures
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# The parts of each variant: policy network, value network, rollouts.
VARIANTS = {
    "policy network alone, no search": None,
    "policy, value and rollouts": (True, True, True),
    "policy and value": (True, True, False),
    "policy and rollouts": (True, False, True),
    "value and rollouts": (False, True, True),
    "value": (False, True, False),
    "rollouts": (False, False, True),
}


def player(arguments, parts):
    command = [arguments.kodama_go, "gtp", "--board", arguments.board, "--ko", "simple"]
    if parts is None:
        return command + ["--player", "policy", "--network", arguments.policy]
    command += ["--player", "lee", "--visits", arguments.visits, "--mixing", arguments.mixing]
    for used, option, path in zip(
        parts, ["--network", "--value", "--rollout"], [arguments.policy, arguments.value, arguments.rollout]
    ):
        command += [option, path] if used else []
    return command


def match(arguments, parts):
    """The wins as black and as white, the share of games won and its interval in percent."""
    end = subprocess.run(
        [arguments.kodama_go, "match", shlex.join(player(arguments, parts)), arguments.opponent, "--quiet"]
        + ["--games", arguments.games, "--board", arguments.board, "--opening", "2", "--ko", "simple"],
        capture_output=True, text=True)
    if end.returncode != 0:
        sys.exit(f"the match ended with {end.returncode}: {end.stderr.strip()}")
    colors = re.search(r"A as black won (\d+) of (\d+), as white (\d+) of (\d+)", end.stdout)
    share = re.search(r"A wins ([\d.]+) % \(95 % interval ([\d.]+) % to ([\d.]+) %\)", end.stdout)
    if not colors or not share:
        sys.exit(f"the match's table cannot be read:\n{end.stdout}")
    return [int(number) for number in colors.groups()], [float(number) for number in share.groups()]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kodama-go", default=str(ROOT / ".build" / "release" / "kodama-go"))
    parser.add_argument("--policy", required=True)
    parser.add_argument("--value", required=True)
    parser.add_argument("--rollout", required=True)
    parser.add_argument("--opponent", default="gnugo --mode gtp --level 10 --chinese-rules")
    parser.add_argument("--board", default="7")
    parser.add_argument("--games", default="40")
    parser.add_argument("--visits", default="400")
    parser.add_argument("--mixing", default="0.5")
    parser.add_argument("--together", type=int, default=2)
    arguments = parser.parse_args()
    print(f"{arguments.games} games each against {arguments.opponent}, {arguments.visits} visits", flush=True)
    with concurrent.futures.ThreadPoolExecutor(arguments.together) as pool:
        found = pool.map(lambda parts: match(arguments, parts), VARIANTS.values())
        for name, (colors, share) in zip(VARIANTS, found):
            black, all_black, white, all_white = colors
            print(
                f"{name:34s} {share[0]:5.1f} % ({share[1]:.0f} to {share[2]:.0f})   "
                f"as black {black} of {all_black}, as white {white} of {all_white}", flush=True)


if __name__ == "__main__":
    main()
