import Foundation
import Kodama
import TestSupport

/// Small recordings and a small network for the tests of jobs.
enum Sounds {
  static let sampleRate = 8000

  /// Writes a tone with a little noise.
  static func write(
    _ path: String, samples: Int, sampleRate: Int = sampleRate, channels: Int = 1, seed: UInt64 = 1
  ) throws {
    var random = Philox(seed: seed)
    let tone = (0..<samples).map { t in
      Float(0.4 * sin(Double(t) * (0.2 + 0.05 * Double(seed))) + 0.05 * random.normal())
    }
    try TestSupport.write([], to: path)
    try AudioWriter.write(
      Waveform(channels: [[Float]](repeating: tone, count: channels), sampleRate: sampleRate), to: path,
      existing: .replace)
  }

  /// Writes recordings of the given lengths: 0.wav, 1.wav, …
  static func writeCorpus(_ folder: String, samples: [Int] = [900, 2100, 1300, 150]) throws {
    for (number, count) in samples.enumerated() {
      try write(folder + "/\(number).wav", samples: count, seed: UInt64(number))
    }
  }

  static let configuration = WaveNetConfiguration(
    dilations: [1, 2, 4], residualChannels: 4, gateChannels: 4, skipChannels: 8, classes: 64)

  static var settings: TrainingSettings {
    var settings = TrainingSettings(architecture: configuration, plan: TrainingPlan())
    settings.plan.batchSize = 2
    settings.plan.cropSamples = 200
    settings.sampleSeconds = 0.01
    settings.logInterval = 1
    return settings
  }

  /// An untrained network, its weights large enough for what came before to matter.
  static func model() -> WaveNetModel {
    var parameters = Parameters<Float>(WaveNet(configuration).declarations, seed: 1)
    parameters.scale(by: 4)
    return WaveNetModel(sampleRate: sampleRate, configuration: configuration, parameters: parameters)
  }
}
