"""What torchvision makes of random weights, for TorchvisionTests.swift, which runs

    python3 torchvision_check.py FOLDER NETWORK...

and holds Kodama's networks to it. Weights take hundreds of megabytes, so nothing is committed. Writes into FOLDER/NETWORK

- weights.safetensors: weights and running statistics under torchvision's names, and the input `x` [B, H, W, C];
- evaluation.safetensors and training.safetensors: `logits`, the `projection` that the loss is the sum of logits with,
  `aux1` and `aux2` where the network gives such, the gradient of the loss by every parameter and by `x`, each under
  `gradient.` and its name, and in training the new running statistics, under `state.` and their names.

Computed in double precision and stored in single; dropout is left out. The hidden layers of vgg11_bn have 64 channels
here, not 4096, which would be nine tenths of all weights. Run with PyTorch 2.15 and torchvision 0.29.
"""

import pathlib
import sys

import torch
import torchvision
from safetensors.torch import save_file

AUXILIARY_WEIGHT = 0.3


def network(name):
    options = {"init_weights": False} if name == "googlenet" else {}
    result = getattr(torchvision.models, name)(weights=None, **options)
    if name == "vgg11_bn":
        result.classifier[0] = torch.nn.Linear(512 * 7 * 7, 64)
        result.classifier[3] = torch.nn.Linear(64, 64)
        result.classifier[6] = torch.nn.Linear(64, 1000)
    for module in result.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.2)
            torch.nn.init.normal_(module.running_mean, std=0.2)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
    return result.double()


def state(model):
    return {name: x for name, x in model.state_dict().items() if not name.endswith("num_batches_tracked")}


def outputs(model, x):
    """The logits, and those of auxiliary classifiers by name."""
    y = model(x.movedim(-1, 1))
    if torch.is_tensor(y):
        return y, {}
    return y.logits, {"aux1": y.aux_logits1, "aux2": y.aux_logits2}


def results(model, x, projection):
    model.zero_grad()
    x = x.clone().requires_grad_()
    logits, auxiliary = outputs(model, x)
    (projection * (logits + AUXILIARY_WEIGHT * sum(auxiliary.values()))).sum().backward()
    leaves = {"x": x, **dict(model.named_parameters())}
    gradients = {
        "gradient." + name: torch.zeros_like(leaf) if leaf.grad is None else leaf.grad for name, leaf in leaves.items()}
    return {"logits": logits, "projection": projection, **auxiliary, **gradients}


def save(tensors, path):
    save_file({name: x.detach().float().contiguous() for name, x in tensors.items()}, str(path))


for name in sys.argv[2:]:
    folder = pathlib.Path(sys.argv[1], name)
    folder.mkdir()
    torch.manual_seed(1)
    model = network(name)
    x = torch.randn(2, 64, 72, 3).double()
    projection = torch.randn(2, 1000).double()
    save({**state(model), "x": x}, folder / "weights.safetensors")
    model.eval()
    save(results(model, x, projection), folder / "evaluation.safetensors")
    model.train()
    found = results(model, x, projection)
    running = {"state." + name: x for name, x in state(model).items() if ".running_" in name}
    save({**found, **running}, folder / "training.safetensors")
