/// The record of operators applied in a forward pass, from which the backward pass computes gradients.
///
/// Each operator records a function from the gradients of its outputs to those of its inputs. The backward pass runs
/// them in reverse and releases each after it has run, so that activations are freed as they are consumed.
///
/// A tape is used by one thread; operators distribute their work over the threads of its workspace.
public final class Tape<S: Scalar> {
  /// The backward function of one operator: takes the gradients of its outputs (nil: zero), whose memory it may reuse,
  /// and returns those of its inputs (nil: zero), in order.
  package typealias Backward = (_ gradients: inout [Tensor<S>?]) -> [Tensor<S>?]

  private struct Record {
    let inputs: [Int?]
    let outputs: Range<Int>
    let backward: Backward
  }

  /// The threads and the memory of the operators.
  public let workspace: Workspace
  /// Whether operators are recorded. Without recording, only results are kept.
  public let isRecording: Bool
  private var records: [Record] = []
  private var isLeaf: [Bool] = []

  /// An empty tape.
  public init(workspace: Workspace = Workspace(), recording: Bool = true) {
    self.workspace = workspace
    isRecording = recording
  }

  /// A value without a gradient.
  public func constant(_ value: Tensor<S>) -> Variable<S> { Variable(value: value, tape: self, index: nil) }

  /// A value whose gradient the backward pass returns.
  public func leaf(_ value: Tensor<S>) -> Variable<S> {
    isLeaf.append(true)
    return Variable(value: value, tape: self, index: isRecording ? isLeaf.count - 1 : nil)
  }

  /// Records an operator and returns its outputs as variables; constants where no input has a gradient.
  package func record(
    _ inputs: [Variable<S>], outputs: [Tensor<S>], backward: @escaping Backward
  ) -> [Variable<S>] {
    precondition(inputs.allSatisfy { $0.tape === self }, "an operator's inputs must be on one tape")
    // Not a key path, which generic code would make anew for every operator.
    let indices = inputs.map { $0.index }
    guard isRecording, indices.contains(where: { $0 != nil }) else { return outputs.map(constant) }
    let first = isLeaf.count
    isLeaf.append(contentsOf: outputs.map { _ in false })
    records.append(Record(inputs: indices, outputs: first..<isLeaf.count, backward: backward))
    return outputs.enumerated().map { Variable(value: $1, tape: self, index: first + $0) }
  }

  /// Records an operator of one output.
  package func record(
    _ inputs: [Variable<S>], output: Tensor<S>, backward: @escaping (_ gradient: inout Tensor<S>) -> [Tensor<S>?]
  ) -> Variable<S> {
    record(inputs, outputs: [output]) { gradients in
      // Moved out of the array, so that the operator uniquely owns it and may overwrite it.
      guard var gradient = gradients[0] else { preconditionFailure("an operator without gradients was not skipped") }
      gradients[0] = nil
      return backward(&gradient)
    }[0]
  }

  /// The gradients of `loss` with respect to every leaf. The tape is empty afterwards.
  ///
  /// - Precondition: `loss` has one element.
  public func backward(from loss: Variable<S>) -> Gradients<S> {
    var found: [Int: Tensor<S>] = [:]
    backward(from: loss) { found[$0] = $1 }
    return Gradients(byIndex: found)
  }

  /// Passes on the gradient of `loss` with respect to each leaf that it depends on, as soon as it is final: while those of
  /// earlier operators are still to be computed. The tape is empty afterwards, also where `receive` throws.
  ///
  /// - Precondition: `loss` has one element.
  package func backward(
    from loss: Variable<S>, _ receive: (_ leaf: Int, _ gradient: consuming Tensor<S>) throws -> Void
  ) rethrows {
    precondition(loss.value.count == 1, "the backward pass starts from one number, not from shape \(loss.value.shape)")
    defer { (records, isLeaf) = ([], []) }
    var gradients = [Tensor<S>?](repeating: nil, count: isLeaf.count)
    if let index = loss.index { gradients[index] = Tensor(loss.value.shape, repeating: 1) }
    // The operators that a leaf's gradient still waits for.
    var uses = [Int](repeating: 0, count: isLeaf.count)
    for record in records { for case let index? in record.inputs { uses[index] += 1 } }
    func pass(_ index: Int) throws {
      if uses[index] == 0 && isLeaf[index], let gradient = gradients[index].take() { try receive(index, gradient) }
    }
    if let index = loss.index { try pass(index) }
    while let record = records.popLast() {
      var outputs = [Tensor<S>?](repeating: nil, count: record.outputs.count)
      for (slot, index) in record.outputs.enumerated() { swap(&outputs[slot], &gradients[index]) }
      if !outputs.allSatisfy({ $0 == nil }) {
        let inputs = record.backward(&outputs)
        precondition(
          inputs.count == record.inputs.count,
          "an operator returned \(inputs.count) gradients for \(record.inputs.count) inputs")
        for (index, gradient) in zip(record.inputs, inputs) {
          guard let index, let gradient else { continue }
          Self.accumulate(gradient, into: &gradients[index], workspace: workspace)
        }
      }
      for case let index? in record.inputs {
        uses[index] -= 1
        try pass(index)
      }
    }
  }

  private static func accumulate(_ gradient: Tensor<S>, into sum: inout Tensor<S>?, workspace: Workspace) {
    guard var total = sum else {
      sum = gradient
      return
    }
    sum = nil
    precondition(total.shape == gradient.shape, "gradients of shapes \(total.shape) and \(gradient.shape) of one value")
    let (target, source) = (total.mutable, gradient.region)
    workspace.workers.forEachRun(of: total.count) { run in
      S.primitives.add(
        n: run.count, target.base + run.lowerBound, source.base + run.lowerBound, target.base + run.lowerBound)
    }
    sum = total
  }
}

/// A value on a tape.
public struct Variable<S: Scalar> {
  /// The value itself.
  public private(set) var value: Tensor<S>
  /// The tape that records it.
  public let tape: Tape<S>
  /// Its number on the tape; nil for constants.
  package let index: Int?

  /// The shape of the value.
  public var shape: Shape { value.shape }
  /// Whether a backward pass computes a gradient for it: false for constants.
  package var hasGradient: Bool { index != nil }

  init(value: Tensor<S>, tape: Tape<S>, index: Int?) {
    self.value = value
    self.tape = tape
    self.index = index
  }

  /// Moves the value out, for an operator that adds to it in place; the variable then only identifies the gradient.
  package mutating func takeValue() -> Tensor<S> {
    let taken = value
    value = Tensor([0], [])
    return taken
  }
}

/// The gradients from a backward pass.
public struct Gradients<S: Scalar> {
  private let byIndex: [Int: Tensor<S>]

  init(byIndex: [Int: Tensor<S>]) { self.byIndex = byIndex }

  /// The gradient with respect to a leaf; nil where the loss does not depend on it.
  public subscript(leaf: Variable<S>) -> Tensor<S>? { leaf.index.flatMap { byIndex[$0] } }
}
