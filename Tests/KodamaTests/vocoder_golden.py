"""Makes the weights of a WaveNet as the vocoders of speech synthesis store them, and what PyTorch computes with them:

    python3 Tests/KodamaTests/vocoder_golden.py Examples/Vocoder [--seed 1]

The folder gets weights/part-1.safetensors and part-2.safetensors, mapping.json, config.json, and golden.safetensors with
    codes                [B, T] the code before each step (I32)
    features             [B, frames, C] local conditioning, a frame for every HOP steps
    logits               [B, T, classes]
The names are those of r9y9's wavenet_vocoder: first_conv, conv_layers.N.conv, conv1x1c, conv1x1_skip and conv1x1_out,
last_conv_layers.1 and .3, all with weight normalization; the last two as PyTorch's parametrizations store it. The input is
the code as a vector of zeros and a one, frames are repeated for all of their steps, and the last block's conv1x1_out has
no effect. Run with PyTorch 2.15 and safetensors 0.8. Everything is computed in double precision.
"""

import argparse
import json
import math
import pathlib

import torch
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

CLASSES, RESIDUAL, GATE, SKIP, KERNEL, CHANNELS, HOP = 16, 5, 4, 6, 3, 2, 4
DILATIONS = [1, 2, 1, 2]


class NormalizedConvolution(nn.Module):
    """A causal convolution whose weight is g · v / ‖v‖, under the names of PyTorch's older weight normalization."""

    def __init__(self, inputs, outputs, kernel=1, dilation=1, bias=True):
        super().__init__()
        self.past, self.dilation = (kernel - 1) * dilation, dilation
        self.weight_g = nn.Parameter(torch.rand(outputs, 1, 1) + 0.5)
        self.weight_v = nn.Parameter(torch.randn(outputs, inputs, kernel))
        self.bias = nn.Parameter(0.3 * torch.randn(outputs)) if bias else None

    def forward(self, x):
        norm = self.weight_v.flatten(1).norm(dim=1)[:, None, None]
        return F.conv1d(F.pad(x, (self.past, 0)), self.weight_g * self.weight_v / norm, self.bias, dilation=self.dilation)


class Block(nn.Module):
    def __init__(self, dilation):
        super().__init__()
        self.conv = NormalizedConvolution(RESIDUAL, 2 * GATE, KERNEL, dilation)
        self.conv1x1c = NormalizedConvolution(CHANNELS, 2 * GATE, bias=False)
        self.conv1x1_out = NormalizedConvolution(GATE, RESIDUAL)
        self.conv1x1_skip = NormalizedConvolution(GATE, SKIP)

    def forward(self, x, steps):
        filters, gates = (self.conv(x) + self.conv1x1c(steps)).chunk(2, dim=1)
        y = filters.tanh() * gates.sigmoid()
        return math.sqrt(0.5) * (x + self.conv1x1_out(y)), self.conv1x1_skip(y)


class Vocoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.first_conv = NormalizedConvolution(CLASSES, RESIDUAL)
        self.conv_layers = nn.ModuleList(Block(dilation) for dilation in DILATIONS)
        normalize = nn.utils.parametrizations.weight_norm
        self.last_conv_layers = nn.ModuleList([
            nn.ReLU(), normalize(nn.Conv1d(SKIP, SKIP, 1)), nn.ReLU(), normalize(nn.Conv1d(SKIP, CLASSES, 1))])

    def forward(self, codes, features):
        steps = features.mT.repeat_interleave(HOP, dim=2)
        x, skips = self.first_conv(F.one_hot(codes, CLASSES).to(features.dtype).mT), 0
        for block in self.conv_layers:
            x, skip = block(x, steps)
            skips = skips + skip
        x = math.sqrt(1 / len(self.conv_layers)) * skips
        for layer in self.last_conv_layers:
            x = layer(x)
        return x.mT


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    torch.manual_seed(arguments.seed)
    folder, network = arguments.folder, Vocoder()
    (folder / "weights").mkdir(parents=True, exist_ok=True)
    stored = {name: value.detach().clone() for name, value in network.state_dict().items()}
    names = sorted(stored)
    for number, part in enumerate([names[::2], names[1::2]], 1):
        save_file({name: stored[name] for name in part}, folder / "weights" / f"part-{number}.safetensors")

    mapping = {
        "tensors": {
            "embedding.weight": {"from": "first_conv.weight", "permute": [1, 0, 2], "add": "first_conv.bias"},
            "blocks.{i}.dilated.weight": "conv_layers.{i}.conv.weight",
            "blocks.{i}.dilated.bias": "conv_layers.{i}.conv.bias",
            "blocks.{i}.features.weight": "conv_layers.{i}.conv1x1c.weight",
            "blocks.{i}.skip.weight": "conv_layers.{i}.conv1x1_skip.weight",
            "blocks.{i}.skip.bias": "conv_layers.{i}.conv1x1_skip.bias",
            "blocks.{i}.residual.weight": "conv_layers.{i}.conv1x1_out.weight",
            "blocks.{i}.residual.bias": "conv_layers.{i}.conv1x1_out.bias",
            "head.0.weight": "last_conv_layers.1.weight",
            "head.0.bias": "last_conv_layers.1.bias",
            "head.1.weight": "last_conv_layers.3.weight",
            "head.1.bias": "last_conv_layers.3.bias",
        },
        "ignore": ["conv_layers.{last}.conv1x1_out.*"],
    }
    config = {
        "format_version": 1,
        "model_type": "wavenet",
        "sample_rate": 8000,
        "architecture": {
            "kernel_size": KERNEL, "dilations": DILATIONS, "residual_channels": RESIDUAL, "gate_channels": GATE,
            "skip_channels": SKIP, "head_channels": SKIP, "residual_scale": math.sqrt(0.5),
            "skip_scale": math.sqrt(1 / len(DILATIONS)),
        },
        "companding": {"type": "mu_law", "classes": CLASSES},
        "conditioning": {"features": {
            "type": "frames", "channels": CHANNELS, "hop_length": HOP, "context_frames": 0,
            "upsampling": {"type": "nearest", "factors": [HOP]}}},
    }
    for name, document in [("mapping.json", mapping), ("config.json", config)]:
        (folder / name).write_text(json.dumps(document, indent=2) + "\n")

    codes = torch.randint(0, CLASSES, (2, 24))
    features = torch.randn(2, 24 // HOP, CHANNELS)
    with torch.no_grad():
        logits = network.double()(codes, features.double()).float()
    save_file(
        {"codes": codes.int(), "features": features, "logits": logits.contiguous()}, folder / "golden.safetensors")


if __name__ == "__main__":
    main()
