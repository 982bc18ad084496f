"""Makes the graphs that onnxruntime is timed on beside those of `kodama export`: with the past outside, and in its own
int8."""

import logging

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_dynamic, quantize_static
from peers import onnx_generator
from peers.model import Model, codes


class Graph:
    """Nodes and constants; every node's output has a name of its own."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, array):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def add(self, kind, inputs, outputs, **attributes):
        outputs = [outputs] if isinstance(outputs, str) else outputs
        self.nodes.append(helper.make_node(kind, inputs, outputs, **attributes))
        return outputs if len(outputs) > 1 else outputs[0]

    def layer(self, x, name, matrix, bias):
        return self.add("Gemm", [x, self.constant(name + ".w", matrix), self.constant(name + ".b", bias)], name)


def write_ringed(model, file, joined):
    """codes [batch], taps [batch, blocks, R] → logits [batch, classes], inputs [batch, blocks, R]."""
    graph, blocks = Graph(), len(model.dilations)
    x = graph.add("Gather", [graph.constant("embedding", model.tensors["embedding.weight"]), "codes"], "x.0")
    flat = graph.add("Flatten", ["taps"], "flat")
    taps = graph.add("Split", [flat], [f"tap.{i}" for i in range(blocks)], axis=1)
    inputs, gated, total = [], [], None
    for i in range(blocks):
        inputs.append(x)
        both = graph.add("Concat", [taps[i], x], f"both.{i}", axis=1)
        z = graph.layer(both, f"z.{i}", model.matrix(f"blocks.{i}.dilated"), model.bias(f"blocks.{i}.dilated"))
        f, g = graph.add("Split", [z], [f"f.{i}", f"g.{i}"], axis=1)
        y = graph.add("Mul", [graph.add("Tanh", [f], f"tanh.{i}"), graph.add("Sigmoid", [g], f"sigmoid.{i}")], f"y.{i}")
        gated.append(y)
        if not joined:
            skip = graph.layer(y, f"skip.{i}", model.matrix(f"blocks.{i}.skip"), model.bias(f"blocks.{i}.skip"))
            total = skip if total is None else graph.add("Add", [total, skip], f"total.{i}")
        if i < blocks - 1:
            path = f"blocks.{i}.residual"
            x = graph.add("Add", [x, graph.layer(y, f"r.{i}", model.matrix(path), model.bias(path))], f"x.{i + 1}")
    if joined:
        total = graph.layer(graph.add("Concat", gated, "gated", axis=1), "total", *model.joined_skip())
    hidden = graph.layer(graph.add("Relu", [total], "relu.0"), "hidden", model.matrix("head.0"), model.bias("head.0"))
    graph.layer(graph.add("Relu", [hidden], "relu.1"), "logits", model.matrix("head.1"), model.bias("head.1"))
    shape = graph.constant("shape", np.array([-1, blocks, model.residual]))
    graph.add("Reshape", [graph.add("Concat", inputs, "row", axis=1), shape], "inputs")

    def value(name, kind, *shape):
        return helper.make_tensor_value_info(name, kind, ["batch", *shape])

    past = [TensorProto.FLOAT, blocks, model.residual]
    made = helper.make_graph(
        graph.nodes, "step", [value("codes", TensorProto.INT64), value("taps", *past)],
        [value("logits", TensorProto.FLOAT, model.classes), value("inputs", *past)], graph.constants)
    onnx.save(helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), file)


class Steps(CalibrationDataReader):
    """What a graph is fed with at every eighth of some hundred steps."""

    def __init__(self, folder, graph, model):
        generator = onnx_generator.generator(folder, graph, "f32", 1)
        feeds = []
        for step, code in enumerate(codes(400, 1, model.classes)):
            generator.step(code)
            if step % 8 == 0:
                feeds.append(generator.feeds())
        self.feeds = iter(feeds)

    def get_next(self):
        return next(self.feeds, None)


def write_all(folder):
    """Writes every graph beside the exported ones."""
    logging.disable(logging.WARNING)
    model = Model(folder)
    for graph in onnx_generator.GRAPHS:
        f32 = onnx_generator.path(folder, graph)
        if graph != "exported":
            write_ringed(model, f32, joined=graph == "joined")
        layers = {"op_types_to_quantize": ["Gemm", "MatMul"], "weight_type": QuantType.QInt8}
        quantize_dynamic(f32, onnx_generator.path(folder, graph, "dynamic"), **layers)
        for form, kind in [("static-qdq", QuantFormat.QDQ), ("static-qoperator", QuantFormat.QOperator)]:
            quantize_static(
                f32, onnx_generator.path(folder, graph, form), Steps(folder, graph, model), quant_format=kind, **layers)
