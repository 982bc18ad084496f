"""The models of Golden: one for each construct of the .nam format, with few channels and seeded weights. Used by
nam_golden.py.
"""

from nam_interpreter import FILMS, PLAIN, Drawn, load

RATE = 48000


def model(architecture, config, **more):
    return {"version": "0.7.0", "architecture": architecture, "config": config, "sample_rate": RATE, **more}


def array(**changes):
    """A layer array of three channels."""
    base = dict(input_size=1, condition_size=1, channels=3, kernel_size=3, dilations=[1, 2], activation="Tanh",
                gating_mode="none", head_size=1, head_bias=True)
    merged = {**base, **changes}
    return {key: value for key, value in merged.items() if value is not None}


def wavenet(*arrays, head_scale=0.8, **config):
    return model("WaveNet", {"layers": list(arrays), "head": None, "head_scale": head_scale, **config})


def lstm(layers, hidden, **config):
    return model("LSTM", {"input_size": 1, "hidden_size": hidden, "num_layers": layers, **config})


def convnet(batchnorm, function="Tanh", **config):
    return model("ConvNet", {
        "channels": 4, "dilations": [1, 2, 4, 8], "batchnorm": batchnorm, "activation": function, **config})


def linear(length, bias, **config):
    return model("Linear", {"receptive_field": length, "bias": bias, **config})


def one_by_one(groups, outputs=None):
    return {"active": True, "groups": groups} | ({} if outputs is None else {"out_channels": outputs})


def films(**film):
    return {name: {"active": True, **film} for name in FILMS}


def slimming(*channels):
    return {"method": "slice_channels_uniform", "kwargs": {"allowed_channels": list(channels)}}


def condition(outputs):
    """A model that makes a condition of several channels."""
    return wavenet(array(channels=2, head_size=outputs, dilations=[1, 3], kernel_size=2), head_scale=1.5)


A2_KERNELS = [6] * 14 + [15, 15] + [6] * 7
A2_DILATIONS = [1, 3, 7, 17, 41, 101, 239] * 2 + [1, 13] + [1, 3, 7, 17, 41, 101, 239]
A2_SLOPE = {"type": "LeakyReLU", "negative_slope": 0.01}


def a2(channels, kernels, dilations):
    """The form of the trainer's A2, with all keys that it writes."""
    count = len(kernels)
    inactive = {name: {"active": False, "shift": True, "groups": 1} for name in FILMS}
    return wavenet(dict(
        input_size=1, condition_size=1, head={"out_channels": 1, "kernel_size": 16, "bias": True}, channels=channels,
        kernel_sizes=kernels, dilations=dilations, activation=[A2_SLOPE] * count, bottleneck=channels,
        head1x1={"active": False, "out_channels": 1, "groups": 1}, layer1x1=one_by_one(1), groups_input=1,
        groups_input_mixin=1, **inactive, gating_mode=["none"] * count, secondary_activation=[None] * count,
        slimmable=None), head_scale=0.1)


METADATA = {
    "date": {"year": 2026, "month": 2, "day": 28, "hour": 23, "minute": 59, "second": 0}, "loudness": -21.5, "gain": 0.25,
    "name": "Röhre \u201e1\u201c", "modeled_by": None, "gear_type": "pedal_amp", "gear_make": "", "gear_model": "Ampère",
    "tone_type": "crunch", "input_level_dbu": 12.5, "output_level_dbu": 4,
    "training": {"settings": {"ignore_checks": False}, "validation_esr": None, "data": {"checks": {"passed": True}}},
}


