"""Outputs, states and gradients of recurrent layers. Run with PyTorch 2.15 and NumPy:

    python3 Tests/LayersTests/recurrent_golden.py Tests/LayersTests/Golden

writes recurrent.json. Inputs, parameters and the projections of the results to one number are `numbers` of a seed, which
RecurrentGolden.swift works out too; only what follows from them is stored. The units that PyTorch has are computed by it.
Peepholes are computed step by step in float64 with NumPy, forward and backward by hand, from the formulas of Gers and
Schmidhuber 2000; without peepholes the same code must equal PyTorch, which is asserted.
"""

import json
import pathlib
import sys

import numpy as np
import torch


def numbers(shape, seed):
    i = np.arange(int(np.prod(shape)), dtype=np.float64)
    return np.sin(0.37 * i * i + 0.61 * i + seed).reshape(shape)


def rounded(x):
    return [float(f"{v:.7g}") for v in np.asarray(x).flatten().tolist()]


GATES = {"tanh": 1, "relu": 1, "lstm": 4, "peepholeLSTM": 4, "gru": 3}


def parameters(unit, inputs, units, layers, directions, bias):
    """Names and shapes in order, each with its numbers."""
    result = {}
    for layer in range(layers):
        for suffix in ["", "_reverse"][:directions]:
            shapes = {
                "weight_ih": [GATES[unit] * units, inputs if layer == 0 else directions * units],
                "weight_hh": [GATES[unit] * units, units]}
            if bias:
                shapes.update(bias_ih=[GATES[unit] * units], bias_hh=[GATES[unit] * units])
            if unit == "peepholeLSTM":
                shapes["weight_p"] = [3, units]
            for name, shape in shapes.items():
                result[f"{name}_l{layer}{suffix}"] = 0.6 * numbers(shape, 10 + len(result))
    return result


def results(unit, batch, time, inputs, units, layers=1, bidirectional=False, bias=True, state=False):
    directions = 2 if bidirectional else 1
    values = parameters(unit, inputs, units, layers, directions, bias)
    x, shape = numbers([batch, time, inputs], 1), [layers * directions, batch, units]
    initial = [numbers(shape, seed) for seed in ([2, 3] if "LSTM" in unit.upper() else [2])] if state else None
    run = by_hand if unit == "peepholeLSTM" else by_pytorch
    found = run(unit, values, x, initial, units, layers, bidirectional, bias)
    return {
        "unit": unit, "batch": batch, "time": time, "inputs": inputs, "units": units, "layers": layers,
        "isBidirectional": bidirectional, "hasBias": bias, "hasState": state,
        "results": {name: rounded(value) for name, value in found.items()}}


