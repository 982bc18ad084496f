import AllocationCounter
import CKodama
import Foundation
import Kodama
import TestSupport
import Testing

/// The amplifiers of the C interface, held to those of the Swift interface.
@Suite struct AmplifierTests {
  private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .appendingPathComponent("AmplifiersTests/Golden").path

  private static func path(_ name: String) -> String { "\(folder)/\(name).nam" }

  private let input = (0..<1000).map { Float(($0 * 37) % 101) / 101 - 0.5 }

  /// Calls `body` with a loaded amplifier, which is released afterwards.
  private func withAmplifier<R>(_ name: String, _ body: (OpaquePointer) throws -> R) throws -> R {
    var (amplifier, error) = (OpaquePointer?.none, kodama_error())
    let status = kodama_amplifier_load(Self.path(name), &amplifier, &error)
    #expect(status == KODAMA_OK)
    let loaded = try #require(amplifier)
    defer { kodama_amplifier_free(loaded) }
    return try body(loaded)
  }

  /// What an amplifier of one channel makes of samples, in blocks.
  private func play(_ amplifier: OpaquePointer, _ samples: [Float], block: Int) -> [Float] {
    var output = samples
    output.withUnsafeMutableBufferPointer { memory in
      for start in stride(from: 0, to: memory.count, by: block) {
        let place = memory.baseAddress! + start
        withUnsafePointer(to: UnsafePointer<Float>?(place)) { inputs in
          withUnsafePointer(to: UnsafeMutablePointer<Float>?(place)) { outputs in
            kodama_amplifier_process(amplifier, inputs, outputs, min(block, memory.count - start))
          }
        }
      }
    }
    return output
  }

  @Test(arguments: ["wavenet-16-8", "everything", "lstm-3", "container", "linear"])
  func soundIsThatOfTheSwiftInterface(name: String) throws {
    let expected = AmplifierProcessor(try AmplifierModel(contentsOf: Self.path(name))).process(input)
    try withAmplifier(name) { amplifier in
      for block in [64, 1, 1000, 37] {
        #expect(play(amplifier, input, block: block) == expected, "blocks of \(block)")
        kodama_amplifier_reset(amplifier)
      }
    }
  }

