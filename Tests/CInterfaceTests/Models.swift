import CKodama
import Kodama
import TestSupport
import Testing

/// Small models in folders of their own.
enum Models {
  static let sampleRate = 8000
  static let configuration = WaveNetConfiguration(
    dilations: [1, 2, 4], residualChannels: 12, gateChannels: 9, skipChannels: 20, classes: 40)

  /// Weights as they are before training hardly look at the past; these do.
  private static let trained: WaveNetModel = {
    var model = try! WaveNetModel(sampleRate: sampleRate, configuration: configuration, seed: 3)
    for name in model.parameters.names {
      model.parameters[name].changeElements { for index in $0.indices { $0[index] *= 4 } }
    }
    return model
  }()

  static let model = InferenceModel(trained)

  /// The same model with all its layers in one precision.
  static func model(_ precision: Precision) throws -> InferenceModel {
    precision == .float32 ? model : try trained.quantized(Quantization(precision))
  }

  /// A model that is conditioned on labels.
  static let conditioned: InferenceModel = {
    var configuration = Self.configuration
    configuration.conditioning = Conditioning(
      channels: 3, labels: [LabelSet("speaker", ["anna", "ben"]), LabelSet("digit", ["0", "1", "2"])])
    var model = try! WaveNetModel(sampleRate: sampleRate, configuration: configuration, seed: 3)
    model.parameters.scale(by: 4)
    return InferenceModel(model)
  }()

  /// Models that are conditioned on features, by what is special about them.
  static let vocoders: [String: InferenceModel] = [
    "nearest": vocoder(.init(.nearest, factors: [5])),
    "linear, context": vocoder(.init(.linear, factors: [70]), contextFrames: 1),
    "transposed, context": vocoder(.init(.transposed, factors: [3, 2]), contextFrames: 2),
    "labels": vocoder(.init(.transposed, factors: [80]), labels: [LabelSet("speaker", ["anna", "ben"])]),
  ]

  private static func vocoder(
    _ upsampling: FeatureConditioning.Upsampling, contextFrames: Int = 0, labels: [LabelSet] = []
  ) -> InferenceModel {
    var configuration = Self.configuration
    let source = FeatureConditioning.Source.frames(channels: 3, hopLength: upsampling.factors.reduce(1, *))
    configuration.conditioning = Conditioning(
      channels: 3, labels: labels,
      features: FeatureConditioning(source, contextFrames: contextFrames, upsampling: upsampling))
    var model = try! WaveNetModel(sampleRate: sampleRate, configuration: configuration, seed: 3)
    model.parameters.scale(by: 4)
    return InferenceModel(model)
  }

  /// A model whose weights are all finite and whose sums are not.
  static var overflowing: InferenceModel {
    var overflowing = trained
    for name in ["head.0.bias", "head.1.weight"] {
      overflowing.parameters[name].changeElements { for index in $0.indices { $0[index] = 1e30 } }
    }
    return InferenceModel(overflowing)
  }

  /// A model whose output is a mixture, with pre-emphasis.
  static let mixture: InferenceModel = {
    let configuration = WaveNetConfiguration(
      dilations: [1, 2, 4], residualChannels: 12, gateChannels: 9, skipChannels: 20, input: .scalar, output: .logistics,
      mixtureComponents: 4, preemphasis: 0.9)
    return InferenceModel(try! WaveNetModel(sampleRate: sampleRate, configuration: configuration, seed: 3))
  }()

  /// Calls `body` with the path of a folder that holds a model.
  static func withFolder<R>(_ model: InferenceModel = model, _ body: (String) throws -> R) throws -> R {
    try withTemporaryFolder { folder in
      try model.save(to: folder + "/model")
      return try body(folder + "/model")
    }
  }

