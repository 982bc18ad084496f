"""Holds the WaveNet to PyTorch: makes the model folders in Golden, builds the same networks in PyTorch from those
folders, and writes what PyTorch computes. Run with PyTorch 2.15 and numpy 2.4:

    python3 Tests/WaveNetsTests/wavenet_golden.py            makes every folder in Golden and its golden.safetensors
    python3 Tests/WaveNetsTests/wavenet_golden.py FOLDER …   reads model folders and writes their golden.safetensors

Each Golden/<name> holds config.json, model.safetensors, and golden.safetensors with
    input                [B, T] codes (I32) or samples (F32), each the sample before its target
    labels               [B, label sets] labels of each signal (I32), of conditioned networks
    features             [B, frames, C] of networks that are conditioned on features, the margins with them
    targets              [B, T] codes (I32)
    logits               [B, T, classes], or [B, T, 3 K] of a mixture of K components
    loss                 [] mean of -ln p of the targets, in nats
    gradient.<name>      the gradient of the loss with respect to each parameter
    losses               [10] of ten steps of Adam, rate 1e-3, always on the same input; the first equals loss
Everything is computed in double precision and stored as F32, so that the numbers are the same on every machine.
The safetensors package is not needed: the format is a few lines here, which also makes this an independent reader and
writer of it.
"""

import json
import math
import struct
import sys
import warnings
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

NUMPY = {"F64": "<f8", "F32": "<f4", "I32": "<i4"}
FOLDERS = {
    # Kernel 2, dilations in cycles, all four channel counts different.
    "plain": dict(
        dilations=[1, 2, 4, 1, 2], residual_channels=5, gate_channels=4, skip_channels=6, head_channels=7, classes=9),
    "kernel-3-no-biases": dict(
        kernel_size=3, dilations=[1, 3, 2], residual_channels=4, gate_channels=3, skip_channels=5, classes=8,
        bias=False),
    "scaled": dict(
        dilations=[1, 2], residual_channels=3, gate_channels=5, skip_channels=4, classes=6,
        residual_scale=math.sqrt(0.5), skip_scale=0.7),
    "weight-normalization": dict(
        kernel_size=3, dilations=[2, 1], residual_channels=4, gate_channels=4, skip_channels=4, classes=5,
        weight_normalization=True),
    "scalar-input": dict(
        dilations=[1, 2, 4], residual_channels=4, gate_channels=3, skip_channels=5, classes=7, input="scalar"),
    # The sizes of vectors and their remainders in the kernels.
    "wider": dict(dilations=[1, 2, 4, 8], residual_channels=16, gate_channels=17, skip_channels=24, classes=32),
    # Two label sets, two signals of different labels.
    "labels": dict(
        dilations=[1, 2, 4], residual_channels=5, gate_channels=4, skip_channels=6, classes=9, channels=3,
        labels=dict(speaker=["anna", "ben", "cleo"], digit=["0", "1"])),
    "labels-no-biases": dict(
        kernel_size=3, dilations=[2, 1], residual_channels=6, gate_channels=8, skip_channels=12, classes=7,
        bias=False, weight_normalization=True, channels=2, labels=dict(voice=["a", "b", "c"])),
    # Mixtures; some of the scales are below the floor with weights of these seeds.
    "logistics": dict(
        seed=6, dilations=[1, 2, 4], residual_channels=6, gate_channels=4, skip_channels=7, input="scalar", output="logistics",
        mixture_components=3, mixture_gain=1, log_scale_floor=-0.5),
    "gaussians": dict(
        seed=7, dilations=[1, 2, 4], residual_channels=4, gate_channels=3, skip_channels=5, input="scalar", output="gaussians",
        mixture_components=2, mixture_gain=2, log_scale_floor=-1.15),
    "gaussian": dict(
        seed=8, dilations=[1, 2], residual_channels=5, gate_channels=4, skip_channels=6, input="scalar", output="gaussians",
        mixture_components=1, mixture_gain=3, log_scale_floor=-11,
        preemphasis=0.9),
    # Features over time, by every kind of source and of upsampling; 24 steps end within a frame.
    "features-transposed": dict(
        dilations=[1, 2, 4], residual_channels=5, gate_channels=4, skip_channels=6, classes=9, channels=3,
        labels=dict(speaker=["anna", "ben", "cleo"]),
        features=dict(
            type="log_mel", channels=4, hop_length=10, context_frames=2,
            upsampling=dict(type="transposed", factors=[2, 5]),
            log_mel=dict(
                sample_rate=16000, fft_length=64, window_length=40, hop_length=10, bands=4, minimum_frequency=125.5,
                maximum_frequency=7600, scale="htk", spectrum="power", floor=1e-10, offset=-2, divisor=4))),
    "features-linear": dict(
        kernel_size=3, dilations=[2, 1], residual_channels=6, gate_channels=8, skip_channels=12, classes=7,
        bias=False, weight_normalization=True, residual_scale=math.sqrt(0.5),
        features=dict(
            type="frames", channels=3, hop_length=5, context_frames=1, upsampling=dict(type="linear", factors=[5]))),
    "features-nearest": dict(
        dilations=[1, 2], residual_channels=4, gate_channels=3, skip_channels=5, input="scalar", classes=8,
        features=dict(
            type="frames", channels=2, hop_length=7, context_frames=1, upsampling=dict(type="nearest", factors=[7]))),
    "signal": dict(
        dilations=[1, 2], residual_channels=5, gate_channels=4, skip_channels=6, input="scalar", output="gaussians",
        mixture_components=1, mixture_gain=1, log_scale_floor=-11,
        features=dict(
            type="signal", channels=1, hop_length=1, context_frames=0,
            upsampling=dict(type="nearest", factors=[]))),
    # Recurrent networks, without and with everything that a step is conditioned on.
    "recurrent": dict(recurrent_units=11, residual_channels=5, head_channels=7, classes=9),
    "recurrent-conditioned": dict(
        recurrent_units=8, residual_channels=3, head_channels=6, input="scalar", classes=8, bias=False, channels=4,
        labels=dict(speaker=["anna", "ben", "cleo"]),
        features=dict(
            type="frames", channels=2, hop_length=7, context_frames=1, upsampling=dict(type="nearest", factors=[7]))),
}