def models():
    """Name to model without weights, and the ratios that slimmable ones are rendered at."""
    plain = {
        "wavenet-one-array": {
            **wavenet(array(gating_mode=None, gated=False, head_bias=False)), "version": "0.5.0", "sample_rate": None},
        "wavenet-two-arrays": wavenet(
            array(channels=4, head_size=2, head_bias=False),
            array(input_size=4, channels=2, dilations=[1, 2, 4])),
        "wavenet-three-arrays": wavenet(
            array(channels=2, head_size=4, activation="ReLU"),
            array(input_size=2, channels=4, head_size=3, kernel_size=2, dilations=[4]),
            array(input_size=4, channels=3, activation="Softsign", kernel_size=1, dilations=[7, 1])),
        "wavenet-16-8": wavenet(
            array(channels=16, head_size=8, head_bias=False, dilations=[1, 16]),
            array(input_size=16, channels=8, dilations=[2, 32])),
        "wavenet-12": wavenet(array(channels=12, dilations=[2, 5])),
        "wavenet-a2-lite": a2(3, A2_KERNELS, A2_DILATIONS),
        "wavenet-a2-8": a2(8, [6, 15, 6], [1, 13, 3]),
        "wavenet-two-outputs": wavenet(array(head_size=2)),
        "bottleneck-narrow": wavenet(array(channels=4, bottleneck=2)),
        "bottleneck-wide": wavenet(array(bottleneck=5, gating_mode="gated")),
        "kernel-sizes": wavenet(
            array(kernel_size=None, kernel_sizes=[1, 4, 2], dilations=[3, 2, 9], activation=["Tanh", "ReLU", "SiLU"])),
        "groups": wavenet(array(
            channels=4, bottleneck=6, groups_input=2, layer1x1=one_by_one(2), head1x1=one_by_one(3, 3))),
        "groups-gated": wavenet(array(
            channels=4, gating_mode="gated", groups_input=4, layer1x1=one_by_one(2), head1x1=one_by_one(4, 8))),
        "groups-depthwise": wavenet(array(
            channels=4, groups_input=4, layer1x1=one_by_one(4), head1x1=one_by_one(4, 4))),
        "groups-mixin": wavenet(
            array(channels=4, condition_size=2, groups_input_mixin=2), condition_dsp=condition(2)),
        "gated-flag": wavenet(array(gating_mode=None, gated=True, secondary_activation="ReLU")),
        "gated": wavenet(array(gating_mode="gated", gated=False)),
        "gated-secondary": wavenet(array(
            gating_mode="gated", activation="ReLU", secondary_activation={"type": "Hardtanh", "min_val": -2})),
        "blended": wavenet(array(gating_mode="blended", channels=4)),
        "blended-secondary": wavenet(array(
            gating_mode="blended", activation={"type": "PReLU", "negative_slopes": [0.3, -0.2, 0.1]},
            secondary_activation={"type": "PReLU", "negative_slopes": [0.5, 0.05, 0.2]})),
        "gating-list": wavenet(array(
            dilations=[1, 2, 3, 4], gating_mode=["none", "gated", "blended", "gated"],
            activation=["Tanh", "Softsign", "Tanh", {"type": "SiLU"}],
            secondary_activation=[None, "Hardswish", {"type": "LeakyHardtanh", "min_val": 0, "max_val": 0.9}, "Tanh"])),
        "gating-list-one-secondary": wavenet(array(
            gating_mode=["gated", "none"], secondary_activation="Softsign")),
        "gating-list-no-secondary": wavenet(array(gating_mode=["none", "blended"])),
        "layer1x1-inactive": wavenet(array(layer1x1={"active": False, "groups": 1})),
        "layer1x1-inactive-gated": wavenet(array(layer1x1={"active": False, "groups": 1}, gating_mode="gated")),
        "head1x1": wavenet(
            array(channels=4, head1x1=one_by_one(1, 6), head_size=2),
            array(input_size=4, channels=2, bottleneck=4, head1x1=one_by_one(2, 2), gating_mode="blended")),
        "array-head": wavenet(
            array(head={"out_channels": 2, "kernel_size": 4, "bias": False}, head_size=None, head_bias=None),
            array(input_size=3, channels=2, head_size=7, head_bias=None,
                  head={"out_channels": 1, "kernel_size": 3, "bias": True, "head_dilation": 5})),
        "post-head": wavenet(
            array(head_size=2),
            head={"channels": 3, "out_channels": 1, "kernel_sizes": [3, 1, 2], "activation": "Tanh", "in_channels": 2}),
        "post-head-one": wavenet(
            array(head_size=3),
            head={"channels": 9, "out_channels": 1, "kernel_sizes": [5],
                  "activation": {"type": "PReLU", "negative_slopes": [0.5, 0.1, -0.3]}}),
        "head-scale": wavenet(array()),
        "metadata": {**wavenet(array(channels=2)), "version": "0.5.4", "notes": ["read past"], "metadata": METADATA},
        "condition": wavenet(
            array(condition_size=3, head_size=2), array(input_size=3, condition_size=3, channels=2),
            condition_dsp=condition(3)),
        "condition-nested": wavenet(
            array(condition_size=2),
            condition_dsp=wavenet(array(condition_size=4, channels=4, head_size=2), condition_dsp=condition(4))),
        "condition-lstm": wavenet(array(), condition_dsp=lstm(1, 3)),
        "condition-convnet": wavenet(array(), condition_dsp=convnet(False)),
        "condition-linear": wavenet(array(), condition_dsp=linear(9, True)),
        "film-all": wavenet(array(head1x1=one_by_one(1, 2), **films())),
        "film-gated": wavenet(array(gating_mode="gated", bottleneck=2, head1x1=one_by_one(1, 4), **films(shift=True))),
        "film-blended": wavenet(array(gating_mode="blended", bottleneck=5, head1x1=one_by_one(1, 2), **films(shift=False))),
        "film-groups": wavenet(
            array(channels=4, condition_size=2, gating_mode="blended", head1x1=one_by_one(1, 4), **films(groups=2)),
            condition_dsp=condition(2)),
        "film-groups-no-shift": wavenet(
            array(channels=4, condition_size=4, head1x1=one_by_one(1, 4), **films(groups=4, shift=False)),
            condition_dsp=condition(4)),
        "film-default": wavenet(array(conv_pre_film={}, conv_post_film=False, activation_pre_film={"shift": False})),
        "everything": wavenet(
            array(channels=4, condition_size=2, bottleneck=2, kernel_size=None, kernel_sizes=[2, 4, 1], dilations=[3, 1, 2],
                  activation=["SiLU", {"type": "PReLU", "negative_slopes": [0.2, 0.1]}, "Softsign"],
                  gating_mode=["blended", "gated", "none"], secondary_activation=["Sigmoid", "Hardswish", None],
                  groups_input=2, groups_input_mixin=2, layer1x1=one_by_one(2), head1x1=one_by_one(2, 4), head_size=6,
                  **films(groups=2)),
            array(input_size=4, condition_size=2, channels=6, kernel_size=2, gating_mode="gated", groups_input=6,
                  layer1x1=one_by_one(3), **{**films(shift=False), "head1x1_post_film": {"active": False}},
                  head={"out_channels": 2, "kernel_size": 2, "bias": True, "head_dilation": 2}),
            head={"channels": 2, "out_channels": 1, "kernel_sizes": [2, 2], "activation": "Softsign"},
            condition_dsp=condition(2), head_scale=3),
        "lstm-1": lstm(1, 3),
        "lstm-3": lstm(3, 4),
        "lstm-8": lstm(2, 8),
        "lstm-0": lstm(0, 2),
        "convnet": convnet(False),
        "convnet-batchnorm": convnet(True, "SiLU"),
        "convnet-activation": convnet(True, {"type": "PReLU", "negative_slopes": [0.3, -0.1, 0.2, 0.05]}),
        "linear": linear(24, True),
        "linear-no-bias": linear(7, False, implementation="Direct"),
        "linear-fft": linear(40, True, implementation="partitioned-FFT"),
        "linear-long": linear(600, True),
    }
    for name in FILMS:
        both = {name: {"active": True, "shift": True, "groups": 1}}, {name: {"active": True, "shift": False, "groups": 1}}
        plain[name.replace("_", "-")] = wavenet(
            array(head_size=2, gating_mode="blended", head1x1=one_by_one(1, 3), **both[0]),
            array(input_size=3, channels=2, head1x1=one_by_one(1, 2), gating_mode="blended", **both[1]))
    objects = {
        "leaky-relu-slope": {"type": "LeakyReLU", "negative_slope": 0.2}, "leaky-relu-object": {"type": "LeakyReLU"},
        "prelu-slope": {"type": "PReLU", "negative_slope": 0.25, "negative_slopes": [0.9]},
        "prelu-slopes": {"type": "PReLU", "negative_slopes": [0.25, 0.5, -0.125]},
        "leaky-hardtanh-values": {
            "type": "LeakyHardTanh", "min_val": -0.5, "max_val": 0.75, "min_slope": 0.1, "max_slope": 0.2},
    }
    for name in [*PLAIN, "LeakyReLU", "PReLU", "LeakyHardtanh"]:
        objects[name.lower()] = name
    for name, value in objects.items():
        plain["activation-" + name] = wavenet(array(activation=value), head_scale=0.25)
    slimmed = {
        "slimmable": wavenet(array(slimmable=slimming(1, 2, 3))),
        "slimmable-default": wavenet(array(channels=2, slimmable={"method": "slice_channels_uniform"})),
        "slimmable-two-arrays": wavenet(
            array(channels=6, head_size=4, bottleneck=3, slimmable=slimming(2, 6)),
            array(input_size=6, channels=4, layer1x1={"active": False, "groups": 1}, slimmable=slimming(1, 3, 4))),
        "slimmable-gated": wavenet(array(channels=4, gating_mode="gated", head1x1=one_by_one(1, 3),
                                         slimmable=slimming(1, 3, 4), **films())),
        "slimmable-blended": wavenet(array(channels=4, gating_mode="blended", slimmable=slimming(2, 4),
                                           activation_pre_film={}, layer1x1_post_film={"shift": False})),
        "slimmable-condition": wavenet(
            array(condition_size=2, slimmable=slimming(2, 3)), condition_dsp=condition(2)),
        "container": model("SlimmableContainer", {"submodels": [
            {"max_value": 0.33, "model": lstm(1, 2)},
            {"max_value": 0.66, "model": wavenet(array(channels=2))},
            {"max_value": 1, "model": wavenet(array(channels=4))}]}),
        "container-slimmable": model("SlimmableContainer", {"submodels": [
            {"max_value": 0.5, "model": linear(5, False)},
            {"max_value": 1.5, "model": wavenet(array(slimmable=slimming(1, 3)))}]}),
    }
    return plain, slimmed


RATIOS = [0, 0.4, 0.5, 0.9]
# Where the plain spread would leave bends unreached, or the signal faint.
GAINS = {"activation-hardtanh": 4.0, "activation-leakyhardtanh": 4.0, "activation-hardswish": 2.0}
GAINS |= {"lstm-1": 2.0, "lstm-3": 3.0, "lstm-8": 2.0, "convnet": 1.5, "convnet-batchnorm": 1.5, "convnet-activation": 1.5}


def fill(description, seed, gain=1.0):
    """Draws the weights of a model and of those in it."""
    config = description["config"]
    if config.get("condition_dsp") is not None:
        fill(config["condition_dsp"], seed + 1, gain)
    for index, entry in enumerate(config.get("submodels", [])):
        fill(entry["model"], seed + 1 + index, gain)
    description["weights"] = []
    if description["architecture"] != "SlimmableContainer":
        drawn = Drawn(seed, gain)
        load(description, weights=drawn)
        description["weights"] = drawn.drawn
    if description.get("sample_rate", RATE) is None:
        del description["sample_rate"]
    return description
