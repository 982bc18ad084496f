"""The .nam format in double precision, independent of the package: reads a model and renders it as NeuralAmpModelerCore
does. Signals are [channels, time]. What the core does not check and would read past its memory for is refused here.
Needs numpy. Used by nam_golden.py.
"""

import math

import numpy as np

BLOCK = 64
FILMS = [
    "conv_pre_film", "conv_post_film", "input_mixin_pre_film", "input_mixin_post_film", "activation_pre_film",
    "activation_post_film", "layer1x1_post_film", "head1x1_post_film",
]


class Weights:
    """The list of weights of a model, read in order."""

    def __init__(self, values):
        self.values = np.array(values, np.float32).astype(np.float64)
        self.position = 0

    def take(self, *shape, spread=None, center=0):
        """The next weights. `spread` and `center` are for `Drawn`."""
        count = math.prod(shape)
        if self.position + count > len(self.values):
            raise ValueError(f"{len(self.values)} weights are too few")
        self.position += count
        return self.values[self.position - count:self.position].reshape(shape).copy()

    def end(self):
        if self.position != len(self.values):
            raise ValueError(f"{len(self.values)} weights, of which {self.position} belong to the model")


class Drawn(Weights):
    """Weights that are drawn as a model asks for them, uniform about the center. The spread without one is 1.5 over the
    root of the fan-in, times the gain."""

    def __init__(self, seed, gain=1.0):
        super().__init__([])
        self.generator = np.random.default_rng(seed)
        self.gain = gain
        self.drawn = []

    def take(self, *shape, spread=None, center=0):
        if spread is None:
            spread = 1.5 * self.gain / math.sqrt(math.prod(shape[1:])) if len(shape) > 1 else 0.3
        values = np.round(self.generator.uniform(-spread, spread, math.prod(shape)) + np.ravel(center), 3)
        self.drawn += values.tolist()
        return values.astype(np.float32).astype(np.float64).reshape(shape)

    def end(self):
        pass


def fast_tanh(x):
    a, b = np.abs(x), x * x
    above = x * (2.45550750702956 + 2.45550750702956 * a + (0.893229853513558 + 0.821226666969744 * a) * b)
    return above / (2.44506634652299 + (2.44506634652299 + b) * np.abs(x + 0.814642734961073 * x * a))


def sigmoid(x):
    return 0.5 * (1 + np.tanh(0.5 * x))


def leaky(x, slope):
    return np.where(x > 0, x, slope * x)


def leaky_hard_tanh(x, low=-1.0, high=1.0, low_slope=0.01, high_slope=0.01):
    return np.where(x < low, (x - low) * low_slope + low, np.where(x > high, (x - high) * high_slope + high, x))


PLAIN = {
    "Tanh": np.tanh,
    "Hardtanh": lambda x: np.clip(x, -1, 1),
    "Fasttanh": fast_tanh,
    "ReLU": lambda x: np.maximum(x, 0),
    "Sigmoid": sigmoid,
    "SiLU": lambda x: x * sigmoid(x),
    "Hardswish": lambda x: x * np.clip(x + 3, 0, 6) / 6,
    "Softsign": lambda x: x / (1 + np.abs(x)),
}


def activation(description):
    """The function of a name or an object."""
    if isinstance(description, str):
        description = {"type": description}
    name = description["type"]
    if name in PLAIN:
        return PLAIN[name]
    if name == "LeakyReLU":
        slope = description.get("negative_slope", 0.01)
        return lambda x: leaky(x, slope)
    if name == "PReLU":
        slopes = description.get("negative_slopes", 0.01)
        if "negative_slope" in description:
            slopes = description["negative_slope"]
        return lambda x: leaky(x, per_channel(slopes, x.shape))
    if name in ("LeakyHardtanh", "LeakyHardTanh"):
        keys = [("min_val", -1.0), ("max_val", 1.0), ("min_slope", 0.01), ("max_slope", 0.01)]
        values = [description.get(key, default) for key, default in keys]
        return lambda x: leaky_hard_tanh(x, *values)
    raise ValueError(f"unknown activation {name}")


def per_channel(slopes, shape):
    if np.ndim(slopes) and len(slopes) != shape[0]:
        raise ValueError(f"{len(slopes)} slopes for {shape[0]} channels")
    return np.broadcast_to(np.reshape(slopes, (-1, 1)), shape)