def by_pytorch(unit, values, x, initial, units, layers, bidirectional, bias):
    kind = {"tanh": torch.nn.RNN, "relu": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}[unit]
    options = {"nonlinearity": unit} if kind is torch.nn.RNN else {}
    layer = kind(x.shape[-1], units, num_layers=layers, bias=bias, batch_first=True, bidirectional=bidirectional,
                 dtype=torch.float64, **options)
    with torch.no_grad():
        assert set(values) == {name for name, _ in layer.named_parameters()}
        for name, parameter in layer.named_parameters():
            parameter.copy_(torch.from_numpy(values[name]))
    leaves = {"x": torch.from_numpy(x).requires_grad_()}
    if initial is not None:
        leaves.update(zip(["h0", "c0"], [torch.from_numpy(v).requires_grad_() for v in initial]))
    given = [leaves[name] for name in ["h0", "c0"] if name in leaves]
    y, last = layer(leaves["x"], None if not given else tuple(given) if unit == "lstm" else given[0])
    last = last if isinstance(last, tuple) else (last,)
    outputs = {"y": y, **dict(zip(["h", "c"], last))}
    loss = sum((v * torch.from_numpy(numbers(list(v.shape), seed))).sum()
               for v, seed in zip(outputs.values(), [7, 8, 9]))
    loss.backward()
    leaves.update(layer.named_parameters())
    return {
        **{name: v.detach().numpy() for name, v in outputs.items()},
        **{"d" + name: leaf.grad.numpy() for name, leaf in leaves.items()}}


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_hand(unit, values, x, initial, units, layers, bidirectional, bias):
    """An LSTM, with peepholes where there are weights for them."""
    suffixes, batch = ["", "_reverse"][:2 if bidirectional else 1], x.shape[0]
    zero = np.zeros([layers * len(suffixes), batch, units])
    h0, c0 = initial or (zero, zero)
    gradients = {"d" + name: np.zeros_like(value) for name, value in values.items()}
    signal, tapes, last = x, [], ([], [])
    for index in range(layers * len(suffixes)):
        layer, suffix = index // len(suffixes), suffixes[index % len(suffixes)]
        tail = f"_l{layer}{suffix}"
        w, u = values["weight_ih" + tail], values["weight_hh" + tail]
        b = values["bias_ih" + tail] + values["bias_hh" + tail] if bias else 0
        p = values.get("weight_p" + tail, np.zeros([3, units]))
        h, c = h0[index], c0[index]
        order = range(x.shape[1])[:: -1 if suffix else 1]
        outputs, steps = np.zeros([batch, x.shape[1], units]), []
        for t in order:
            i, f, g, o = np.split(signal[:, t] @ w.T + h @ u.T + b, 4, axis=1)
            i, f, g = sigmoid(i + p[0] * c), sigmoid(f + p[1] * c), np.tanh(g)
            following = f * c + i * g
            o = sigmoid(o + p[2] * following)
            steps.append((t, h, c, following, i, f, g, o))
            h, c = o * np.tanh(following), following
            outputs[:, t] = h
        last[0].append(h)
        last[1].append(c)
        tapes.append((tail, signal, w, u, p, steps, outputs))
        if index % len(suffixes) == len(suffixes) - 1:
            signal = np.concatenate([tape[6] for tape in tapes[-len(suffixes):]], axis=2)
    y, h, c = signal, np.stack(last[0]), np.stack(last[1])
    upstream, dh_last, dc_last = (numbers(v.shape, seed) for v, seed in zip([y, h, c], [7, 8, 9]))
    dh0, dc0 = np.zeros_like(zero), np.zeros_like(zero)
    for layer in reversed(range(layers)):
        below = 0
        for direction in range(len(suffixes)):
            index = layer * len(suffixes) + direction
            tail, source, w, u, p, steps, _ = tapes[index]
            dx, dh, dc = np.zeros_like(source), dh_last[index], dc_last[index]
            for t, before, old, new, i, f, g, o in reversed(steps):
                dh = dh + upstream[:, t, direction * units:(direction + 1) * units]
                do = dh * np.tanh(new) * o * (1 - o)
                dc = dc + dh * o * (1 - np.tanh(new) ** 2) + do * p[2]
                di, df, dg = dc * g * i * (1 - i), dc * old * f * (1 - f), dc * i * (1 - g ** 2)
                dz = np.concatenate([di, df, dg, do], axis=1)
                gradients["dweight_ih" + tail] += dz.T @ source[:, t]
                gradients["dweight_hh" + tail] += dz.T @ before
                if bias:
                    gradients["dbias_ih" + tail] += dz.sum(0)
                    gradients["dbias_hh" + tail] += dz.sum(0)
                if "weight_p" + tail in values:
                    gradients["dweight_p" + tail] += np.stack([(di * old).sum(0), (df * old).sum(0), (do * new).sum(0)])
                dx[:, t] += dz @ w
                dh, dc = dz @ u, dc * f + di * p[0] + df * p[1]
            dh0[index], dc0[index] = dh, dc
            below = below + dx
        upstream = below
    found = {"y": y, "h": h, "c": c, "dx": upstream, **gradients}
    return {**found, "dh0": dh0, "dc0": dc0} if initial is not None else found


def check():
    """Without peepholes, the computation by hand is PyTorch's."""
    for layers, bidirectional, state in [(1, False, False), (2, True, True)]:
        values = parameters("lstm", 3, 4, layers, 2 if bidirectional else 1, True)
        shape = [layers * (2 if bidirectional else 1), 2, 4]
        case = (numbers([2, 5, 3], 1), [numbers(shape, 2), numbers(shape, 3)] if state else None, 4, layers,
                bidirectional, True)
        ours, theirs = by_hand("lstm", values, *case), by_pytorch("lstm", values, *case)
        assert set(ours) == set(theirs)
        assert all(np.abs(ours[name] - theirs[name]).max() < 1e-12 for name in ours)


def cases():
    for unit in GATES:
        yield results(unit, 2, 5, 3, 4)
        yield results(unit, 3, 4, 2, 5, bias=False)
        yield results(unit, 2, 4, 3, 9, state=True)
        yield results(unit, 2, 4, 3, 4, layers=2, state=True)
        yield results(unit, 1, 6, 2, 3, bidirectional=True)
        yield results(unit, 2, 3, 2, 3, layers=2, bidirectional=True, state=True)
        yield results(unit, 4, 1, 1, 1, state=True)
    # More units than a block of outputs has, and rows that make every tile.
    yield results("lstm", 7, 2, 1, 18, state=True)
    yield results("gru", 5, 2, 1, 23)


check()
lines = [json.dumps(case, allow_nan=False, separators=(",", ":")) for case in cases()]
(pathlib.Path(sys.argv[1]) / "recurrent.json").write_text("[\n" + ",\n".join(lines) + "\n]\n")
