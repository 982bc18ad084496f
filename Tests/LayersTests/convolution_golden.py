"""Outputs and gradients of convolutions, pooling and normalizations. Run with PyTorch 2.15:

    python3 Tests/LayersTests/convolution_golden.py Tests/LayersTests/Golden

writes convolutions.json, poolings.json and normalizations.json. Inputs, weights and the projection of the output to one
number are `numbers` of a seed, which ConvolutionGolden.swift works out too; only what follows from them is stored.
Shapes are [B, T, C] and [B, H, W, C]; weights have PyTorch's layout.
"""

import json
import pathlib
import sys

import torch
import torch.nn.functional as F


def numbers(shape, seed):
    i = torch.arange(int(torch.tensor(shape).prod()), dtype=torch.float64)
    return torch.sin(0.37 * i * i + 0.61 * i + seed).reshape(shape)


def leaf(shape, seed):
    return numbers(shape, seed).requires_grad_()


def first(x):
    """Channels last to channels first."""
    return x.movedim(-1, 1)


def results(y, **leaves):
    """The output, and the gradients of its projection."""
    (y * numbers(y.shape, 9)).sum().backward()
    tensors = {"y": y, **{"d" + name: x.grad for name, x in leaves.items() if x is not None}}
    return {"shape": list(y.shape), "results": {name: rounded(x) for name, x in tensors.items()}}


def rounded(x):
    return [float(f"{v:.7g}") for v in x.detach().flatten().tolist()]


def window(kernel, stride=1, dilation=1, padding=(0, 0)):
    """Padding is a pair, "same" or "causal"."""
    return {"kernel": kernel, "stride": stride, "dilation": dilation, "padding": padding}


def sizes(windows, key):
    return [w[key] for w in windows]