  /// Calls `body` with a model that C loaded.
  static func withLoaded<R>(_ model: InferenceModel = model, _ body: (OpaquePointer) throws -> R) throws -> R {
    try withFolder(model) { folder in
      var loaded: OpaquePointer?
      try #require(kodama_model_load(folder, &loaded, nil) == KODAMA_OK)
      defer { kodama_model_free(loaded) }
      return try body(#require(loaded))
    }
  }

  /// What a stream of the Swift interface gives, which is what one of the C interface must.
  static func expected(
    _ count: Int, of model: InferenceModel = model, seed: UInt64, number: Int = 0,
    conditions: Conditions = .none, sampling: SamplingOptions = .standard, prime: [Float] = []
  ) throws -> [Float] {
    let engine = try WaveNetEngine(model)
    var stream = WaveNetStream(engine, seed: seed, number: number, conditions: conditions, sampling: sampling)
    stream.prime(hearing: prime)
    var samples = [Float](repeating: 0, count: count)
    var span = samples.mutableSpan
    stream.fill(&span)
    return samples
  }
}

/// A stream of the C interface, freed with the value that holds it.
final class Stream {
  private let pointer: OpaquePointer

  init(_ model: OpaquePointer, seed: UInt64, number: UInt32 = 0, _ sampling: kodama_sampling? = nil) throws {
    var stream: OpaquePointer?
    let status = withOptional(sampling) { kodama_stream_create(model, seed, number, $0, &stream, nil) }
    try #require(status == KODAMA_OK)
    pointer = try #require(stream)
  }

  private init(_ pointer: OpaquePointer) { self.pointer = pointer }

  /// Calls `body` with the pointer, which is good until it returns.
  func with<R>(_ body: (OpaquePointer) throws -> R) rethrows -> R {
    try withExtendedLifetime(self) { try body(pointer) }
  }

  func forked(seed: UInt64, number: UInt32 = 0) throws -> Stream {
    var copy: OpaquePointer?
    try #require(with { kodama_stream_fork($0, seed, number, &copy, nil) } == KODAMA_OK)
    return Stream(try #require(copy))
  }

  /// The next samples.
  func samples(_ count: Int) -> [Float] {
    var samples = [Float](repeating: 9, count: count)
    #expect(with { kodama_stream_fill($0, &samples, count, nil) } == KODAMA_OK)
    return samples
  }

  func prime(_ samples: [Float]) { #expect(with { kodama_stream_prime($0, samples, samples.count, nil) } == KODAMA_OK) }

  /// The samples that can come now; nil where there is no end of them.
  var available: Int? {
    let count = with { kodama_stream_available($0) }
    return UInt(bitPattern: count) == UInt.max ? nil : count
  }

  /// Adds frames of three numbers.
  func add(features frames: some Collection<Float>) {
    #expect(with { kodama_stream_add_features($0, Array(frames), frames.count / 3, nil) } == KODAMA_OK)
  }

  func endFeatures() { #expect(with { kodama_stream_end_features($0, nil) } == KODAMA_OK) }

  deinit { kodama_stream_free(pointer) }
}

/// As KODAMA_SAMPLING_STANDARD, which is no macro that Swift can read.
func sampling(temperature: Double = 1, topK: UInt32 = 0, topP: Double = 1) -> kodama_sampling {
  kodama_sampling(
    size: UInt32(MemoryLayout<kodama_sampling>.size), top_k: topK, temperature: temperature, top_p: topP)
}

func withOptional<T, R>(_ value: T?, _ body: (UnsafePointer<T>?) throws -> R) rethrows -> R {
  guard let value else { return try body(nil) }
  return try withUnsafePointer(to: value) { try body($0) }
}

extension kodama_error {
  /// What stands in it before a call, so that a test sees what the call wrote.
  static var unwritten: kodama_error {
    var error = kodama_error()
    withUnsafeMutableBytes(of: &error) { for index in $0.indices { $0[index] = 0x7F } }
    return error
  }

  /// The message; nil where it is not ended by 0.
  var text: String? {
    withUnsafeBytes(of: message) { bytes in
      bytes.firstIndex(of: 0).flatMap { String(validating: bytes[..<$0], as: UTF8.self) }
    }
  }
}

/// Expects a call to fail with a status and a message that contains a text.
func expect(
  _ status: kodama_status, _ text: String, sourceLocation: SourceLocation = #_sourceLocation,
  _ body: (UnsafeMutablePointer<kodama_error>?) -> kodama_status
) {
  var error = kodama_error.unwritten
  #expect(body(&error) == status, sourceLocation: sourceLocation)
  #expect(error.text?.contains(text) == true, "\(error.text ?? "no text")", sourceLocation: sourceLocation)
  #expect(body(nil) == status, "without room for a message", sourceLocation: sourceLocation)
}
