import AllocationCounter
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaAmplifiers

@Suite struct ProcessorTests {
  @Test func everyConstructIsThere() {
    #expect(AmplifierExamples.outputs.count > 80)
  }

  /// Every construct of the format against an interpreter in double precision, with every instruction set.
  @Test(arguments: AmplifierExamples.outputs) func outputsAreThoseOfTheFormat(output: String) throws {
    let (name, size) = AmplifierExamples.parts(output)
    let (input, expected) = (try AmplifierExamples.numbers("input"), try AmplifierExamples.numbers(output))
    for instructionSet in InstructionSet.available {
      let processor = AmplifierProcessor(try AmplifierExamples.model(name), instructionSet: instructionSet)
      processor.size = size
      let found = disagreement(AmplifierExamples.play(processor, input), expected, floor: 1)
      #expect(found.relative < 1e-5, "\(instructionSet): \(found)")
    }
  }

  @Test(arguments: AmplifierExamples.outputs) func theSizesOfBlocksChangeNoBit(output: String) throws {
    let (name, size) = AmplifierExamples.parts(output)
    let input = try AmplifierExamples.numbers("input")
    let processor = AmplifierProcessor(try AmplifierExamples.model(name))
    processor.size = size
    let whole = AmplifierExamples.play(processor, input, blocks: [input.count])
    for blocks in [[1], [7, 64, 13], [63, 65], [32]] {
      processor.reset()
      #expect(AmplifierExamples.play(processor, input, blocks: blocks) == whole, "\(blocks)")
    }
  }

  /// Long enough that every ring of the long example wraps several times.
  @Test(arguments: ["wavenet-16-8", "film-gated", "linear", "convnet", "array-head"]) func ringsWrap(name: String)
    throws
  {
    let model = try AmplifierExamples.model(name)
    let lookback = try #require(model.architecture.lookback)
    let input = (0..<5 * (lookback + 200)).map { Float(($0 * 37) % 101) / 101 - 0.5 }
    let processor = AmplifierProcessor(model)
    let all = AmplifierExamples.play(processor, input, blocks: [64, 17])
    // The end depends on the last samples alone.
    processor.reset()
    let start = input.count - 2 * lookback - 100
    let end = AmplifierExamples.play(processor, Array(input[start...]))
    #expect(Array(all[(start + lookback)...]) == Array(end[lookback...]))
  }

  @Test func aResetReturnsToSilence() throws {
    for name in ["everything", "lstm-3", "container"] {
      let processor = AmplifierProcessor(try AmplifierExamples.model(name))
      let input = try AmplifierExamples.numbers("input")
      let first = AmplifierExamples.play(processor, input)
      #expect(AmplifierExamples.play(processor, input) != first)
      processor.reset()
      #expect(AmplifierExamples.play(processor, input) == first)
    }
  }

  @Test func processorsOfOneModelAreApart() throws {
    let model = try AmplifierExamples.model("everything")
    let (a, b) = (AmplifierProcessor(model), AmplifierProcessor(model))
    let input = try AmplifierExamples.numbers("input")
    let alone = AmplifierExamples.play(a, input)
    a.reset()
    var (mixed, silent) = ([Float](), [Float]())
    for start in stride(from: 0, to: input.count, by: 64) {
      mixed += a.process(Array(input[start..<start + 64]))
      silent += b.process([Float](repeating: 0, count: 64))
    }
    #expect(mixed == alone)
    #expect(Set(silent).count < 10)
  }

  @Test func sizesAreThoseOfTheFile() throws {
    #expect(try AmplifierExamples.model("everything").sizeSteps.isEmpty)
    let container = try AmplifierExamples.model("container")
    #expect(!container.sizeSteps.isEmpty)
    let processor = AmplifierProcessor(container)
    let input = try AmplifierExamples.numbers("input")
    let large = AmplifierExamples.play(processor, input)
    processor.size = 0
    let small = AmplifierExamples.play(processor, input)
    #expect(small != large)
    // Another network begins after silence.
    processor.size = 1
    #expect(AmplifierExamples.play(processor, input) == large)
  }

  @Test(
    .enabled(if: allocations_are_counted() != 0, "allocations are counted with glibc and without sanitizers"),
    .enabled(if: isOptimized, "without optimization the language itself takes memory"),
    arguments: ["everything", "lstm-3", "container", "slimmable", "linear", "convnet-batchnorm"])
  func blocksTakeNoMemory(name: String) throws {
    let processor = AmplifierProcessor(try AmplifierExamples.model(name))
    let input = UnsafeMutablePointer<Float>.allocate(capacity: 2000)
    input.initialize(repeating: 0.1, count: 2000)
    let output = input + 1000
    defer { input.deallocate() }
    func play() {
      var count = 1
      while count <= 1000 {
        processor.process(input, into: output, frames: count)
        count = count * 4 + 3
      }
    }
    play()
    // What the language's runtime sets up at a first use is not the engine's.
    processor.size = 0
    processor.reset()
    let before = allocations_of_this_thread()
    play()
    let played = allocations_of_this_thread()
    processor.size = 1
    let sized = allocations_of_this_thread()
    processor.reset()
    let after = allocations_of_this_thread()
    #expect([played, sized, after] == [before, before, before])
    #expect((0..<1000).contains { output[$0] != 0.1 })
  }

  /// Of a tone that dies away, numbers below the smallest normal one are zeros while a model runs, and the mode of the
  /// processor is what it was.
  @Test func denormalNumbersAreZeros() throws {
    let processor = AmplifierProcessor(try AmplifierExamples.model("linear"))
    let tiny = Float.leastNormalMagnitude / 8
    #expect(processor.process([Float](repeating: tiny, count: 64)).allSatisfy { $0 == processor.process([0])[0] })
    #expect(tiny * 0.5 > 0)
  }
}