  @Test func propertiesAreThoseOfTheFile() throws {
    try withAmplifier("wavenet-two-outputs") { amplifier in
      #expect(kodama_amplifier_inputs(amplifier) == 1 && kodama_amplifier_outputs(amplifier) == 2)
      #expect(kodama_amplifier_sample_rate(amplifier) == 48_000)
      #expect(kodama_amplifier_latency(amplifier) == 0 && kodama_amplifier_sizes(amplifier) == 1)
      #expect(kodama_amplifier_loudness(amplifier).isNaN)
    }
    let loudness = try #require(try AmplifierModel(contentsOf: Self.path("metadata")).metadata.loudness)
    try withAmplifier("metadata") { #expect(kodama_amplifier_loudness($0) == loudness) }
  }

  @Test func aSizeChoosesANetwork() throws {
    let model = try AmplifierModel(contentsOf: Self.path("container"))
    try withAmplifier("container") { amplifier in
      #expect(kodama_amplifier_sizes(amplifier) == UInt32(model.sizeSteps.count + 1))
      let large = play(amplifier, input, block: 64)
      kodama_amplifier_set_size(amplifier, 0)
      let processor = AmplifierProcessor(model)
      processor.size = 0
      let small = play(amplifier, input, block: 64)
      #expect(small == processor.process(input) && small != large)
      kodama_amplifier_set_size(amplifier, .nan)
      kodama_amplifier_set_size(amplifier, 1)
      #expect(play(amplifier, input, block: 64) == large)
    }
  }

  @Test func twoAmplifiersAreApart() throws {
    try withAmplifier("wavenet-16-8") { a in
      let alone = play(a, input, block: 64)
      kodama_amplifier_reset(a)
      try withAmplifier("wavenet-16-8") { b in
        var mixed: [Float] = []
        for start in stride(from: 0, to: input.count, by: 100) {
          mixed += play(a, Array(input[start..<start + 100]), block: 64)
          _ = play(b, Array(repeating: 0.5, count: 100), block: 64)
        }
        #expect(mixed == alone)
      }
    }
  }

  @Test func modelFoldersAreLoadedToo() throws {
    let preset = AmplifierPreset.nano
    let network = try #require(preset.architecture.network(headScale: preset.headScale))
    let parameters = Parameters<Float>(network.declarations, seed: 3)
    let model = AmplifierModel(preset.architecture, parameters: parameters, sampleRate: 44_100)
    try withTemporaryFolder { folder in
      let text = AmplifierModel.configurationText(
        preset.architecture, headScale: preset.headScale, sampleRate: 44_100)
      try write(text.utf8, to: folder + "/config.json")
      try SafetensorsWriter.write(parameters.stored(), to: folder + "/model.safetensors")
      var (amplifier, error) = (OpaquePointer?.none, kodama_error())
      #expect(kodama_amplifier_load(folder, &amplifier, &error) == KODAMA_OK)
      let loaded = try #require(amplifier)
      defer { kodama_amplifier_free(loaded) }
      #expect(kodama_amplifier_sample_rate(loaded) == 44_100)
      #expect(play(loaded, input, block: 64) == AmplifierProcessor(model).process(input))
      // A folder of another kind of model.
      try write(#"{"format_version": 1, "model_type": "wavenet"}"#.utf8, to: folder + "/config.json")
      var other = OpaquePointer?.none
      #expect(kodama_amplifier_load(folder, &other, &error) == KODAMA_BAD_DATA && other == nil)
    }
  }

  @Test func whatIsMissingIsNoCrash() throws {
    var (amplifier, error) = (OpaquePointer?.none, kodama_error())
    #expect(kodama_amplifier_load(nil, &amplifier, &error) == KODAMA_USAGE)
    #expect(kodama_amplifier_load(Self.path("everything"), nil, nil) == KODAMA_USAGE)
    #expect(kodama_amplifier_load("/nowhere.nam", &amplifier, &error) == KODAMA_NO_INPUT && amplifier == nil)
    try withTemporaryFolder { folder in
      try write("{}".utf8, to: folder + "/bad.nam")
      #expect(kodama_amplifier_load(folder + "/bad.nam", &amplifier, &error) == KODAMA_BAD_DATA && amplifier == nil)
      let message = withUnsafeBytes(of: &error.message) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      #expect(message.contains("bad.nam") && message.contains("version"), "\(message)")
    }
    kodama_amplifier_process(nil, nil, nil, 64)
    kodama_amplifier_reset(nil)
    kodama_amplifier_set_size(nil, 1)
    kodama_amplifier_free(nil)
    #expect(kodama_amplifier_inputs(nil) == 0 && kodama_amplifier_sample_rate(nil) == 0)
    try withAmplifier("linear") { amplifier in
      kodama_amplifier_process(amplifier, nil, nil, 64)
      withUnsafePointer(to: UnsafePointer<Float>?.none) { kodama_amplifier_process(amplifier, $0, nil, 64) }
    }
  }

  @Test(.enabled(if: allocations_are_counted() != 0 && isOptimized, "allocations are counted in optimized builds"))
  func anAudioThreadTakesNoMemory() throws {
    for name in ["everything", "lstm-8", "container-slimmable"] {
      try withAmplifier(name) { amplifier in
        var memory = input
        memory.withUnsafeMutableBufferPointer { memory in
          let place = memory.baseAddress!
          withUnsafePointer(to: UnsafePointer<Float>?(place)) { inputs in
            withUnsafePointer(to: UnsafeMutablePointer<Float>?(place)) { outputs in
              let before = allocations_of_this_thread()
              for frames in [64, 1, 1000] { kodama_amplifier_process(amplifier, inputs, outputs, frames) }
              kodama_amplifier_set_size(amplifier, 0)
              kodama_amplifier_process(amplifier, inputs, outputs, 64)
              kodama_amplifier_reset(amplifier)
              let after = allocations_of_this_thread()
              #expect(after == before)
            }
          }
        }
      }
    }
  }
}
