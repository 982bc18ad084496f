import Foundation
import KodamaAmplifierTraining
import KodamaCore
import KodamaTensors
import TestSupport
import Testing

/// Losses and gradients against those of PyTorch, which losses_golden.py wrote.
@Suite struct LossGoldenTests {
  struct Golden: Decodable {
    let name: String
    let value, energy: Double
    let gradient: [Double]
  }

  private static let golden: [Golden] = {
    let file = Bundle.module.bundleURL.appendingPathComponent("Golden/losses.json")
    do { return try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file)) } catch {
      fatalError("\(file.path): \(error)")
    }
  }()

  /// The signals and targets of losses_golden.py, [2, 1500].
  static func signals() -> (x: Tensor<Double>, target: Tensor<Double>) {
    var (x, target): ([Double], [Double]) = ([], [])
    for signal in 0..<2 {
      let dry = PlainNoise.numbers(seed: UInt32(1 + signal), count: 1500)
      let own = PlainNoise.numbers(seed: UInt32(11 + signal), count: 1500)
      var last = 0.0
      for t in 0..<1500 {
        last = 0.8 * last + 0.5 * dry[t]
        x.append(last)
        target.append(0.7 * last - 0.2 * last * last + 0.1 * own[t])
      }
    }
    return (Tensor([2, 1500], x), Tensor([2, 1500], target))
  }

  static func loss<S: Scalar>(_ name: String, _ x: Variable<S>, _ y: Tensor<S>) throws -> Variable<S> {
    switch name {
    case "squaredError": return x.meanSquaredError(x.tape.constant(y))
    case "emphasizedSquaredError":
      return x.preEmphasized().meanSquaredError(x.tape.constant(y.preEmphasized()))
    case "ratio": return x.errorToSignalRatio(y)
    case "emphasizedRatio": return x.preEmphasized().errorToSignalRatio(y.preEmphasized())
    case "spectral": return SpectralLoss.multiResolution.loss(x, y)
    case "emphasizedSpectral": return SpectralLoss.multiResolution.loss(x.preEmphasized(), y.preEmphasized())
    default: throw CocoaError(.featureUnsupported)
    }
  }

  @Test func doublesAgreeWithPyTorch() throws {
    try expectAgreement(Double.self, tolerance: 1e-11)
  }

  @Test func floatsAgreeWithPyTorch() throws {
    // Where magnitudes of x and the target are nearly equal, rounding decides the sign of a logarithm's gradient.
    try expectAgreement(Float.self, tolerance: 2e-3)
  }

  private func expectAgreement<S: Scalar>(_ type: S.Type, tolerance: Double) throws {
    #expect(Self.golden.count == 6)
    let (x, target) = Self.signals()
    for golden in Self.golden {
      let tape = Tape<S>(workspace: Workspace(workers: Workers(threads: 2)))
      let leaf = tape.leaf(x.converted(to: S.self))
      let loss = try Self.loss(golden.name, leaf, target.converted(to: S.self))
      expectClose([loss.value.item], [golden.value], tolerance: min(tolerance, 1e-5), golden.name)
      let gradient = try #require(tape.backward(from: loss)[leaf])
      #expect(gradient.shape == [2, 1500])
      let elements = gradient.elements.map { Double($0) }
      expectClose(
        stride(from: 0, to: elements.count, by: 7).map { elements[$0] }, golden.gradient, tolerance: tolerance,
        golden.name)
      expectClose([elements.reduce(0) { $0 + $1 * $1 }], [golden.energy], tolerance: tolerance, golden.name)
    }
  }
}
