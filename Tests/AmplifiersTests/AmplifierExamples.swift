import KodamaCheckpoints
import KodamaTensors

@testable import KodamaAmplifiers

/// The models of `Golden`, which `nam_golden.py` made, with what they play.
enum AmplifierExamples {
  static let folder =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast().joined(separator: "/") + "/Golden"

  /// The file of a model.
  static func path(_ name: String) -> String { "\(folder)/\(name).nam" }

  static func model(_ name: String) throws -> AmplifierModel { try AmplifierModel(contentsOf: path(name)) }

  /// Numbers of golden.safetensors.
  static func numbers(_ name: String) throws -> [Float] {
    let tensor: Tensor<Float> = try SafetensorsReader(folder + "/golden.safetensors").tensor(name)
    return tensor.elements
  }

  /// All names of outputs: of a model, or of a model at a size as `name@size`.
  static let outputs: [String] = {
    guard let reader = try? SafetensorsReader(folder + "/golden.safetensors") else { return [] }
    return reader.names.filter { $0 != "input" }.sorted()
  }()

  /// The model of an output, and the size.
  static func parts(_ output: String) -> (name: String, size: Double) {
    let parts = output.split(separator: "@")
    return (String(parts[0]), parts.count > 1 ? Double(parts[1])! : 1)
  }

  /// What a model plays, in calls of the given numbers of frames in turn.
  static func play(
    _ processor: AmplifierProcessor, _ input: [Float], blocks: [Int] = [64]
  ) -> [Float] {
    var (output, index) = ([Float](), 0)
    while output.count < input.count {
      let count = min(blocks[index % blocks.count], input.count - output.count)
      let block = Array(input[output.count..<output.count + count])
      output += processor.process([block] + (1..<processor.inputChannels).map { _ in block })[0]
      index += 1
    }
    return output
  }
}
