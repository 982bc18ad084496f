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
    let kept = workspace.freeBytes
    let gradients = tape.backward(from: loss!)
    #expect(gradients[x] != nil)
    // Twenty activations of 4,000 bytes were held by the tape and are free now.
    #expect(workspace.freeBytes >= kept + 19 * 4000)
  }

  @Test func writingACopyLeavesTheOriginal() {
    let a = Tensor<Float>([2], [1, 2])
    var b = a
    b[0] = 5
    #expect(a.elements == [1, 2])
    #expect(b.elements == [5, 2])
  }

  @Test func theComparatorSeesShapesDifferencesAndNaN() {
    let a = Tensor<Float>([2], [1, 2])
    #expect(relativeDifference(a, a, floor: 1e-9) == 0)
    #expect(relativeDifference(a, a.reshaped([1, 2]), floor: 1e-9) == nil)
    #expect(relativeDifference(Tensor([2], [1, .nan]), a, floor: 1e-9) == nil)
    #expect(relativeDifference(Tensor([2], [1, 3]), a, floor: 1e-9) == 0.5)
    #expect(relativeDifference(Tensor([2], [0, 1e-3]), Tensor([2], [0, 0]), floor: 1e-3) == 1)
  }
}
