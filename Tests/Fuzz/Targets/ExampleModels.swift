import CKodama
import Foundation
import Kodama
import KodamaC
import TestSupport

/// The smallest models of each kind.
enum ExampleModels {
  private static let plain = WaveNetConfiguration(
    dilations: [1, 2], residualChannels: 2, gateChannels: 2, skipChannels: 2, classes: 4)

  static let conditioning = Conditioning(
    channels: 2, labels: [LabelSet("speaker", ["anna", "ben"]), LabelSet("digit", ["0", "1", "2"])])

  /// Plain; of a mixture on labels; on features with learned upsampling.
  static let models: [WaveNetModel] = {
    var labelled = WaveNetConfiguration(
      dilations: [1], residualChannels: 2, gateChannels: 2, skipChannels: 2, input: .scalar, output: .logistics,
      mixtureComponents: 1, preemphasis: 0.9)
    labelled.conditioning = conditioning
    var vocoder = plain
    vocoder.conditioning = Conditioning(
      channels: 2,
      features: FeatureConditioning(
        .frames(channels: 3, hopLength: 4), contextFrames: 1, upsampling: .init(.transposed, factors: [2, 2])))
    return [plain, labelled, vocoder].map { try! WaveNetModel(sampleRate: 8000, configuration: $0, seed: 3) }
  }()

  /// The files of each of the models, and of the first in 8 bits, by their names.
  static var folders: [[String: [UInt8]]] {
    get throws {
      let quantized = try models[0].quantized(Quantization(.int8), workers: .serial)
      return try (models.map { InferenceModel($0) } + [quantized]).map { model in
        try withTemporaryFolder { folder in
          try model.save(to: folder + "/model")
          return try files(in: folder + "/model")
        }
      }
    }
  }

  /// The files of a folder by their names.
  static func files(in folder: String) throws -> [String: [UInt8]] {
    Dictionary(uniqueKeysWithValues: try names(in: folder).map { ($0, try bytes(folder + "/" + $0)) })
  }

  // MARK: Streams

  /// The engine of the model that is conditioned on features.
  static let engine = try! WaveNetEngine(InferenceModel(models[2]))

  /// States at the beginning of a stream, and within it.
  static var states: [[UInt8]] {
    get throws {
      let features = FeatureSequence((0..<18).map { Float($0) / 18 }, channels: 3)
      var stream = WaveNetStream(engine, seed: 1, conditions: Conditions.none.with(features))
      let start = stream.state.bytes
      for _ in 0..<5 { _ = stream.next() }
      return [start, stream.state.bytes]
    }
  }

  /// The same model as C loads it.
  private nonisolated(unsafe) static let loaded: OpaquePointer = {
    var model: OpaquePointer?
    try! withTemporaryFolder { folder in
      try InferenceModel(models[2]).save(to: folder + "/model")
      precondition(kodama_model_load(folder + "/model", &model, nil) == KODAMA_OK)
    }
    return model!
  }()

  /// Calls `body` with a new stream of it.
  static func withStream(_ body: (OpaquePointer) throws -> Void) throws {
    var stream: OpaquePointer?
    precondition(kodama_stream_create(loaded, 1, 0, nil, &stream, nil) == KODAMA_OK)
    defer { kodama_stream_free(stream) }
    try body(stream!)
  }
}