def ends(w, length):
    """The zeros before and after an axis; "same" as TensorFlow has it where there is a stride."""
    extent = (w["kernel"] - 1) * w["dilation"] + 1
    if w["padding"] == "causal":
        return extent - 1, 0
    if w["padding"] == "same":
        total = max(0, (-(-length // w["stride"]) - 1) * w["stride"] + extent - length)
        return total // 2, total - total // 2
    return w["padding"]


def padded(x, windows):
    """The input, padded by itself where the two ends differ, and the padding that is left to the operator."""
    pairs = [ends(w, n) for w, n in zip(windows, x.shape[2:])]
    if all(a == b for a, b in pairs):
        return x, [a for a, _ in pairs]
    return F.pad(x, [v for pair in reversed(pairs) for v in pair]), [0] * len(pairs)


def convolution(shape, outputs, windows, groups=1, bias=True, output_padding=None):
    x = leaf(shape, 1)
    lengths, axes = sizes(windows, "kernel"), len(windows)
    strides, dilations = sizes(windows, "stride"), sizes(windows, "dilation")
    inputs = shape[-1]
    offset = leaf([outputs], 3) if bias else None
    if output_padding is None:
        weight = leaf([outputs, inputs // groups, *lengths], 2)
        operator = [F.conv1d, F.conv2d][axes - 1]
        if all(w["padding"] == "same" and w["stride"] == 1 for w in windows):
            y = operator(first(x), weight, offset, strides, "same", dilations, groups)
        else:
            signal, padding = padded(first(x), windows)
            y = operator(signal, weight, offset, strides, padding, dilations, groups)
    else:
        weight = leaf([inputs, outputs // groups, *lengths], 2)
        operator = [F.conv_transpose1d, F.conv_transpose2d][axes - 1]
        padding = [a for a, _ in sizes(windows, "padding")]
        y = operator(first(x), weight, offset, strides, padding, output_padding, groups, dilations)
    return {
        "input": shape, "outputs": outputs, "groups": groups, "windows": windows, "hasBias": bias,
        "outputPadding": output_padding, **results(y.movedim(1, -1), x=x, weight=weight, bias=offset)}


def convolutions():
    w = window
    # Over time: ordinary, every padding, dilated, strides over kernels, grouped, depthwise, odd sizes.
    yield convolution([2, 7, 3], 4, [w(1)])
    yield convolution([2, 7, 3], 4, [w(3)], bias=False)
    yield convolution([2, 9, 2], 3, [w(4, padding="same")])
    yield convolution([2, 8, 3], 2, [w(2, dilation=3, padding="causal")])
    yield convolution([1, 9, 3], 2, [w(3, dilation=2, padding="causal")])
    yield convolution([1, 11, 2], 3, [w(3, stride=2, dilation=2, padding=(1, 2))])
    yield convolution([2, 11, 2], 3, [w(2, stride=3, padding="same")])
    yield convolution([2, 11, 2], 3, [w(1, stride=4)])
    yield convolution([1, 13, 2], 2, [w(2, stride=5, padding=(1, 1))])
    yield convolution([2, 7, 4], 6, [w(3, padding=(1, 1))], groups=2)
    yield convolution([1, 9, 6], 3, [w(4, stride=3, padding=(3, 0))], groups=3)
    yield convolution([2, 9, 3], 3, [w(5, padding="same")], groups=3)
    yield convolution([1, 9, 3], 3, [w(3, dilation=2, padding="causal")], groups=3, bias=False)
    yield convolution([1, 8, 3], 6, [w(3, stride=2, padding=(1, 1))], groups=3)
    yield convolution([1, 3, 2], 2, [w(7, padding="same")])
    # Over height and width.
    yield convolution([2, 3, 4, 3], 4, [w(1), w(1)])
    yield convolution([1, 5, 7, 3], 4, [w(3, padding="same")] * 2)
    yield convolution([1, 6, 5, 2], 3, [w(3, padding=(1, 1)), w(2, padding=(0, 0))], bias=False)
    yield convolution([1, 7, 9, 2], 3, [w(3, stride=2, padding=(1, 1))] * 2)
    yield convolution([1, 7, 6, 2], 3, [w(3, stride=2, padding="same"), w(2, stride=3, padding="same")])
    yield convolution([1, 7, 7, 2], 3, [w(2, stride=3), w(1, stride=2)])
    yield convolution([1, 9, 9, 1], 3, [w(7, stride=2, padding=(3, 3))] * 2)
    yield convolution([1, 7, 8, 2], 2, [w(3, dilation=2, padding=(2, 2)), w(2, dilation=3, padding=(1, 0))])
    yield convolution([1, 5, 4, 4], 6, [w(3, padding=(1, 1)), w(2)], groups=2)
    yield convolution([2, 3, 3, 4], 2, [w(1), w(1)], groups=2)
    yield convolution([2, 5, 5, 3], 3, [w(3, padding="same")] * 2, groups=3)
    yield convolution([1, 7, 6, 9], 9, [w(3, stride=2, padding=(1, 1))] * 2, groups=9)
    yield convolution([1, 6, 7, 2], 2, [w(3, dilation=2, padding="same"), w(5, padding="same")], groups=2, bias=False)
    yield convolution([1, 5, 4, 2], 4, [w(3, padding="same")] * 2, groups=2)
    yield convolution([1, 2, 2, 1], 2, [w(4, padding=(3, 3)), w(4, padding=(1, 2))])
    yield convolution([1, 1, 9, 2], 2, [w(1), w(3, padding="causal")])
    # Transposed.
    for shape, outputs, windows, groups, output_padding in [
        ([2, 5, 3], 2, [w(3)], 1, [0]),
        ([2, 4, 3], 2, [w(4, stride=2, padding=(1, 1))], 1, [0]),
        ([1, 4, 2], 3, [w(3, stride=3, padding=(1, 1))], 1, [2]),
        ([1, 4, 2], 2, [w(2, stride=4)], 1, [3]),
        ([1, 5, 2], 2, [w(3, stride=2, dilation=2, padding=(2, 2))], 1, [1]),
        ([1, 5, 4], 6, [w(3, stride=2, padding=(1, 1))], 2, [1]),
        ([1, 5, 3], 3, [w(4, stride=2, padding=(1, 1))], 3, [0]),
        ([1, 3, 4, 3], 2, [w(3)] * 2, 1, [0, 0]),
        ([1, 3, 3, 2], 2, [w(3, stride=2, padding=(1, 1))] * 2, 1, [1, 1]),
        ([1, 3, 2, 2], 3, [w(2, stride=3), w(4, stride=2, padding=(1, 1))], 1, [2, 0]),
        ([1, 2, 3, 4], 2, [w(3, stride=2, padding=(1, 1)), w(2, dilation=2)], 2, [1, 0]),
        ([1, 3, 3, 3], 3, [w(3, stride=2, padding=(1, 1))] * 2, 3, [0, 1]),
    ]:
        for bias in [True, False] if shape == [2, 4, 3] else [True]:
            yield convolution(shape, outputs, windows, groups, bias, output_padding)


def pooling(shape, kind, windows):
    x = leaf(shape, 1)
    axes = len(windows)
    lengths, strides = sizes(windows, "kernel"), sizes(windows, "stride")
    if kind == "globalAverage":
        y = [F.adaptive_avg_pool1d, F.adaptive_avg_pool2d][len(shape) - 3](first(x), 1).flatten(1)
    elif kind == "globalMaximum":
        y = [F.adaptive_max_pool1d, F.adaptive_max_pool2d][len(shape) - 3](first(x), 1).flatten(1)
    else:
        padding = [a for a, _ in sizes(windows, "padding")]
        if kind == "maximum":
            operator = [F.max_pool1d, F.max_pool2d][axes - 1]
            y = operator(first(x), lengths, strides, padding, sizes(windows, "dilation"))
        else:
            operator = [F.avg_pool1d, F.avg_pool2d][axes - 1]
            y = operator(first(x), lengths, strides, padding, count_include_pad=kind == "averageCountingPadding")
        y = y.movedim(1, -1)
    return {"input": shape, "kind": kind, "windows": windows, **results(y, x=x)}


def poolings():
    w = window
    for kind in ["maximum", "average", "averageCountingPadding"]:
        yield pooling([2, 7, 3], kind, [w(2, stride=2)])
        yield pooling([2, 8, 2], kind, [w(3, padding=(1, 1))])
        yield pooling([1, 11, 2], kind, [w(2, stride=3, padding=(1, 1))])
        yield pooling([2, 6, 4, 3], kind, [w(2, stride=2)] * 2)
        yield pooling([1, 7, 9, 2], kind, [w(3, stride=2, padding=(1, 1))] * 2)
        yield pooling([1, 7, 8, 3], kind, [w(2, stride=3), w(5, stride=1, padding=(2, 2))])
    yield pooling([1, 11, 2], "maximum", [w(3, stride=2, dilation=2, padding=(1, 1))])
    yield pooling([1, 7, 9, 2], "maximum", [w(2, dilation=3, padding=(1, 1)), w(3, dilation=2, padding=(1, 1))])
    for kind in ["globalAverage", "globalMaximum"]:
        yield pooling([2, 7, 3], kind, [])
        yield pooling([2, 3, 5, 3], kind, [])


def normalization(shape, kind, affine=True, epsilon=1e-5, momentum=0.1, groups=1, axes=1):
    x = leaf(shape, 1)
    channels = shape[-1]
    features = shape[-axes:] if kind in ("layer", "rms") else [channels]
    weight = leaf(features, 2) if affine else None
    bias = leaf(features, 3) if affine and kind != "rms" else None
    mean, variance = numbers([channels], 4), 1.5 + 0.5 * numbers([channels], 5)
    if kind in ("training", "evaluation"):
        y = F.batch_norm(first(x), mean, variance, weight, bias, kind == "training", momentum, epsilon)
        y = y.movedim(1, -1)
    elif kind == "instance":
        y = F.instance_norm(first(x), weight=weight, bias=bias, eps=epsilon).movedim(1, -1)
    elif kind == "group":
        y = F.group_norm(first(x), groups, weight, bias, epsilon).movedim(1, -1)
    elif kind == "layer":
        y = F.layer_norm(x, features, weight, bias, epsilon)
    else:
        y = F.rms_norm(x, features, weight, epsilon)
    case = {
        "input": shape, "kind": kind, "isAffine": affine, "epsilon": epsilon, "momentum": momentum, "groups": groups,
        "axes": axes, **results(y, x=x, weight=weight, bias=bias)}
    if kind in ("training", "evaluation"):
        case["results"].update(running_mean=rounded(mean), running_var=rounded(variance))
    return case


def normalizations():
    for shape in [3, 7, 4], [2, 3, 5, 4]:
        for kind in "training", "evaluation", "instance", "layer", "rms":
            for affine in True, False:
                yield normalization(shape, kind, affine)
            yield normalization(shape, kind, epsilon=0.1)
        for groups in 1, 2, 4:
            yield normalization(shape, "group", groups != 2, groups=groups)
        yield normalization(shape, "training", momentum=0.37)
        yield normalization(shape, "training", momentum=1.0)
        yield normalization(shape, "layer", axes=2)
        yield normalization(shape, "rms", axes=2)
    yield normalization([2, 2, 3], "training")
    # Two values would be normalized to ±1 whatever they are: no gradient is left but rounding.
    yield normalization([3, 1, 1, 3], "training", momentum=0.5)
    yield normalization([2, 5, 6], "group", groups=3, epsilon=1e-3)
    yield normalization([2, 3, 2, 4], "layer", axes=3)


folder = pathlib.Path(sys.argv[1])
for name, cases in [("convolutions", convolutions()), ("poolings", poolings()), ("normalizations", normalizations())]:
    lines = [json.dumps(case, allow_nan=False, separators=(",", ":")) for case in cases]
    (folder / (name + ".json")).write_text("[\n" + ",\n".join(lines) + "\n]\n")
