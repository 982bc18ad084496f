import Foundation
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaLayers

/// A case of `recurrent_golden.py`.
private struct RecurrentGolden: Decodable, Sendable {
  let unit: RecurrentUnit
  let batch, time, inputs, units, layers: Int
  let isBidirectional, hasBias, hasState: Bool
  /// Outputs `y`, final states `h` and `c`, and gradients: `dx`, `dh0`, `dc0`, `dweight_ih_l0`, ..
  let results: [String: [Double]]

  static let cases: [RecurrentGolden] = {
    let file = Bundle.module.bundleURL.appendingPathComponent("Golden/recurrent.json")
    do { return try JSONDecoder().decode([RecurrentGolden].self, from: Data(contentsOf: file)) } catch {
      fatalError("\(file.path): \(error)")
    }
  }()
}

/// Recurrent layers against PyTorch 2.15, those with peepholes against a computation in NumPy: outputs, final states and
/// all gradients; `recurrent_golden.py` beside this file wrote the numbers.
@Suite struct RecurrentGoldenTests {
  @Test(arguments: RecurrentGolden.cases.indices) func resultsEqualThoseOfTheScript(_ index: Int) throws {
    let golden = RecurrentGolden.cases[index]
    try compare(golden, in: Float.self, tolerance: 1e-5, "case \(index), \(golden.unit), single precision")
    // Half a unit of the seventh digit, the last that is stored.
    try compare(golden, in: Double.self, tolerance: 5.1e-7, "case \(index), \(golden.unit), double precision")
  }

  private func compare<S: Scalar>(
    _ golden: RecurrentGolden, in type: S.Type, tolerance: Double, _ what: String
  ) throws {
    let layer = RecurrentLayer(
      "n", golden.unit, inputs: golden.inputs, units: golden.units, layers: golden.layers,
      isBidirectional: golden.isBidirectional, bias: golden.hasBias)
    // The input and the state are parameters too, so that their gradients are compared with the others.
    let state: Shape = [golden.layers * (golden.isBidirectional ? 2 : 1), golden.batch, golden.units]
    let names = golden.hasState ? golden.unit.hasCell ? ["h0", "c0"] : ["h0"] : []
    let declarations =
      layer.declarations + [ParameterDeclaration("x", [golden.batch, golden.time, golden.inputs], .constant(0))]
      + names.map { ParameterDeclaration($0, state, .constant(0)) }
    // The order of the script's parameters, in which seeds count up.
    let order = ["weight_ih", "weight_hh", "bias_ih", "bias_hh", "weight_p"]
    let sorted = layer.cells.flatMap { cell in
      order.compactMap { name in cell.declarations.map(\.name).first { $0.hasPrefix("n." + name + "_") } }
    }
    #expect(sorted.count == layer.declarations.count)
    let parameters = Parameters<S>(declarations) { name in
      let shape = declarations.first { $0.name == name }!.shape
      let seed = sorted.firstIndex(of: name).map { Double(10 + $0) } ?? ["x": 1, "h0": 2, "c0": 3][name]!
      let numbers: Tensor<Double> = ConvolutionGolden.numbers(shape, seed: seed)
      return Tensor(shape, numbers.elements.map { S(name.hasPrefix("n.") ? 0.6 * $0 : $0) })
    }
    let pass = Pass(parameters, recording: true)
    let initial =
      golden.hasState
      ? RecurrentState(hidden: pass.parameter("h0"), cell: golden.unit.hasCell ? pass.parameter("c0") : nil) : nil
    let (y, last) = layer.forward(pass.parameter("x"), from: initial, pass)
    let outputs = [("y", y, 7.0), ("h", last.hidden, 8)] + (last.cell.map { [("c", $0, 9)] } ?? [])
    var found = Dictionary(uniqueKeysWithValues: outputs.map { ($0.0, $0.1.value) })
    let losses = outputs.map { _, value, seed in
      let projection: Tensor<S> = ConvolutionGolden.numbers(value.shape, seed: seed)
      return (value * pass.tape.constant(projection)).sum()
    }
    let gradients = pass.gradients(of: losses.dropFirst().reduce(losses[0], +))
    for declaration in declarations {
      found["d" + declaration.name.replacing("n.", with: "", maxReplacements: 1)] = gradients[declaration.name]
    }
    #expect(Set(found.keys) == Set(golden.results.keys), "\(what)")
    for (name, expected) in golden.results {
      expectClose(try #require(found[name]).elements, expected, tolerance: tolerance, floor: 1e-3, "\(what): \(name)")
    }
  }
}
