import Foundation
import KodamaExport
import KodamaLayers
import KodamaTensors
import KodamaWaveNets
import TestSupport
import Testing

/// What the page "Using a model elsewhere" shows in Python, run as it stands there.
@Suite struct PageTests {
  private let model: WaveNetModel
  private let blocks: [String]

  init() throws {
    model = try WaveNetModel.load(PackageFiles.demo)
    blocks = try PackageFiles.blocks("python", page: "UsingAModelElsewhere")
    try #require(blocks.count == 4)
  }

  /// Runs lines in a folder with `checkpoints`, and hands on the folder.
  private func run<R>(_ python: Python?, _ lines: [String], _ body: (_ folder: String) throws -> R) throws -> R {
    try withTemporaryFolder { folder in
      try FileManager.default.createSymbolicLink(
        atPath: folder + "/checkpoints", withDestinationPath: PackageFiles.checkpoints)
      try WaveNetExport(InferenceModel(model)).write(to: folder + "/onnx")
      try write(lines.joined(separator: "\n").utf8, to: folder + "/page.py")
      let end = try #require(python).run(["page.py"], in: folder)
      try #require(end.status == 0, "\(end.errors)")
      return try body(folder)
    }
  }

  private func codes(_ path: String) throws -> [Int32] {
    try Data(contentsOf: URL(fileURLWithPath: path)).withUnsafeBytes { Array($0.bindMemory(to: Int32.self)) }
  }

  @Test(.enabled(if: Runtimes.onnxruntime != nil, "no Python with numpy and onnxruntime; name one with KODAMA_PYTHON"))
  func theGraphsGenerateAndScore() throws {
    let saving =
      "numpy.array(codes, 'int32').tofile('codes'); logits.tofile('logits'); samples.astype('f4').tofile('samples')"
    try run(Runtimes.onnxruntime, [blocks[0], blocks[1], saving]) { folder in
      let codes = try codes(folder + "/codes")
      let input = model.network.input(previous: [WaveNet.start] + codes.dropLast(), shape: [1, codes.count])
      let expected = model.network.logits(input, Pass(model.parameters))
      let logits = try tensor(folder + "/logits", expected.value.shape)
      expectClose(logits, expected.value, tolerance: 1e-4)
      let samples = Tensor([codes.count], codes.map { model.companding.decode(Int($0)) })
      expectClose(try tensor(folder + "/samples", [codes.count]), samples, tolerance: 1e-6)
      // Codes drawn from the distributions have about their entropy: far from the eight bits of any others.
      let loss = expected.crossEntropy(targets: codes, weights: codes.map { _ in 1 }).value.item
      #expect(codes.count == 4000 && Set(codes).count > 10 && loss / Float(M_LN2) < 4)
    }
  }

  @Test(.enabled(if: Runtimes.torch != nil, "no Python with torch and safetensors; name one with KODAMA_PYTHON"))
  func tenLinesOfPyTorchAreTheNetwork() throws {
    let example = ExampleInput(model.network, batch: 2, time: 700)
    guard case .codes(let codes) = example.numbers else { preconditionFailure("the demo takes codes") }
    let feeding = "import torch; codes = torch.tensor(\(codes)).reshape(\(example.batch), \(example.time))"
    let saving = "logits.contiguous().numpy().tofile('logits')"
    try run(Runtimes.torch, [feeding, blocks[2], saving]) { folder in
      let expected = model.network.logits(example.input, Pass(model.parameters)).value
      expectClose(try tensor(folder + "/logits", expected.shape), expected, tolerance: 1e-5)
    }
  }

  @Test func theyAreTenLines() {
    #expect(blocks[2].split(separator: "\n").filter { !$0.contains("import ") }.count == 10)
  }
}
