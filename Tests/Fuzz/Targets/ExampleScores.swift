import Kodama

/// A small evaluation.
enum ExampleScores {
  private static let sounds: [Sound] = ["a", "b"].map { name in
    var random = Philox(seed: name == "a" ? 1 : 2)
    let samples = (0..<3000).map { _ in Float(0.1 * random.normal()) }
    return Sound(name: name, Waveform(samples, sampleRate: 8000))
  }

  /// Two pairs, and their sets, by a few metrics.
  private static let evaluated: EvaluationResult = {
    let metrics = try! ["lsd", "spectral-convergence", "ltas", "peak"].map { try Metric.named($0) }
    return try! Evaluation(metrics: metrics, workers: .serial).compare(
      reference: sounds, generated: sounds.map { sound in Sound(name: sound.name) { try sounds[0].open() } })
  }()

  static var result: EvaluationResult { get throws { evaluated } }

  static var json: [[UInt8]] { get throws { [Array(try evaluated.json.utf8)] } }

  /// a.wav and b.wav, where they are not there yet.
  static func writeSounds(_ folder: String) throws {
    for name in ["a", "b"] where !AtomicFile.exists(folder + "/\(name).wav") {
      try AudioWriter.write(
        Waveform([0.5, 0.25], sampleRate: 8000), to: folder + "/\(name).wav", existing: .replace)
    }
  }
}
