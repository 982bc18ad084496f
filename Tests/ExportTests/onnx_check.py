"""Runs the two graphs of an export in onnxruntime on the same input:

    python3 Tests/ExportTests/onnx_check.py FOLDER BATCH TIME

FOLDER holds wavenet.onnx, wavenet-step.onnx and `input`, [BATCH, TIME] codes (little-endian int32) or samples (float32),
and of a conditioned model label_NAME, [BATCH] labels (int32), for every label set.
Writes `full` and `step`, the logits [BATCH, TIME, classes] (float32) of the full pass and of TIME steps from an empty
past. Needs onnxruntime and numpy.
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime


def session(path):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def main():
    folder, batch, time = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    full, step = session(folder / "wavenet.onnx"), session(folder / "wavenet-step.onnx")
    name = full.get_inputs()[0].name
    stored, fed = ("<i4", np.int64) if name == "codes" else ("<f4", np.float32)
    x = np.fromfile(folder / "input", stored).reshape(batch, time).astype(fed)

    labels = {i.name: np.fromfile(folder / i.name, "<i4").astype(np.int64)
              for i in full.get_inputs() if i.name.startswith("label_")}

    full.run(["logits"], {name: x, **labels})[0].tofile(folder / "full")

    pasts = [i for i in step.get_inputs() if i.name.startswith("past_")]
    state = {i.name: np.zeros([batch] + i.shape[1:], np.float32) for i in pasts}
    outputs = ["logits"] + [i.name.replace("past", "present") for i in pasts]
    logits = []
    for t in range(time):
        result = step.run(outputs, {name: x[:, t], **labels, **state})
        logits.append(result[0])
        state = dict(zip(state, result[1:]))
    np.stack(logits, 1).tofile(folder / "step")


if __name__ == "__main__":
    main()
