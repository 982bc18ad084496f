import CKodama
import Kodama
import KodamaC

extension FuzzTarget {
  /// What generation takes.
  static let generationTargets = [
    FuzzTarget("features", "features.json of a folder of features", form: .text, seeds: { ExampleBytes.features }) {
      bytes, folder in
      try write(bytes, to: folder + "/features.json")
      if let convention = try FeatureFolder(folder).convention {
        _ = try LogMel(convention)([Float](repeating: 0.1, count: 100))
      }
    },
    FuzzTarget("labels", "labels of outputs: set=label", form: .text, seeds: { ExampleBytes.labels }) { bytes, _ in
      let options = String(decoding: bytes, as: UTF8.self).split(separator: "\n").map(String.init)
      _ = try ExampleModels.conditioning.conditions(options: options, count: nil)
    },
    FuzzTarget("kept-layers", "layers kept by their names", form: .text, seeds: { ExampleBytes.keptLayers }) {
      bytes, _ in
      _ = try Quantization(
        .int8, keeping: String(decoding: bytes, as: UTF8.self), in: ExampleModels.models[0].configuration)
    },
    FuzzTarget("stream-state", "the state of a stream", seeds: { try ExampleModels.states }) { bytes, _ in
      var stream = WaveNetStream(try StreamState(bytes, for: ExampleModels.engine))
      for _ in 0..<20 where stream.availableSamples ?? 1 > 0 {
        let code = stream.next()
        precondition((0..<ExampleModels.engine.levels).contains(code), "code \(code)")
      }
    },
    FuzzTarget("samples", "samples and features through the C interface", seeds: { ExampleBytes.floats }) { bytes, _ in
      let numbers = bytes.withUnsafeBytes { bytes in
        (0..<bytes.count / 4).map { bytes.loadUnaligned(fromByteOffset: 4 * $0, as: Float.self) }
      }
      try ExampleModels.withStream { stream in
        let channels = 3
        var status = kodama_stream_add_features(stream, numbers, numbers.count / channels, nil)
        precondition(status == KODAMA_OK || status == KODAMA_BAD_DATA, "status \(status)")
        let available = kodama_stream_available(stream)
        status = kodama_stream_prime(stream, numbers, min(numbers.count, available / 2), nil)
        precondition(status == KODAMA_OK || status == KODAMA_BAD_DATA, "status \(status)")
        var samples = [Float](repeating: 0, count: min(50, kodama_stream_available(stream)))
        status = kodama_stream_fill(stream, &samples, samples.count, nil)
        precondition(status == KODAMA_OK || status == KODAMA_BAD_DATA, "status \(status)")
        precondition(samples.allSatisfy { abs($0) <= 1 }, "a sample beyond full scale")
      }
    },
  ]
}
