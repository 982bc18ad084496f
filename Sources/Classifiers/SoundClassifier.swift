import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaNetworks
import KodamaTensors

/// Finds the labels of sounds.
///
/// ```swift
/// let classifier = try SoundClassifier(ClassifierModel.load("runs/digits"))
/// let found = try classifier.classify(samples, sampleRate: 8000)
/// print(found.sets[0].label, found.sets[0].probability)
/// ```
///
/// A sound is divided into windows (see `ClassifierConfiguration.windowSeconds`); its probabilities are the means of
/// those of its windows. They do not depend, to the bit, on the number of threads, nor on what else is classified.
public struct SoundClassifier: Sendable {
  /// The configuration of the model.
  public let configuration: ClassifierConfiguration
  private let network: any ClassificationNetwork
  private let parameters: Parameters<Float>
  private let features: FeatureMap
  private let workspace: Workspace

  /// The windows that are computed at once.
  private static let batch = 16

  /// A classifier with the weights of a model.
  ///
  /// - Throws: `SpectraFault.badConvention`, `ResourceFault`.
  public init(_ model: ClassifierModel, workers: Workers = .serial) throws {
    try self.init(
      model.configuration, parameters: model.parameters, workspace: Workspace(forProductsOn: workers))
  }

  package init(
    _ configuration: ClassifierConfiguration, parameters: Parameters<Float>, workspace: Workspace
  ) throws {
    (self.configuration, self.parameters, self.workspace) = (configuration, parameters, workspace)
    network = configuration.layers
    features = try FeatureMap(configuration)
  }

  /// Classifies a sound in memory.
  ///
  /// - Parameters:
  ///   - samples: one channel, full scale ±1.
  ///   - sampleRate: in Hz; that of the model.
  /// - Throws: `ClassifierFault.otherRate`, `.tooShort`; `SpectraFault.notFinite`.
  public func classify(_ samples: [Float], sampleRate: Int) throws -> Recognition {
    if sampleRate != configuration.sampleRate {
      throw ClassifierFault.otherRate(found: sampleRate, expected: configuration.sampleRate)
    }
    return try classify(frames: samples.count, name: "the sound") { Array(samples[$0]) }
  }

  /// Classifies a sound that is read window by window.
  ///
  /// - Parameters:
  ///   - frames: its length in samples at the model's rate.
  ///   - name: its name in messages.
  ///   - read: the samples of a range, one channel.
  /// - Throws: as `classify(_:sampleRate:)`, and what reading throws.
  public func classify(
    frames: Int, name: String, read: (Range<Int>) throws -> [Float]
  ) throws -> Recognition {
    let least = configuration.features.windowLength
    if frames < least {
      throw ClassifierFault.tooShort(files: [name], least: least, sampleRate: configuration.sampleRate)
    }
    let ranges = SoundWindows.ranges(ofLength: frames, window: configuration.windowSamples)
    var windows: [Recognition.Window] = []
    for first in stride(from: 0, to: ranges.count, by: Self.batch) {
      let part = Array(ranges[first..<min(first + Self.batch, ranges.count)])
      let outputs = try outputs(ofWindows: part.map(read))
      for (index, range) in part.enumerated() {
        windows.append(
          Recognition.Window(
            start: Double(range.lowerBound) / Double(configuration.sampleRate),
            seconds: Double(range.count) / Double(configuration.sampleRate),
            probabilities: outputs.probabilities.map { $0[index] }, embedding: outputs.embeddings[index]))
      }
    }
    return Recognition(windows: windows, labels: configuration.labels)
  }

  /// The probabilities of each label set and the embeddings of windows, each [windows][..].
  ///
  /// - Parameter windows: the samples of each, at most as many as a window has; shorter ones are centered in silence.
  /// - Throws: `SpectraFault.notFinite`.
  package func outputs(
    ofWindows windows: [[Float]]
  ) throws -> (probabilities: [[[Float]]], embeddings: [[Float]]) {
    let (features, size) = (features, configuration.windowSamples)
    let results = workspace.workers.map(parts: windows.count) { index in
      Result {
        try [Float](unsafeUninitializedCapacity: features.count) { buffer, initialized in
          let map = UnsafeMutableBufferPointer(rebasing: buffer[0..<features.count])
          map.initialize(repeating: 0)
          initialized = features.count
          try features.write(windows[index], offset: (size - windows[index].count) / 2, to: map)
        }
      }
    }
    let maps = try results.map { try $0.get() }
    // Each window by itself: sums of a batch may be taken in another order than those of one.
    var (probabilities, embeddings) = (configuration.labels.map { _ in [[Float]]() }, [[Float]]())
    for map in maps {
      let (own, embedding) = outputs(of: map, network)
      for set in own.indices { probabilities[set].append(own[set]) }
      embeddings.append(embedding)
    }
    return (probabilities, embeddings)
  }

  /// The probabilities of each label set and the embedding of a map.
  private func outputs(of map: [Float], _ network: some ClassificationNetwork) -> ([[Float]], [Float]) {
    let pass = Pass(parameters, phase: .inference, workspace: workspace)
    let shape: Shape = [1, configuration.windowFrames, configuration.features.bands, 1]
    let embedding = network.embedding(pass.tape.constant(Tensor(shape, map)), pass)
    let logits = network.logits(ofEmbedding: embedding, pass)
    return (logits.map { $0.softmax().value.elements }, embedding.value.elements)
  }
}