def read_safetensors(path):
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        raw = np.frombuffer(data[8 + length + begin:8 + length + end], NUMPY[entry["dtype"]])
        tensors[name] = torch.from_numpy(raw.reshape(entry["shape"]).copy())
    return tensors


def write_safetensors(path, tensors):
    arrays = {}
    for name, value in tensors.items():
        array = np.asarray(value)
        arrays[name] = array.astype("<i4" if array.dtype.kind == "i" else "<f4")
    header, offset = {"__metadata__": {"format": "pt"}}, 0
    for name in sorted(arrays):
        end = offset + arrays[name].nbytes
        dtype = "I32" if arrays[name].dtype.kind == "i" else "F32"
        header[name] = {"dtype": dtype, "shape": list(arrays[name].shape), "data_offsets": [offset, end]}
        offset = end
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    data = b"".join(arrays[name].tobytes() for name in sorted(arrays))
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


class Features(nn.Module):
    """From frames, of which the first `margin` come before the first step, to steps."""

    def __init__(self, features):
        super().__init__()
        channels, context = features["channels"], features["context_frames"]
        self.hop, self.kind = features["hop_length"], features["upsampling"]["type"]
        factors = features["upsampling"]["factors"]
        self.interpolation = 0 if self.kind == "nearest" or not factors else 1
        self.margin = context + self.interpolation
        if context:
            self.context = nn.Conv1d(channels, channels, 2 * context + 1, bias=False)
        if self.kind == "transposed":
            self.upsampling = nn.ModuleList(
                nn.ConvTranspose1d(
                    channels, channels, 2 * factor, stride=factor, padding=factor // 2, groups=channels, bias=False)
                for factor in factors)

    def forward(self, frames, steps):
        """[B, frames, C] -> [B, C, steps]"""
        x = frames.transpose(1, 2)
        if hasattr(self, "context"):
            x = self.context(x)
        if self.kind == "transposed":
            first = self.interpolation
            for layer in self.upsampling:
                x, first = layer(x), first * layer.stride[0]
            return x[:, :, first:first + steps]
        time = torch.arange(steps)
        frame = time // self.hop + self.interpolation
        if self.interpolation == 0:
            return x[:, :, frame]
        share = (time % self.hop) / self.hop
        return (1 - share) * x[:, :, frame] + share * x[:, :, frame + 1]


class Block(nn.Module):
    def __init__(self, a, index, convolution, conditioning):
        super().__init__()
        r, g, s = a["residual_channels"], a["gate_channels"], a["skip_channels"]
        self.padding = (a["kernel_size"] - 1) * a["dilations"][index]
        self.dilated = convolution(r, 2 * g, a["kernel_size"], dilation=a["dilations"][index])
        self.skip = convolution(g, s, 1)
        self.residual = convolution(g, r, 1) if index < len(a["dilations"]) - 1 else None
        self.labels = convolution(conditioning["channels"], 2 * g, 1, bias=False) if "labels" in conditioning else None
        self.features = None
        if "features" in conditioning:
            self.features = convolution(conditioning["features"]["channels"], 2 * g, 1, bias=False)
        self.scale = a["residual_scale"]

    def forward(self, x, condition, steps):
        z = self.dilated(F.pad(x, (self.padding, 0)))
        if condition is not None:
            z = z + self.labels(condition)
        if steps is not None:
            z = z + self.features(steps)
        filters, gates = z.chunk(2, dim=1)
        y = torch.tanh(filters) * torch.sigmoid(gates)
        return self.skip(y), None if self.residual is None else self.scale * (x + self.residual(y))


class Recurrent(nn.Module):
    """A layer of torch's gated recurrent units, whose inputs are those of the network, of labels and of features."""

    def __init__(self, a, convolution, conditioning):
        super().__init__()
        rows = 3 * a["recurrent_units"]
        self.input = convolution(a["residual_channels"], rows, 1)
        self.hidden = convolution(a["recurrent_units"], rows, 1)
        self.labels = convolution(conditioning["channels"], rows, 1, bias=False) if "labels" in conditioning else None
        self.features = None
        if "features" in conditioning:
            self.features = convolution(conditioning["features"]["channels"], rows, 1, bias=False)

    def forward(self, x, condition, steps):
        inputs, weights = [x], [self.input.weight]
        if condition is not None:
            inputs, weights = inputs + [condition.expand(-1, -1, x.shape[2])], weights + [self.labels.weight]
        if steps is not None:
            inputs, weights = inputs + [steps], weights + [self.features.weight]
        inputs, weight = torch.cat(inputs, dim=1), torch.cat(weights, dim=1)[:, :, 0]
        state, states = x.new_zeros(x.shape[0], self.hidden.weight.shape[1]), []
        for step in range(x.shape[2]):
            state = torch.gru_cell(
                inputs[:, :, step], state, weight, self.hidden.weight[:, :, 0], self.input.bias, self.hidden.bias)
            states.append(state)
        return torch.stack(states, dim=2)


def output_channels(config):
    a = config["architecture"]
    return 3 * a["mixture_components"] if "output" in a else config["companding"]["classes"]


def mixture_loss(numbers, targets, a):
    """The mean of -ln p of levels of 16 bits under mixtures, as their definition has it.

    numbers [B, 3 K, T]: logits of weights, means, natural logarithms of scales, of samples times the gain; targets
    [B, T] in 0 .. 65,535.
    """
    gain = a["mixture_gain"]
    logits, means, log_scales = numbers.chunk(3, dim=1)
    scales = torch.exp(torch.clamp(log_scales, min=a["log_scale_floor"] + math.log(gain)))
    below = torch.sigmoid if a["output"] == "logistics" else torch.special.ndtr
    x = gain * ((targets - 32768) / 32768.0)[:, None, :]
    half = gain / 65536
    lower = torch.where(targets[:, None, :] == 0, 0.0, below((x - half - means) / scales))
    upper = torch.where(targets[:, None, :] == 65535, 1.0, below((x + half - means) / scales))
    return -torch.log((torch.softmax(logits, dim=1) * (upper - lower)).sum(dim=1)).mean()


class WaveNet(nn.Module):
    def __init__(self, config):
        super().__init__()
        a, outputs = config["architecture"], output_channels(config)
        conditioning = config.get("conditioning", {})

        def convolution(inputs, outputs, kernel, dilation=1, bias=a["bias"]):
            layer = nn.Conv1d(inputs, outputs, kernel, dilation=dilation, bias=bias)
            return nn.utils.weight_norm(layer) if a["weight_normalization"] else layer

        if a["input"] == "embedding":
            self.embedding = nn.Embedding(outputs, a["residual_channels"])
        else:
            self.input = convolution(1, a["residual_channels"], 1)
        if "labels" in conditioning:
            self.labels = nn.ModuleList(
                nn.Embedding(len(labels["values"]), conditioning["channels"]) for labels in conditioning["labels"])
        if "features" in conditioning:
            self.features = Features(conditioning["features"])
        units = a.get("recurrent_units")
        if units:
            self.recurrent = Recurrent(a, convolution, conditioning)
        else:
            self.blocks = nn.ModuleList(
                Block(a, index, convolution, conditioning) for index in range(len(a["dilations"])))
        self.head = nn.ModuleList(
            [convolution(units or a["skip_channels"], a["head_channels"], 1),
             convolution(a["head_channels"], outputs, 1)])
        self.scale, self.gain = a.get("skip_scale", 1), a.get("mixture_gain", 1)

    def forward(self, x, labels, frames):
        """[B, T] and, of a conditioned network, [B, label sets] and [B, frames, C] -> [B, classes, T]"""
        h = self.embedding(x).transpose(1, 2) if hasattr(self, "embedding") else self.input(self.gain * x[:, None, :])
        condition = None
        if hasattr(self, "labels"):
            condition = sum(table(labels[:, index]) for index, table in enumerate(self.labels))[:, :, None]
        steps = self.features(frames, x.shape[1]) if hasattr(self, "features") else None
        if hasattr(self, "recurrent"):
            return self.head[1](torch.relu(self.head[0](self.recurrent(h, condition, steps))))
        total = 0
        for block in self.blocks:
            skip, h = block(h, condition, steps)
            total = total + skip
        return self.head[1](torch.relu(self.head[0](torch.relu(self.scale * total))))


def make_folder(folder, seed, classes=None, **architecture):
    """A model folder with random weights."""
    a = dict(input="embedding", bias=True, weight_normalization=False)
    is_recurrent = "recurrent_units" in architecture
    if not is_recurrent:
        a = dict(kernel_size=2, head_channels=architecture["skip_channels"]) | a
        a |= dict(dropout=0, residual_scale=1, skip_scale=1)
    channels, labels = architecture.pop("channels", None), architecture.pop("labels", None)
    features = architecture.pop("features", None)
    a.update(architecture)
    config = {
        "format_version": 1, "model_type": "recurrent" if is_recurrent else "wavenet", "sample_rate": 16000,
        "architecture": a,
        "companding": {"type": "linear", "bits": 16} if classes is None else {"type": "mu_law", "classes": classes},
    }
    if labels:
        sets = [{"name": name, "values": values} for name, values in labels.items()]
        config["conditioning"] = {"channels": channels, "labels": sets}
    if features:
        config["conditioning"] = config.get("conditioning", {}) | {"features": features}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    random = np.random.default_rng(seed)
    weights = {}
    for name, value in WaveNet(config).state_dict().items():
        deviation = 1 if name.startswith("embedding") else 0.4
        weights[name] = random.normal(0, deviation, value.shape)
        if name.endswith("weight_g"):
            weights[name] = np.abs(weights[name]) + 0.3
    write_safetensors(folder / "model.safetensors", weights)


def write_golden(folder, batch=2, time=24, steps=10):
    config = json.loads((folder / "config.json").read_text())
    network = WaveNet(config).double()
    weights = read_safetensors(folder / "model.safetensors")
    network.load_state_dict({name: value.double() for name, value in weights.items()}, strict=True)

    a = config["architecture"]
    classes = 65536 if "output" in a else config["companding"]["classes"]
    random = np.random.default_rng(99)
    targets = torch.from_numpy(random.integers(0, classes, (batch, time)))
    if "output" in a:
        targets[0, :2] = torch.tensor([0, 65535])
    if config["architecture"]["input"] == "embedding":
        x = torch.from_numpy(random.integers(0, classes, (batch, time)))
    else:
        x = torch.from_numpy(random.uniform(-1, 1, (batch, time)).astype("f4")).double()

    golden = {"input": x, "targets": targets}
    labels = frames = None
    conditioning = config.get("conditioning", {})
    if "labels" in conditioning:
        counts = [len(labels["values"]) for labels in conditioning["labels"]]
        labels = torch.tensor([[(signal + 1) % count for count in counts] for signal in range(batch)])
        golden["labels"] = labels
    if "features" in conditioning:
        count = -(-time // conditioning["features"]["hop_length"]) + 2 * network.features.margin
        shape = (batch, count, conditioning["features"]["channels"])
        frames = torch.from_numpy(random.normal(0, 1, shape).astype("f4")).double()
        golden["features"] = frames
    adam = torch.optim.Adam(network.parameters(), lr=1e-3)
    losses = []
    for step in range(steps):
        adam.zero_grad()
        logits = network(x, labels, frames)
        loss = mixture_loss(logits, targets, a) if "output" in a else F.cross_entropy(logits, targets)
        loss.backward()
        if step == 0:
            golden |= {"logits": logits.detach().transpose(1, 2), "loss": loss.detach()}
            golden |= {"gradient." + name: value.grad.clone() for name, value in network.named_parameters()}
        losses.append(loss.item())
        adam.step()
    write_safetensors(folder / "golden.safetensors", golden | {"losses": losses})


if __name__ == "__main__":
    # torch.nn.utils.weight_norm is deprecated, but its parameter names are those of most published WaveNets.
    warnings.filterwarnings("ignore", category=FutureWarning)
    folders = [Path(argument) for argument in sys.argv[1:]]
    if not folders:
        root = Path(__file__).parent / "Golden"
        for seed, (name, settings) in enumerate(FOLDERS.items()):
            make_folder(root / name, **({"seed": seed} | settings))
            folders.append(root / name)
    for folder in folders:
        write_golden(folder)
