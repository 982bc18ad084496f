"""Writes OptimizerGolden.swift, the steps OptimizerTests holds the optimizers to. Run with PyTorch 2.15:

    python3 Tests/LayersTests/optimizer_golden.py > Tests/LayersTests/OptimizerGolden.swift
"""

import torch

START = [0.5, -1.25, 2.0, 0.0]
# Some gradients change sign, one is small, one is always 0.
GRADIENTS = [[((7 * step) % 5 - 2) / 4, 1.5 - 0.25 * step, 1e-3 * (step + 1), 0.0] for step in range(10)]
RATE = 0.05
OPTIMIZERS = {
    "sgd": lambda p: torch.optim.SGD(p, lr=RATE),
    "sgdDecayed": lambda p: torch.optim.SGD(p, lr=RATE, weight_decay=0.1),
    "momentum": lambda p: torch.optim.SGD(p, lr=RATE, momentum=0.9),
    "nesterov": lambda p: torch.optim.SGD(p, lr=RATE, momentum=0.9, nesterov=True, weight_decay=0.1),
    "adagrad": lambda p: torch.optim.Adagrad(p, lr=RATE),
    "adagradDecayed": lambda p: torch.optim.Adagrad(p, lr=RATE, weight_decay=0.1),
    "rmsProp": lambda p: torch.optim.RMSprop(p, lr=RATE),
    "rmsPropDecayed": lambda p: torch.optim.RMSprop(p, lr=RATE, alpha=0.9, weight_decay=0.1),
    "adam": lambda p: torch.optim.Adam(p, lr=RATE),
    "adamDecayed": lambda p: torch.optim.Adam(p, lr=RATE, betas=(0.8, 0.99), weight_decay=0.1),
    "adamW": lambda p: torch.optim.AdamW(p, lr=RATE),
    "adamWDecayed": lambda p: torch.optim.AdamW(p, lr=RATE, weight_decay=0.1),
}


def rows(values):
    return ["    [" + ", ".join(repr(float(x)) for x in row) + "]," for row in values]


print("// Written by optimizer_golden.py with PyTorch", torch.__version__.split("+")[0])
print("enum OptimizerGolden {")
print(f"  static let start: [Float] = {START}")
print(f"  static let rate: Float = {RATE}")
print("  static let gradients: [[Float]] = [", *rows(GRADIENTS), "  ]", sep="\n")
for name, make in OPTIMIZERS.items():
    parameter = torch.tensor(START, dtype=torch.float64, requires_grad=True)
    optimizer = make([parameter])
    steps = []
    for gradient in GRADIENTS:
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        steps.append(parameter.detach().tolist())
    print(f"  static let {name}: [[Float]] = [", *rows(steps), "  ]", sep="\n")

# Muon takes its iterations in bfloat16, which is left out here so that they can be compared closely.
torch.bfloat16 = torch.float64
for name, (height, width), decay in [("tall", (3, 2), 0.0), ("wide", (2, 4), 0.1)]:
    values = [[((5 * i + 3 * j) % 7 - 3) / 4 for j in range(width)] for i in range(height)]
    parameter = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    optimizer = torch.optim.Muon([parameter], lr=RATE, weight_decay=decay, adjust_lr_fn="match_rms_adamw")
    steps = []
    for step in range(10):
        gradient = [[((3 * i + 5 * j + 2 * step) % 11 - 5) / 8 for j in range(width)] for i in range(height)]
        parameter.grad = torch.tensor(gradient, dtype=torch.float64)
        optimizer.step()
        steps.append([round(x, 7) for x in parameter.detach().flatten().tolist()])
    print(f"  static let {name}: [[Float]] = [", *rows(steps), "  ]", sep="\n")
print("}")
