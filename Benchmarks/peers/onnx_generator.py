"""onnxruntime as a generator: one step of a graph after the other, on one thread, its memory bound once."""

from pathlib import Path

import numpy as np
import onnxruntime
from peers.model import Model, Rings

# Where the past is kept, and how the skip layers are computed. "exported" is the file of `kodama export`, whose graph
# shifts the past; the others keep it in rings outside, and the last has all skip layers as one product at the end.
GRAPHS = ["exported", "rings", "joined"]
# onnxruntime's own ways to int8.
INT8 = ["dynamic", "static-qdq", "static-qoperator"]


def path(folder, graph, form="f32"):
    """The file of a graph; those of `kodama export` have names of their own."""
    exported = {"f32": "onnx", "kodama-int8": "onnx-int8"}
    if graph == "exported" and form in exported:
        return str(Path(folder) / exported[form] / "wavenet-step.onnx")
    return str(Path(folder) / "onnx" / f"{graph}.{form}.onnx")


def session(file):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])


def bind(bind_array, name, array):
    bind_array(name, "cpu", 0, array.dtype.type, array.shape, array.ctypes.data)


class Exported:
    """The graph with its past as inputs and outputs; two sets of memory take turns."""

    def __init__(self, file, batch):
        self.session = session(file)
        shapes = {i.name: [batch] + i.shape[1:] for i in self.session.get_inputs() if i.name.startswith("past_")}
        self.codes = np.zeros(batch, np.int64)
        self.logits = np.zeros([batch, self.session.get_outputs()[0].shape[1]], np.float32)
        self.pasts = [{name: np.zeros(shape, np.float32) for name, shape in shapes.items()} for _ in range(2)]
        self.bindings = []
        for now in range(2):
            binding = self.session.io_binding()
            bind(binding.bind_input, "codes", self.codes)
            bind(binding.bind_output, "logits", self.logits)
            for name in shapes:
                bind(binding.bind_input, name, self.pasts[now][name])
                bind(binding.bind_output, name.replace("past", "present"), self.pasts[1 - now][name])
            self.bindings.append(binding)
        self.time = 0

    def feeds(self):
        return {"codes": self.codes.copy(), **{k: v.copy() for k, v in self.pasts[self.time % 2].items()}}

    def step(self, codes):
        self.codes[:] = codes
        self.session.run_with_iobinding(self.bindings[self.time % 2])
        self.time += 1
        return self.logits


class Ringed:
    """The graph that takes the oldest inputs of its blocks and gives the newest."""

    def __init__(self, file, batch, model):
        self.session = session(file)
        self.rings = Rings(model, batch)
        self.codes = np.zeros(batch, np.int64)
        self.logits = np.zeros([batch, model.classes], np.float32)
        self.binding = self.session.io_binding()
        bind(self.binding.bind_input, "codes", self.codes)
        bind(self.binding.bind_input, "taps", self.rings.taps)
        bind(self.binding.bind_output, "logits", self.logits)
        bind(self.binding.bind_output, "inputs", self.rings.inputs)

    def feeds(self):
        self.rings.read()
        return {"codes": self.codes.copy(), "taps": self.rings.taps.copy()}

    def step(self, codes):
        self.codes[:] = codes
        self.rings.read()
        self.session.run_with_iobinding(self.binding)
        self.rings.write()
        return self.logits


def generator(folder, graph, form, batch):
    file = path(folder, graph, form)
    return Exported(file, batch) if graph == "exported" else Ringed(file, batch, Model(folder))


def reference(folder, codes):
    """The logits [steps, batch, classes] of the full pass that `kodama export` wrote."""
    full = session(str(Path(folder) / "onnx" / "wavenet.onnx"))
    return full.run(["logits"], {"codes": np.ascontiguousarray(codes.T)})[0].transpose(1, 0, 2)
