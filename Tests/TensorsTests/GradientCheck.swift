import KodamaCore
import KodamaTensors
import TestSupport
import Testing

/// Holds the gradients of an operator against central differences in double precision.
///
/// The output is projected to one number by fixed random weights; the error of each input's gradient is
/// max|a − b| / max(|b|max, 1e-3).
func checkGradients(
  _ shapes: [Shape], seed: UInt64 = 1, tolerance: Double = 1e-6,
  _ operation: (Tape<Double>, [Variable<Double>]) -> Variable<Double>,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  var random = Philox(seed: seed)
  let inputs = shapes.map { shape in Tensor<Double>(shape, (0..<shape.count).map { _ in random.normal() }) }
  var projection: Tensor<Double>?

  func loss(_ inputs: [Tensor<Double>], recording: Bool) -> (Variable<Double>, [Variable<Double>], Tape<Double>) {
    let tape = Tape<Double>(workspace: Workspace(workers: Workers(threads: 2)), recording: recording)
    let leaves = inputs.map(tape.leaf)
    let output = operation(tape, leaves)
    if projection == nil {
      projection = Tensor(output.shape, (0..<output.value.count).map { _ in random.normal() })
    }
    return ((output * tape.constant(projection!)).sum(), leaves, tape)
  }

  let (value, leaves, tape) = loss(inputs, recording: true)
  let gradients = tape.backward(from: value)
  for (number, leaf) in leaves.enumerated() {
    guard let gradient = gradients[leaf] else {
      Issue.record("input \(number) has no gradient", sourceLocation: sourceLocation)
      continue
    }
    let step = 1e-5
    let expected = inputs[number].elements.indices.map { element in
      let sides = [step, -step].map { change in
        var changed = inputs
        changed[number].changeElements { $0[element] += change }
        return loss(changed, recording: false).0.value.item
      }
      return (sides[0] - sides[1]) / (2 * step)
    }
    expectClose(
      gradient, Tensor(inputs[number].shape, expected), tolerance: tolerance, floor: 1e-3,
      "gradient of input \(number)", sourceLocation: sourceLocation)
  }
}
