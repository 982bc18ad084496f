import KodamaCore
import KodamaGeneration
import KodamaTensors
import KodamaWaveNets

/// What adds up the bits of a recording that comes in blocks.
protocol RecordingScorer {
  /// The samples scored so far.
  var samples: Int { get }
  /// The sum of −log2 p over them.
  var bits: Double { get }
  /// Takes in the next samples.
  mutating func add(_ block: [Float])
  /// Scores what is left.
  mutating func finish()
}

extension SequenceScorer: RecordingScorer {}
extension EngineScorer: RecordingScorer {}

/// Makes a scorer for each recording: of the network where a model is in single precision, else of the engine, whose
/// arithmetic is the one that generates.
enum Scorers {
  case network(WaveNetModel, Workspace)
  case engine(WaveNetEngine)

  /// - Throws: `GenerationFault`.
  init(_ model: InferenceModel, workers: Workers) throws {
    if let plain = model.singlePrecision {
      self = .network(plain, Workspace(workers: workers))
    } else {
      self = .engine(try WaveNetEngine(model))
    }
  }

  /// A scorer at the beginning of a recording.
  func next() -> any RecordingScorer {
    switch self {
    case .network(let model, let workspace):
      SequenceScorer(network: model.network, parameters: model.parameters, workspace: workspace)
    case .engine(let engine): EngineScorer(engine)
    }
  }
}
