"""Runs an exported network on maps in onnxruntime:

    python3 Tests/ExportTests/classifier_check.py FOLDER BATCH

FOLDER holds the ONNX file and `input`, BATCH maps (float32). Writes each output of the graph to a file of its name, and
the metadata, a line `key=value` each with line breaks as `|`, to `metadata`. Needs onnxruntime and numpy.
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime

folder, batch = Path(sys.argv[1]), int(sys.argv[2])
session = onnxruntime.InferenceSession(next(folder.glob("*.onnx")), providers=["CPUExecutionProvider"])
shape = session.get_inputs()[0].shape
maps = np.fromfile(folder / "input", "<f4").reshape(batch, *shape[1:])
names = [output.name for output in session.get_outputs()]
for name, values in zip(names, session.run(names, {session.get_inputs()[0].name: maps})):
    values.astype("<f4").tofile(folder / name)
about = session.get_modelmeta().custom_metadata_map
(folder / "metadata").write_text("".join(f"{k}={v}\n".replace("\n", "|")[:-1] + "\n" for k, v in about.items()))
