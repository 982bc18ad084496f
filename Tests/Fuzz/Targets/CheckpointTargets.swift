import CKodama
import KodamaC
import Kodama

extension FuzzTarget {
  /// Files of models and of features.
  static let checkpointTargets = [
    FuzzTarget("json", "JSON text", form: .text, seeds: { ExampleBytes.json }) { bytes, _ in
      let value = try JSON(parsing: bytes, path: "input.json")
      let again = try JSON(parsing: Array(value.indentedText.utf8), path: "again.json")
      precondition(again == value, "what was written is read as something else")
    },
    FuzzTarget(
      "config", "config.json of a model", form: .text, seeds: { try ExampleModels.folders.map { $0["config.json"]! } }
    ) {
      bytes, folder in
      try write(bytes, to: folder + "/config.json")
      let description = try ModelDescription(folder + "/config.json")
      let network = WaveNet(description.configuration)
      precondition(network.declarations.allSatisfy { $0.shape.count > 0 }, "a parameter without elements")
    },
    FuzzTarget(
      "safetensors", "a safetensors file", seeds: { try ExampleModels.folders.map { $0["model.safetensors"]! } }
    ) { bytes, folder in
      try write(bytes, to: folder + "/x.safetensors")
      let reader = try SafetensorsReader(folder + "/x.safetensors")
      for name in reader.names { _ = try? reader.tensor(name) }
    },
    FuzzTarget(
      "model", "the folder of a model, by kodama_model_load: config.json, a zero byte, model.safetensors", form: .text,
      seeds: {
        try ExampleModels.folders.map { $0["config.json"]! + [0] + $0["model.safetensors"]! }
      }
    ) { bytes, folder in
      let end = bytes.firstIndex(of: 0) ?? bytes.endIndex
      try write(Array(bytes[..<end]), to: folder + "/config.json")
      try write(Array(bytes[end...].dropFirst()), to: folder + "/model.safetensors")
      // For the fault, which C gives as a status and a message.
      _ = try WaveNetEngine(InferenceModel.load(folder))
      var (model, stream) = (OpaquePointer?.none, OpaquePointer?.none)
      precondition(kodama_model_load(folder, &model, nil) == KODAMA_OK, "C refuses what Swift takes")
      defer { kodama_model_free(model) }
      precondition(kodama_stream_create(model, 1, 0, nil, &stream, nil) == KODAMA_OK, "no stream of a model")
      defer { kodama_stream_free(stream) }
      var samples = [Float](repeating: 0, count: 20)
      let status = kodama_stream_fill(stream, &samples, min(20, kodama_stream_available(stream)), nil)
      // Weights that are finite may have sums that are not, and labels were not given.
      precondition([KODAMA_OK, KODAMA_BAD_DATA, KODAMA_USAGE].contains(status), "status \(status)")
      precondition(samples.allSatisfy { abs($0) <= 1 }, "a sample beyond full scale")
    },
    FuzzTarget(
      "mapping", "a mapping of another program's weights", form: .text, seeds: { ExampleBytes.mappings }
    ) { bytes, folder in
      try write(bytes, to: folder + "/mapping.json")
      let mapping = try WeightMapping(folder + "/mapping.json")
      let shapes: [(String, Shape)] = [
        ("a", [2, 3]), ("b.0", [2, 3]), ("b.1", [6]), ("c_g", [2, 1]), ("c_v", [2, 3]), ("d", [3, 1]),
      ]
      let tensors = shapes.map { StoredTensor($0, $1, [Float](repeating: 1, count: $1.count)) }
      try SafetensorsWriter.write(tensors, to: folder + "/weights.safetensors", existing: .replace)
      let declarations = ["x", "y.0", "y.1"].map { ParameterDeclaration($0, [3, 2], .constant(0)) }
      let files = try WeightFiles(folder + "/weights.safetensors")
      let parameters = try WeightAssignment(mapping, files, declarations: declarations, last: 1).parameters()
      precondition(parameters.names == declarations.map(\.name), "other parameters than the network's")
    },
    FuzzTarget("npy", "a .npy file", seeds: { ExampleBytes.npy }) { bytes, folder in
      try write(bytes, to: folder + "/x.npy")
      let file = try NumpyFile(folder + "/x.npy")
      _ = try file.read(rows: 0..<min(file.rows, 3))
      _ = try file.read(rows: 0..<file.rows)
    },
    FuzzTarget("npy-stream", "the rows of a .npy stream", seeds: { ExampleBytes.npyRows }) { bytes, _ in
      var rest = bytes[...]
      var rows = try NumpyRows(path: "a stream") { buffer in
        // A pipe brings what it likes.
        let part = rest.prefix(min(buffer.count, 13))
        buffer.copyBytes(from: part)
        rest = rest.dropFirst(part.count)
        return part.count
      }
      while let row = try rows.next() { precondition(row.count == rows.columns && row.allSatisfy(\.isFinite)) }
    },
  ]
}
