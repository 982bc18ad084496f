import Foundation
import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaClassifiers

/// The configuration of classifiers, their folders, and the labels they find.
@Suite struct ClassifierModelTests {
  private static let labels = [LabelSet("digit", ["0", "1", "2"]), LabelSet("speaker", ["anna", "ben"])]

  private func configuration(_ kind: ClassifierNetwork.Kind = .mobile, width: Double = 0.5) -> ClassifierConfiguration {
    ClassifierConfiguration(
      features: ClassifierConfiguration.standardFeatures(sampleRate: 8000), windowSeconds: 0.5,
      network: ClassifierNetwork(kind, width: width), labels: Self.labels)
  }

  private func model(_ kind: ClassifierNetwork.Kind = .mobile) -> ClassifierModel {
    let configuration = configuration(kind)
    return ClassifierModel(
      configuration: configuration, parameters: Parameters(configuration.layers.declarations, seed: 3))
  }

  private func noise(_ count: Int, seed: UInt64 = 1) -> [Float] {
    var random = Philox(seed: seed)
    return (0..<count).map { _ in Float(0.1 * random.normal()) }
  }

  @Test func standardFeaturesFitTheRate() {
    for (rate, fft, window, hop, bands) in [
      (8000, 256, 200, 80, 40), (16_000, 512, 400, 160, 64), (44_100, 2048, 1102, 441, 64), (1000, 32, 25, 10, 32),
    ] {
      let features = ClassifierConfiguration.standardFeatures(sampleRate: rate)
      #expect(features.fftLength == fft && features.windowLength == window)
      #expect(features.hopLength == hop && features.bands == bands)
      #expect(features.problem == nil)
    }
  }

  @Test func windowsCoverASoundAndEndWithIt() {
    #expect(SoundWindows.ranges(ofLength: 7, window: 10) == [0..<7])
    #expect(SoundWindows.ranges(ofLength: 10, window: 10) == [0..<10])
    #expect(SoundWindows.ranges(ofLength: 11, window: 10) == [0..<10, 1..<11])
    #expect(SoundWindows.ranges(ofLength: 25, window: 10) == [0..<10, 5..<15, 10..<20, 15..<25])
    #expect(SoundWindows.ranges(ofLength: 27, window: 10) == [0..<10, 5..<15, 10..<20, 15..<25, 17..<27])
  }

  @Test(arguments: ClassifierNetwork.Kind.allCases) func foldersKeepAModelOfEveryKind(
    kind: ClassifierNetwork.Kind
  ) throws {
    try withTemporaryFolder { folder in
      let model = model(kind)
      try model.save(to: folder + "/m")
      #expect(try ClassifierModel.load(folder + "/m") == model)
      #expect(throws: FileFault.self) { try model.save(to: folder + "/m") }
      let summary = try ClassifierKind().load(ModelLocation(folder + "/m"))
      let text = summary.lines.map { "\($0.label): \($0.text)" }.joined(separator: "\n")
      #expect(text.contains("8,000 Hz") && text.contains(kind.rawValue) && text.contains("digit: 0, 1, 2"))
      #expect(summary.cost == model.configuration.cost && summary.cost.multiplyAdds > 10_000)
    }
  }

  @Test func theSmallNetworksAreSmall() {
    for kind in ClassifierNetwork.Kind.allCases {
      let parameters = configuration(kind, width: 1).cost.parameters
      let most = kind == .mobile ? 250_000 : 400_000
      #expect(parameters > 50_000 && parameters <= most, "\(kind) has \(parameters)")
      #expect(configuration(kind, width: 2).cost.parameters > 2 * parameters)
    }
  }

