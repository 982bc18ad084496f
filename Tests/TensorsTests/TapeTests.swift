@testable import KodamaTensors
import Testing
import TestSupport

@Suite struct TapeTests {
  @Test func aLeafTheLossDoesNotDependOnHasNoGradient() {
    let tape = Tape<Float>()
    let (a, b) = (tape.leaf(Tensor([2], [1, 2])), tape.leaf(Tensor([2], [3, 4])))
    let gradients = tape.backward(from: (a * a).sum())
    #expect(gradients[a]?.elements == [2, 4])
    #expect(gradients[b] == nil)
  }

  @Test func withoutRecordingNothingIsKept() {
    let tape = Tape<Float>(recording: false)
    let a = tape.leaf(Tensor([2], [1, 2]))
    #expect(tape.backward(from: (a * a).sum())[a] == nil)
  }

  @Test func aPassThatIsNotTakenBackIsLetGo() {
    weak var dropped: Tape<Float>?
    do {
      let tape = Tape<Float>()
      dropped = tape
      let x = tape.leaf(Tensor([1, 4], [1, -2, 3, 4]))
      _ = (x.relu() * 2).crossEntropy(targets: [1], weights: [1]) + x.tanh().sum()
    }
    #expect(dropped == nil)
  }

  @Test func activationsGoAsTheBackwardPassConsumesThem() {
    let workspace = Workspace()
    let tape = Tape<Float>(workspace: workspace)
    var loss: Variable<Float>?
    let x = tape.leaf(Tensor([1000], repeating: 0.5))
    do {
      var y = x
      for _ in 0..<20 { y = y.tanh() }
      loss = y.sum()
    }
    let kept = workspace.resources.memory.freeBytes
    let gradients = tape.backward(from: loss!)
    #expect(gradients[x] != nil)
    // Twenty activations of 4,000 bytes were held by the tape and are free now.
    #expect(workspace.resources.memory.freeBytes >= kept + 19 * 4000)
  }

  @Test func writingACopyLeavesTheOriginal() {
    let a = Tensor<Float>([2], [1, 2])
    var b = a
    b[0] = 5
    #expect(a.elements == [1, 2])
    #expect(b.elements == [5, 2])
  }

  /// A gradient that is missing would be taken for zero, and one too many be forgotten.
  @Test func anOperatorThatReturnsTooFewOrTooManyGradientsEndsTheProcess() async {
    for count in [1, 3] {
      await #expect(processExitsWith: .failure) { [count = count as Int] in
        let tape = Tape<Float>()
        let (a, b) = (tape.leaf(Tensor([2], [1, 2])), tape.leaf(Tensor([2], [3, 4])))
        let sum = tape.record([a, b], output: a.value) { gradient in
          [Tensor<Float>?](repeating: gradient, count: count)
        }
        _ = tape.backward(from: sum.sum())
      }
    }
  }
}
