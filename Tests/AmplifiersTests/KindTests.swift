import KodamaCheckpoints
import KodamaLayers
import TestSupport
import Testing

@testable import KodamaAmplifiers

/// What `kodama inspect` shows of amplifiers.
@Suite struct KindTests {
  private func summary(_ name: String) throws -> AmplifierSummary {
    try #require(try AmplifierKind().load(file: AmplifierExamples.path(name)) as? AmplifierSummary)
  }

  private func line(_ label: String, of name: String) throws -> String? {
    try summary(name).lines.first { $0.label == label }?.text
  }

  private static let files = Array(Set(AmplifierExamples.outputs.map { AmplifierExamples.parts($0).name })).sorted()

  @Test(arguments: files) func everyConstructHasASummary(name: String) throws {
    let (summary, model) = (try summary(name), try AmplifierExamples.model(name))
    #expect(summary.lines.allSatisfy { $0.label.count <= 16 && !$0.text.isEmpty })
    #expect(summary.cost == model.cost && summary.costUnit == "sample")
    // A network that does anything multiplies, at most once by each of its weights.
    #expect(model.cost.multiplyAdds <= model.parameterCount * max(1, model.architecture.inputChannels))
    #expect(model.cost.multiplyAdds > 0)
  }

  @Test func costsAreThoseOfTheSizes() {
    let standard = AmplifierPreset.standard.architecture
    let count = standard.weightCount
    let cost = AmplifierModel(standard, weights: Array(repeating: 0, count: count), sampleRate: nil).cost
    #expect(count == 13_802 && cost.parameters == count)
    // Of the layers with 16 channels, and of those with 8.
    let (first, second) = (16 * 16 * 3 + 16 + 16 * 16, 8 * 8 * 3 + 8 + 8 * 8)
    #expect(cost.multiplyAdds == 16 + 10 * first + 16 * 8 + 16 * 8 + 10 * second + 8)
    #expect(cost.layers.first { $0.path == "layers.0.3.conv" }?.multiplyAdds == 768)
    #expect(cost.layers.first { $0.path == "layers.0.3.conv" }?.activations == 16)
    let recurrent = AmplifierArchitecture.lstm(AmplifierLSTM(units: 24, layers: 1))
    let weights = [Float](repeating: 0, count: recurrent.weightCount)
    #expect(AmplifierModel(recurrent, weights: weights, sampleRate: nil).cost.multiplyAdds == 96 * 25 + 24)
  }

  @Test func statisticsOfNormalizationAreNotTrained() throws {
    let model = try AmplifierExamples.model("convnet-batchnorm")
    // Four layers of four channels.
    #expect(model.cost.parameters == model.parameterCount - 4 * (4 + 4 + 1))
  }

  @Test func networksAreDescribed() throws {
    #expect(try line("network", of: "wavenet-two-arrays") == "WaveNet of 2 arrays of layers")
    #expect(
      try line("array 2", of: "wavenet-two-arrays") == "3 layers of 2 channels, kernel size 3, dilations 1, 2, 4, Tanh")
    #expect(try line("array 1", of: "gated")?.hasSuffix("Tanh, gated by Sigmoid") == true)
    #expect(try line("condition", of: "condition-lstm")?.hasPrefix("by a LSTM, ") == true)
    #expect(try line("network", of: "lstm-8") == "LSTM, 2 layers of 8 units")
    #expect(try line("receptive field", of: "lstm-8") == "all of the past, by a recurrent state")
    #expect(try line("network", of: "linear-long") == "Linear, a filter of 600 taps and a bias")
    #expect(try line("receptive field", of: "linear-long") == "600 samples = 12.5 ms")
    #expect(try line("network", of: "convnet-batchnorm") == "ConvNet, normalized")
    #expect(try line("network", of: "container")?.hasPrefix("SlimmableContainer of ") == true)
    let counts = try summary("slimmable").sizes
    #expect(counts.count == 3 && counts == counts.sorted() && counts[2] == 98)
    let text = "3: \(counts[0]) parameters below 0.33, \(counts[1]) parameters below 0.67, 98 above"
    #expect(try line("sizes", of: "slimmable") == text)
  }

  @Test func metadataIsShown() throws {
    let lines = try summary("metadata").lines
    func text(_ label: String) -> String? { lines.first { $0.label == label }?.text }
    #expect(text("name") == "Röhre „1“" && text("author") == nil && text("gear") == "Ampère (pedal_amp)")
    #expect(text("tone") == "crunch" && text("loudness") == "-21.5 dB" && text("gain") == "0.25")
    #expect(text("levels") == "input 12.5 dBu, output 4.0 dBu at full scale")
    #expect(text("held out") == nil)
  }

  @Test func otherNamesAreNoModels() throws {
    #expect(try AmplifierKind().load(file: "amp.json").map { _ in 1 } == nil)
  }
}