  @Test func configurationsWithoutMeaningAreRefused() throws {
    func refusal(_ change: (inout ClassifierConfiguration) -> Void) -> String? {
      var configuration = configuration()
      change(&configuration)
      do { try configuration.validate(source: "here") } catch { return "\(error)" }
      return nil
    }
    #expect(refusal { _ in } == nil)
    #expect(refusal { $0.windowSeconds = 0.01 }?.contains("window_seconds is 0.01") == true)
    #expect(refusal { $0.windowSeconds = .nan }?.contains("window_seconds") == true)
    #expect(refusal { $0.network.width = 9 }?.contains("network.width") == true)
    #expect(refusal { $0.features.hopLength = 0 }?.contains("features.hop_length is 0") == true)
    #expect(refusal { $0.labels = [] }?.contains("0 sets") == true)
    #expect(refusal { $0.labels[1].name = "digit" }?.contains("different names") == true)
    #expect(refusal { $0.labels[0].values = ["1"] }?.contains("labels of digit is 1") == true)
    #expect(refusal { $0.labels[0].values = ["1", "1"] }?.contains("different and not empty") == true)
    let tooSmall = refusal {
      $0.network.kind = .vgg
      $0.features.bands = 8
    }
    #expect(tooSmall?.contains("8 bands") == true)
  }

  @Test func damagedFoldersAreRefused() throws {
    try withTemporaryFolder { folder in
      try model().save(to: folder + "/m")
      let path = folder + "/m/config.json"
      let text = try String(contentsOfFile: path, encoding: .utf8)
      func refusal(_ old: String, _ new: String) throws -> String {
        #expect(text.contains(old), "\(text)")
        try text.replacingOccurrences(of: old, with: new).write(toFile: path, atomically: true, encoding: .utf8)
        do { _ = try ClassifierModel.load(folder + "/m") } catch { return "\(error)" }
        return "accepted"
      }
      #expect(try refusal("\"mobile\"", "\"mobil\"").contains("network.type"))
      #expect(try refusal("\"window_seconds\"", "\"window\"").contains("window"))
      #expect(try refusal("\"classifier\"", "\"wavenet\"").contains("wavenet"))
      #expect(try refusal("\"mobile\"", "\"residual\"").contains("model.safetensors"))
      #expect(try refusal("\"ben\"", "\"ben\", \"cleo\"").contains("heads.1"))
    }
  }

  @Test func probabilitiesAreMeansOverWindowsWhateverElseIsClassified() throws {
    let classifier = try SoundClassifier(model())
    let sound = noise(9000)
    let found = try classifier.classify(sound, sampleRate: 8000)
    #expect(found.windows.map(\.start) == [0, 0.25, 0.5, 0.625])
    #expect(found.windows.allSatisfy { $0.seconds == 0.5 } && found.sets.map(\.labelSet) == Self.labels)
    for (set, own) in found.sets.enumerated() {
      #expect(abs(own.probabilities.reduce(0, +) - 1) < 1e-5)
      for label in own.probabilities.indices {
        let mean = found.windows.reduce(0) { $0 + Double($1.probabilities[set][label]) } / 4
        #expect(abs(own.probabilities[label] - mean) < 1e-9)
      }
      #expect(own.probability == own.probabilities.max() && own.ranking[0].label == own.label)
      #expect(own.ranking.count == own.labelSet.values.count)
    }
    // A window by itself, on other threads.
    let alone = try SoundClassifier(model(), workers: Workers(threads: 2)).classify(
      Array(sound[2000..<6000]), sampleRate: 8000)
    #expect(alone.windows[0].probabilities == found.windows[1].probabilities)
    #expect(alone.windows[0].embedding == found.windows[1].embedding)
  }

  @Test func shortSoundsAreCenteredInSilence() throws {
    let classifier = try SoundClassifier(model())
    let sound = noise(1000)
    let padded = [Float](repeating: 0, count: 1500) + sound + [Float](repeating: 0, count: 1500)
    #expect(
      try classifier.classify(sound, sampleRate: 8000).sets == classifier.classify(padded, sampleRate: 8000).sets)
  }

  @Test func otherRatesAndTooShortSoundsAreRefused() throws {
    let classifier = try SoundClassifier(model())
    #expect(throws: ClassifierFault.otherRate(found: 16_000, expected: 8000)) {
      try classifier.classify(noise(4000), sampleRate: 16_000)
    }
    #expect(throws: ClassifierFault.tooShort(files: ["the sound"], least: 200, sampleRate: 8000)) {
      try classifier.classify(noise(199), sampleRate: 8000)
    }
    #expect(try classifier.classify(noise(200), sampleRate: 8000).windows.count == 1)
    #expect(ClassifierFault.otherRate(found: 1, expected: 2).exitStatus == .usage)
    #expect(ClassifierFault.tooShort(files: [], least: 1, sampleRate: 1).exitStatus == .badData)
  }
}