class Convolution:
    """Causal and dilated: y[t] = Σ_k W[k] x[t − (K − 1 − k) d] + b. A group has its own part of the channels."""

    def __init__(
            self, weights, inputs, outputs, kernel=1, bias=True, dilation=1, groups=1, spread=None, center=0):
        if inputs % groups or outputs % groups:
            raise ValueError(f"{inputs} to {outputs} channels in {groups} groups")
        self.weight = weights.take(outputs, inputs // groups, kernel, spread=spread)
        self.bias = weights.take(outputs, center=center) if bias else None
        self.dilation, self.groups = dilation, groups

    def slim(self, inputs, outputs):
        """Keeps the first inputs and outputs."""
        if self.groups != 1:
            raise ValueError("only one group can be slimmed")
        self.weight = self.weight[:outputs, :inputs]
        self.bias = None if self.bias is None else self.bias[:outputs]

    @property
    def memory(self):
        return (self.weight.shape[2] - 1) * self.dilation

    def __call__(self, x):
        outputs, inputs, kernel = self.weight.shape
        length, rows = x.shape[1], outputs // self.groups
        padded = np.pad(x, ((0, 0), (self.memory, 0)))
        y = np.zeros((outputs, length))
        for g in range(self.groups):
            part = padded[g * inputs:(g + 1) * inputs]
            for k in range(kernel):
                start = k * self.dilation
                y[g * rows:(g + 1) * rows] += self.weight[g * rows:(g + 1) * rows, :, k] @ part[:, start:start + length]
        return y if self.bias is None else y + self.bias[:, None]


class FiLM:
    """scale · x + shift, both linear in the condition; without a shift scale · x."""

    def __init__(self, weights, description, condition, size):
        self.shift = description.get("shift", True)
        rows, groups = size * (2 if self.shift else 1), description.get("groups", 1)
        center = [1.0] * size + [0.0] * (rows - size)
        self.matrix = Convolution(weights, condition, rows, groups=groups, spread=0.6, center=center)

    def slim(self, condition, size):
        self.matrix.slim(condition, size * (2 if self.shift else 1))

    def __call__(self, x, condition):
        y = self.matrix(condition)
        return y[:len(x)] * x + y[len(x):] if self.shift else y * x


class Layer:
    """One layer of an array."""

    def __init__(self, weights, array, index):
        def one_of(key, default=None):
            value = array.get(key, default)
            return value[index] if isinstance(value, list) else value

        channels, condition = array["channels"], array["condition_size"]
        inner = self.inner = array.get("bottleneck", channels)
        self.mode = one_of("gating_mode", "gated" if array.get("gated", False) else "none")
        self.activation = activation(one_of("activation"))
        if self.mode != "none":
            second = one_of("secondary_activation", "Sigmoid") if "gating_mode" in array else "Sigmoid"
            self.second = activation(second)
        self.rows = inner * (1 if self.mode == "none" else 2)
        kernel = array["kernel_sizes"][index] if "kernel_sizes" in array else array["kernel_size"]
        self.convolution = Convolution(
            weights, channels, self.rows, kernel, dilation=array["dilations"][index], groups=array.get("groups_input", 1))
        self.mixin = Convolution(
            weights, condition, self.rows, bias=False, groups=array.get("groups_input_mixin", 1))
        layer, head = array.get("layer1x1", {"active": True, "groups": 1}), array.get("head1x1", {"active": False})
        self.layer = self.head = None
        if layer["active"]:
            self.layer = Convolution(weights, inner, channels, groups=layer["groups"])
        elif inner != channels:
            raise ValueError("a layer without layer1x1 has a bottleneck")
        if head["active"]:
            self.head = Convolution(weights, inner, head["out_channels"], groups=head["groups"])
        self.head_size = head["out_channels"] if head["active"] else inner
        sizes = [channels, self.rows, condition, self.rows, self.rows, inner, channels, self.head_size]
        self.films = {}
        for name, size in zip(FILMS, sizes):
            film = array.get(name, False)
            if film is not False and film.get("active", True):
                if name == "layer1x1_post_film" and not self.layer or name == "head1x1_post_film" and not self.head:
                    raise ValueError(f"{name} is active without its 1x1")
                self.films[name] = FiLM(weights, film, condition, size)

    def slim(self, condition, channels, inner):
        paired = self.rows // self.inner
        self.inner, self.rows = inner, paired * inner
        self.convolution.slim(channels, self.rows)
        self.mixin.slim(condition, self.rows)
        if self.layer:
            self.layer.slim(inner, channels)
        if self.head:
            self.head.slim(inner, self.head_size)
        else:
            self.head_size = inner
        sizes = [channels, self.rows, condition, self.rows, self.rows, inner, channels, self.head_size]
        for name, size in zip(FILMS, sizes):
            if name in self.films:
                self.films[name].slim(condition, size)

    def __call__(self, x, condition):
        """The input of the next layer and the part of the head's sum."""
        def film(name, value):
            return self.films[name](value, condition) if name in self.films else value

        a = film("conv_post_film", self.convolution(film("conv_pre_film", x)))
        a = a + film("input_mixin_post_film", self.mixin(film("input_mixin_pre_film", condition)))
        a = film("activation_pre_film", a)
        first = a[:self.inner]
        z = self.activation(first)
        if self.mode == "gated":
            z = z * self.second(a[self.inner:])
        elif self.mode == "blended":
            share = self.second(a[self.inner:])
            z = share * z + (1 - share) * first
        z = film("activation_post_film", z)
        if self.layer:
            # The core reads the weights of this FiLM in every mode, and applies it in this one only.
            residual = self.layer(z)
            x = x + (film("layer1x1_post_film", residual) if self.mode == "blended" else residual)
        return x, film("head1x1_post_film", self.head(z)) if self.head else z


class Array:
    def __init__(self, weights, description):
        self.description = description
        self.channels, self.condition = description["channels"], description["condition_size"]
        self.inner = description.get("bottleneck", self.channels)
        self.rechannel = Convolution(weights, description["input_size"], self.channels, bias=False)
        self.layers = [Layer(weights, description, index) for index in range(len(description["dilations"]))]
        head = description.get("head") or {
            "out_channels": description["head_size"], "kernel_size": 1, "bias": description["head_bias"]}
        self.outputs = head["out_channels"]
        self.head = Convolution(
            weights, self.layers[0].head_size, self.outputs, head["kernel_size"], head["bias"], head.get("head_dilation", 1))

    @property
    def memory(self):
        return sum(layer.convolution.memory for layer in self.layers) + self.head.memory

    def allowed(self):
        slimmable = self.description.get("slimmable")
        if not isinstance(slimmable, dict):
            return [self.channels]
        return slimmable.get("kwargs", {}).get("allowed_channels", list(range(1, self.channels + 1)))

    def slim(self, inputs, channels, outputs):
        inner = channels if not self.layers[0].layer else max(1, self.inner * channels // self.channels)
        self.rechannel.slim(inputs, channels)
        for layer in self.layers:
            layer.slim(self.condition, channels, inner)
        self.head.slim(self.layers[0].head_size, outputs)
        self.channels, self.inner, self.outputs = channels, inner, outputs

    def __call__(self, x, condition, head):
        x = self.rechannel(x)
        for layer in self.layers:
            x, part = layer(x, condition)
            if np.ndim(head) and head.shape != part.shape:
                raise ValueError(f"a head's sum of {len(head)} channels goes on with {len(part)}")
            head = head + part
        return x, self.head(head)


class WaveNet:
    def __init__(self, weights, config, rate, ratio=1):
        dsp = config.get("condition_dsp")
        self.condition = load(dsp) if dsp is not None else None
        self.arrays = [Array(weights, description) for description in config["layers"]]
        for before, array in zip(self.arrays, self.arrays[1:]):
            if array.channels != before.outputs:
                raise ValueError(f"an array of {array.channels} channels follows a head of {before.outputs}")
        self.post = []
        post = config.get("head")
        if post is not None:
            sizes = [self.arrays[-1].outputs] + [post["channels"]] * (len(post["kernel_sizes"]) - 1) + [post["out_channels"]]
            self.post = [
                Convolution(weights, *pair, kernel) for *pair, kernel in zip(sizes, sizes[1:], post["kernel_sizes"])]
            self.activation = activation(post["activation"])
        self.scale = float(weights.take(1, spread=0, center=config["head_scale"])[0])
        weights.end()
        if ratio < 1 and any(len(array.allowed()) > 1 for array in self.arrays):
            self.slim(ratio)

    def slim(self, ratio):
        sizes = [array.allowed()[min(int(ratio * len(array.allowed())), len(array.allowed()) - 1)] for array in self.arrays]
        if sizes == [array.channels for array in self.arrays]:
            return
        inputs = [self.arrays[0].rechannel.weight.shape[1]] + sizes
        for array, *counts in zip(self.arrays, inputs, sizes, sizes[1:] + [self.arrays[-1].outputs]):
            array.slim(*counts)

    @property
    def zeros(self):
        memory = sum(array.memory for array in self.arrays) + sum(convolution.memory for convolution in self.post)
        return memory + (1 if self.condition is None else self.condition.zeros)

    def __call__(self, x):
        condition = x if self.condition is None else self.condition(x)
        head = 0
        for array in self.arrays:
            x, head = array(x, condition, head)
        y = self.scale * head
        for convolution in self.post:
            y = convolution(self.activation(y))
        return y


class LSTM:
    def __init__(self, weights, config, rate, ratio=1):
        inputs, hidden, outputs = config["input_size"], config["hidden_size"], config.get("out_channels", 1)
        self.cells = []
        for _ in range(config["num_layers"]):
            self.cells.append([
                weights.take(4 * hidden, inputs + hidden), weights.take(4 * hidden), weights.take(hidden), weights.take(hidden)])
            inputs = hidden
        self.weight, self.bias = weights.take(outputs, hidden), weights.take(outputs)
        weights.end()
        self.zeros = max(1, int(0.5 * rate))

    def __call__(self, x):
        if not self.cells:
            return x
        y = np.empty((len(self.bias), x.shape[1]))
        states = [(h, c) for _, _, h, c in self.cells]
        for t in range(x.shape[1]):
            value = x[:, t]
            for index, (weight, bias, _, _) in enumerate(self.cells):
                h, c = states[index]
                i, f, g, o = np.split(weight @ np.concatenate([value, h]) + bias, 4)
                c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
                value = sigmoid(o) * np.tanh(c)
                states[index] = value, c
            y[:, t] = self.weight @ value + self.bias
        return y


class ConvNet:
    def __init__(self, weights, config, rate, ratio=1):
        inputs, channels = config.get("in_channels", 1), config["channels"]
        normalized = config["batchnorm"]
        self.activation = activation(config["activation"])
        self.blocks = []
        for dilation in config["dilations"]:
            block = Convolution(weights, inputs, channels, 2, not normalized, dilation, config.get("groups", 1))
            scale, shift = np.ones(channels), np.zeros(channels)
            if normalized:
                mean, variance = weights.take(channels), weights.take(channels, spread=0.5, center=1)
                scale, shift = weights.take(channels, spread=0.5, center=1), weights.take(channels)
                scale = scale / np.sqrt(variance + weights.take(1, spread=0, center=0.001)[0])
                shift = shift - scale * mean
            self.blocks.append((block, scale[:, None], shift[:, None]))
            inputs = channels
        self.head = Convolution(weights, channels, config.get("out_channels", 1))
        weights.end()
        self.zeros = 1 + sum(config["dilations"])

    def __call__(self, x):
        for block, scale, shift in self.blocks:
            x = self.activation(scale * block(x) + shift)
        return self.head(x)


class Linear:
    zeros = 0

    def __init__(self, weights, config, rate, ratio=1):
        self.response = weights.take(config["receptive_field"], spread=0.3)
        self.bias = weights.take(1)[0] if config["bias"] else 0
        weights.end()

    def __call__(self, x):
        return np.array([np.convolve(row, self.response)[:len(row)] for row in x]) + self.bias


def submodel(config, ratio):
    """The part of a container that plays at a ratio."""
    entries = config["submodels"]
    return next((entry["model"] for entry in entries if ratio < entry["max_value"]), entries[-1]["model"])


def load(model, ratio=1, weights=None):
    """The network of a model, of its weights or of those that are drawn."""
    if model["architecture"] == "SlimmableContainer":
        return load(submodel(model["config"], ratio))
    kind = {"WaveNet": WaveNet, "LSTM": LSTM, "ConvNet": ConvNet, "Linear": Linear}[model["architecture"]]
    rate = model.get("sample_rate", -1)
    return kind(Weights(model["weights"]) if weights is None else weights, model["config"], rate, ratio)


def render(model, samples, ratio=1):
    """What a model makes of samples after its first reset, of its first output."""
    network = load(model, ratio)
    zeros = math.ceil(network.zeros / BLOCK) * BLOCK
    return network(np.concatenate([np.zeros(zeros), samples])[None])[0, zeros:]
