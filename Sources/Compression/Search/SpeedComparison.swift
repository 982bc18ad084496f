import KodamaCore
import KodamaGeneration
import KodamaInference
import KodamaWaveNets

/// The speed of models of one configuration over that of one of them, one stream on one core: medians of alternating
/// rounds, so that other load on the machine affects both.
package struct SpeedComparison {
  private var original: WaveNetStream
  private let conditions: Conditions
  /// Samples of a round.
  private let samples: Int
  /// Seconds of a sample of the original in each round.
  private var times: [Double] = []

  private static let rounds = 9
  /// A round takes about so long, in seconds.
  private static let roundSeconds = 0.01

  /// - Throws: `GenerationFault`.
  package init(_ original: InferenceModel) throws {
    let conditioning = original.configuration.conditioning
    conditions = conditioning.conditions(number: 0).with(conditioning.features.map { FeatureSequence.silence(of: $0) })
    var stream = WaveNetStream(try WaveNetEngine(original), seed: 1, conditions: conditions)
    let trial = 50
    let seconds = Self.seconds(&stream, samples: trial)
    self.original = stream
    samples = max(trial, min(500, Int(Self.roundSeconds / max(seconds, 1e-9))))
  }

  /// Seconds of a sample of the original: the median of all rounds so far.
  package var seconds: Double { Self.median(times) }

  /// The seconds of a sample of a model over those of the original.
  ///
  /// - Throws: `GenerationFault`.
  package mutating func ratio(of model: InferenceModel) throws -> Double {
    var stream = WaveNetStream(try WaveNetEngine(model), seed: 1, conditions: conditions)
    var ratios: [Double] = []
    for _ in 0..<Self.rounds {
      let before = Self.seconds(&original, samples: samples)
      times.append(before)
      ratios.append(Self.seconds(&stream, samples: samples) / before)
    }
    return Self.median(ratios)
  }

  private static func seconds(_ stream: inout WaveNetStream, samples: Int) -> Double {
    let time = ContinuousClock().measure { for _ in 0..<samples { _ = stream.next() } }
    return max(time.inSeconds, 1e-9) / Double(samples)
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
