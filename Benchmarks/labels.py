#!/usr/bin/env python3
"""Whether labels change what a model says: a file for every speaker and digit, and what each is nearest to.

    swift build -c release
    python3 Benchmarks/labels.py MODEL TRAIN [--seconds 1] [--seed 1] [--out FOLDER]

MODEL is conditioned on the sets `speaker` and `digit`; TRAIN is the folder of recordings it learned from, named
DIGIT_SPEAKER_TAKE.wav, as those of the Free Spoken Digit Dataset are. Every generated file and recording becomes 19
mel-cepstra (librosa's mfcc 1 to 19 of 30 bands, 32 ms every 10 ms) of what is within 30 dB of its loudest. A file's nearest
speaker is the one whose mean over all recordings is nearest to the file's mean; its digit that of the recording nearest by
dynamic time warping, the distance being the mean along the path. Both are counted where they are the labels; chance is a
quarter of the files and a tenth. Needs numpy, numba, librosa and soundfile.
"""

import argparse
import pathlib
import subprocess

import librosa
import numba
import numpy as np
import soundfile


@numba.njit
def warped_distance(a, b):
    cost = np.full((len(a) + 1, len(b) + 1), np.inf)
    length = np.zeros((len(a) + 1, len(b) + 1))
    cost[0, 0] = 0
    for i in range(len(a)):
        for j in range(len(b)):
            best, steps = cost[i, j], length[i, j]
            if cost[i, j + 1] < best:
                best, steps = cost[i, j + 1], length[i, j + 1]
            if cost[i + 1, j] < best:
                best, steps = cost[i + 1, j], length[i + 1, j]
            cost[i + 1, j + 1] = best + np.sqrt(np.sum((a[i] - b[j]) ** 2))
            length[i + 1, j + 1] = steps + 1
    return cost[-1, -1] / length[-1, -1]


def cepstra(path):
    samples, rate = soundfile.read(path)
    window, hop = int(0.032 * rate), int(0.01 * rate)
    loud, _ = librosa.effects.trim(samples, top_db=30, frame_length=window, hop_length=hop)
    # Of a file that is nearly silent the trimming leaves nothing to look at.
    loud = loud if len(loud) > 0.1 * rate else samples
    coefficients = librosa.feature.mfcc(y=loud, sr=rate, n_mfcc=20, n_mels=30, n_fft=window, hop_length=hop)
    return np.ascontiguousarray(coefficients[1:].T)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("train", type=pathlib.Path)
    parser.add_argument("--seconds", default="1")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--temperature", default="1")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("labelled"))
    parser.add_argument("--kodama", default=".build/release/kodama")
    arguments = parser.parse_args()

    recordings = [(path.stem.split("_"), cepstra(path)) for path in sorted(arguments.train.rglob("*.wav"))]
    speakers = sorted({labels[1] for labels, _ in recordings})
    digits = sorted({labels[0] for labels, _ in recordings})
    means = {
        speaker: np.concatenate([values for labels, values in recordings if labels[1] == speaker]).mean(axis=0)
        for speaker in speakers
    }
    arguments.out.mkdir(exist_ok=True)
    right = {"speaker": 0, "digit": 0}
    for digit in digits:
        subprocess.run(
            [arguments.kodama, "generate", arguments.model, "-o", str(arguments.out / f"{digit}.wav"), "--seconds",
             arguments.seconds, "--seed", arguments.seed, "--temperature", arguments.temperature, "--force", "--quiet",
             "--label", "speaker=" + "/".join(speakers), "--label", f"digit={digit}"], check=True)
        for number, speaker in enumerate(speakers, 1):
            values = cepstra(arguments.out / f"{digit}-{number}.wav")
            nearest = min(speakers, key=lambda name: np.linalg.norm(means[name] - values.mean(axis=0)))
            labels, _ = min(recordings, key=lambda recording: warped_distance(values, recording[1]))
            right["speaker"] += nearest == speaker
            right["digit"] += labels[0] == digit
            print(f"{digit} {speaker:12} nearest speaker {nearest:12} nearest recording {'_'.join(labels)}", flush=True)
    total = len(digits) * len(speakers)
    print(f"speaker right {right['speaker']} of {total}, digit right {right['digit']} of {total}")


if __name__ == "__main__":
    main()
