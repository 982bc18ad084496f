#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

import KodamaCheckpoints
import KodamaCore
import KodamaInference
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
  private let engines: MapEngines
  private let features: FeatureMap
  private let workers: Workers

  /// The windows that are computed at once.
  private static let batch = 16

  /// A classifier with the weights of a model.
  ///
  /// - Throws: `SpectraFault.badConvention`.
  public init(_ model: ClassifierModel, workers: Workers = .serial) throws {
    (configuration, self.workers) = (model.configuration, workers)
    engines = MapEngines(MapProgram(model.graph))
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
    let size = configuration.windowSamples
    let results = workers.map(parts: windows.count) { index in
      Result { try outputs(of: features.map(windows[index], offset: (size - windows[index].count) / 2)) }
    }
    let found = try results.map { try $0.get() }
    return (configuration.labels.indices.map { set in found.map { $0.probabilities[set] } }, found.map(\.embedding))
  }

  /// The probabilities of each label set and the embedding of a map.
  private func outputs(of map: [Float]) -> (probabilities: [[Float]], embedding: [Float]) {
    let outputs = engines.use { $0.run(map) }
    return (outputs.dropFirst().map { Self.softmax($0) }, outputs[0])
  }

  private static func softmax(_ logits: [Float]) -> [Float] {
    let largest = logits.max() ?? 0
    let powers = logits.map { exp(Double($0 - largest)) }
    let sum = powers.reduce(0, +)
    return powers.map { Float($0 / sum) }
  }
}

extension ClassifierConfiguration {
  /// The network with its weights on the map of one window, [1, frames, bands, 1]: its outputs are the embedding, then
  /// the logits of each label set.
  package func graph(_ parameters: Parameters<Float>) -> MapGraph { graph(layers, parameters) }

  private func graph(_ network: some ClassificationNetwork, _ parameters: Parameters<Float>) -> MapGraph {
    MapGraph(of: parameters, input: [1, windowFrames, features.bands, 1]) { map, pass in
      let embedding = network.embedding(map, pass)
      return [embedding] + network.logits(ofEmbedding: embedding, pass)
    }
  }
}
