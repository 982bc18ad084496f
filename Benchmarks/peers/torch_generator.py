"""A cached generator in PyTorch, written by hand: a step is matrix products of what is new and of what rings hold."""

import warnings
from typing import List

import torch
from peers.model import Model, Rings
from torch import Tensor

# How it is run, and whether all skip layers are one product at the end.
FORMS = ["eager", "eager-joined", "script", "script-joined"]


class Step(torch.nn.Module):
    """codes [batch], taps [batch, blocks, R] → logits [batch, classes], inputs [batch, blocks, R]."""

    def __init__(self, model, joined):
        super().__init__()
        blocks = range(len(model.dilations))

        def layers(name, indices):
            paths = [f"blocks.{i}.{name}" for i in indices]
            return [torch.from_numpy(model.matrix(p)) for p in paths], [torch.tensor(model.bias(p)) for p in paths]

        self.embedding = torch.tensor(model.tensors["embedding.weight"])
        self.dilated, self.dilated_bias = layers("dilated", blocks)
        self.skip, self.skip_bias = layers("skip", blocks)
        self.residual, self.residual_bias = layers("residual", blocks[:-1])
        matrix, bias = model.joined_skip()
        self.joined_skip, self.joined_bias = torch.from_numpy(matrix), torch.tensor(bias)
        self.head = [torch.from_numpy(model.matrix(f"head.{i}")) for i in range(2)]
        self.head_bias = [torch.tensor(model.bias(f"head.{i}")) for i in range(2)]
        self.joined: bool = joined
        self.blocks: int = len(model.dilations)

    def forward(self, codes: Tensor, taps: Tensor) -> List[Tensor]:
        x = self.embedding[codes]
        inputs, gated = [x], torch.jit.annotate(List[Tensor], [])
        total = self.joined_bias
        for i in range(self.blocks):
            z = torch.addmm(self.dilated_bias[i], torch.cat([taps[:, i], x], 1), self.dilated[i])
            f, g = z.chunk(2, 1)
            y = torch.tanh(f) * torch.sigmoid(g)
            if self.joined:
                gated.append(y)
            elif i == 0:
                total = torch.addmm(self.skip_bias[0], y, self.skip[0])
            else:
                total = total + torch.addmm(self.skip_bias[i], y, self.skip[i])
            if i < self.blocks - 1:
                x = x + torch.addmm(self.residual_bias[i], y, self.residual[i])
                inputs.append(x)
        if self.joined:
            total = torch.addmm(self.joined_bias, torch.cat(gated, 1), self.joined_skip)
        hidden = torch.addmm(self.head_bias[0], torch.relu(total), self.head[0])
        return [torch.addmm(self.head_bias[1], torch.relu(hidden), self.head[1]), torch.stack(inputs, 1)]


class Generator:
    def __init__(self, folder, form, batch):
        # TorchScript is deprecated, and the fastest that there is for one step after the other.
        warnings.simplefilter("ignore", FutureWarning)
        torch.set_num_threads(1)
        model = Model(folder)
        self.rings = Rings(model, batch)
        step = Step(model, joined=form.endswith("-joined")).eval()
        self.call = torch.jit.freeze(torch.jit.script(step)) if form.startswith("script") else step
        self.taps, self.inputs = torch.from_numpy(self.rings.taps), torch.from_numpy(self.rings.inputs)

    @torch.inference_mode()
    def step(self, codes):
        self.rings.read()
        logits, inputs = self.call(torch.from_numpy(codes), self.taps)
        self.inputs.copy_(inputs)
        self.rings.write()
        return logits.numpy()
