"""A model folder as the peers read it, and what they are checked with."""

import json
from pathlib import Path

import numpy as np


class Model:
    """The sizes and weights of a model folder of kernel size 2, embedded input and biases, as the presets are."""

    def __init__(self, folder):
        architecture = json.loads((Path(folder) / "config.json").read_text())["architecture"]
        if architecture["kernel_size"] != 2 or architecture["input"] != "embedding" or not architecture["bias"]:
            raise SystemExit(f"{folder}: the peers are written for the presets")
        self.dilations = np.array(architecture["dilations"])
        self.residual = architecture["residual_channels"]
        self.gate = architecture["gate_channels"]
        self.skip = architecture["skip_channels"]
        data = (Path(folder) / "model.safetensors").read_bytes()
        end = 8 + int.from_bytes(data[:8], "little")
        self.tensors = {
            name: np.frombuffer(data[end + t["data_offsets"][0]:end + t["data_offsets"][1]], "<f4").reshape(t["shape"])
            for name, t in json.loads(data[8:end]).items() if name != "__metadata__"
        }
        self.classes = len(self.tensors["embedding.weight"])
        self.unscale(architecture.get("residual_scale", 1))

    def unscale(self, scale):
        """Takes the scale of every block's output into the weights, so that the peers need no product for it: block i
        has its input without the factors of the i blocks before it, and its weights have them."""
        for i in range(len(self.dilations)):
            factor = np.float32(scale ** i)
            for name, power in ("dilated.weight", factor), ("residual.weight", 1 / factor), ("residual.bias", 1 / factor):
                if f"blocks.{i}.{name}" in self.tensors:
                    self.tensors[f"blocks.{i}.{name}"] = self.tensors[f"blocks.{i}.{name}"] * power

    def matrix(self, path):
        """A layer's weight as a matrix [inputs, outputs], the inputs of the older tap first."""
        weight = self.tensors[path + ".weight"]
        return np.ascontiguousarray(np.concatenate([weight[:, :, k] for k in range(weight.shape[2])], axis=1).T)

    def bias(self, path):
        return self.tensors[path + ".bias"]

    def joined_skip(self):
        """All skip layers as one, of all gated outputs beside each other: matrix and bias."""
        paths = [f"blocks.{i}.skip" for i in range(len(self.dilations))]
        return np.concatenate([self.matrix(p) for p in paths]), sum(self.bias(p) for p in paths)


class Rings:
    """The past inputs of all blocks, one ring for each, in one array. `taps` and `inputs` [batch, blocks, R] are what a
    step reads and what it leaves."""

    def __init__(self, model, batch):
        self.dilations = model.dilations
        self.starts = np.concatenate([[0], np.cumsum(model.dilations)[:-1]])
        self.memory = np.zeros((batch, int(model.dilations.sum()), model.residual), np.float32)
        self.taps = np.zeros((batch, len(model.dilations), model.residual), np.float32)
        self.inputs = np.zeros_like(self.taps)
        self.time = 0

    def read(self):
        self.places = self.starts + self.time % self.dilations
        np.take(self.memory, self.places, axis=1, out=self.taps, mode="clip")

    def write(self):
        self.memory[:, self.places] = self.inputs
        self.time += 1


def codes(steps, batch, classes=256):
    """Codes to feed, [steps, batch], the same in every process."""
    return np.random.default_rng(1).integers(0, classes, (steps, batch))
