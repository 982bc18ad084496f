import CKernels
import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaInference
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaGeneration

/// The products of every entry and precision against plain sums, for sizes that no vector divides, several steps, and
/// all ways to begin and to end, with canaries around everything that is written.
@Suite struct ProductTests {
  static let entries = InstructionSet.available
  static let shapes = [
    (outputs: 1, channels: 1, taps: 1), (3, 5, 2), (16, 4, 1), (17, 33, 3), (48, 64, 2), (100, 31, 1), (128, 64, 2),
    (144, 7, 2), (256, 40, 1), (301, 3, 1),
  ]

  @Test(arguments: entries, Precision.allCases)
  func aProductIsItsSum(entry: InstructionSet, precision: Precision) throws {
    for (index, shape) in Self.shapes.enumerated() {
      let example = ProductExample(precision, shape, seed: UInt64(index))
      for steps in [1, 2, 3, 4, 5, 8, 9, 15] where index % 3 == 0 || steps < 3 {
        let expected = (0..<steps).map { example.expected(step: $0) }
        let whole = example.run(entry, steps: steps, split: false, epilogue: KODAMA_EPILOGUE_BIAS)
        let split = example.run(entry, steps: steps, split: true, epilogue: KODAMA_EPILOGUE_BIAS)
        #expect(whole.isIntact && split.isIntact, "\(entry), \(precision), \(shape) wrote outside its memory")
        #expect(whole.values == split.values, "\(entry), \(precision), \(shape): in two products or in one")
        try expectSteps(whole.values, expected, "\(entry), \(precision), \(shape), \(steps) steps")
        let added = example.run(entry, steps: steps, split: false, epilogue: KODAMA_EPILOGUE_ADD)
        #expect(added.isIntact)
        try expectSteps(
          added.values, expected.map { $0.map { 0.75 * (2 + $0) } }, "added, \(entry), \(precision), \(shape)")
        let conditioned = example.run(entry, steps: steps, split: false, epilogue: KODAMA_EPILOGUE_CONDITION)
        #expect(conditioned.isIntact)
        try expectSteps(
          conditioned.values,
          expected.enumerated().map { step, sums in sums.map { 0.75 * (Double(3 + step) + $0) } },
          "conditioned, \(entry), \(precision), \(shape)")
      }
    }
  }

  @Test(arguments: entries, Precision.allCases)
  func aStepComesOutAsItWouldAlone(entry: InstructionSet, precision: Precision) {
    let example = ProductExample(precision, (outputs: 144, channels: 33, taps: 2), seed: 3)
    let together = example.run(entry, steps: 15, split: false, epilogue: KODAMA_EPILOGUE_BIAS).values
    for steps in [1, 2, 4, 7, 8] {
      let some = example.run(entry, steps: steps, split: false, epilogue: KODAMA_EPILOGUE_BIAS).values
      #expect(some == Array(together.prefix(steps)), "\(steps) steps")
    }
  }

  /// Products without the blocks that are 0: none of a group, few, and all of them.
  @Test(arguments: entries, [Precision.float32, .bfloat16, .int8, .ternary])
  func aSparseProductIsItsSum(entry: InstructionSet, precision: Precision) throws {
    let shapes = [
      (outputs: 1, channels: 4, taps: 1), (17, 32, 3), (48, 64, 2), (100, 12, 1), (144, 8, 2), (256, 40, 1),
    ]
    for (index, shape) in shapes.enumerated() {
      for blocks in [0, 0.1, 0.3, 1] {
        let example = ProductExample(precision, shape, seed: UInt64(index), blocks: blocks)
        for steps in [1, 2, 3, 4, 5, 8, 9, 15] {
          let what = "\(entry), \(precision), \(shape), \(blocks) of the blocks, \(steps) steps"
          func run(split: Bool, _ epilogue: kodama_epilogue) -> [[Float]] {
            let (values, isIntact) = example.run(entry, steps: steps, split: split, epilogue: epilogue, isSparse: true)
            #expect(isIntact, "\(what) wrote outside its memory")
            return values
          }
          let expected = (0..<steps).map { example.expected(step: $0) }
          let whole = run(split: false, KODAMA_EPILOGUE_BIAS)
          #expect(whole == run(split: true, KODAMA_EPILOGUE_BIAS), "\(what): in two products or in one")
          try expectSteps(whole, expected, what)
          try expectSteps(
            run(split: false, KODAMA_EPILOGUE_ADD), expected.map { $0.map { 0.75 * (2 + $0) } }, "added, \(what)")
          // Each step as it would come out alone.
          let alone = example.run(entry, steps: 1, split: false, epilogue: KODAMA_EPILOGUE_BIAS, isSparse: true).values
          #expect(alone[0] == whole[0], "\(what)")
          if precision == .int8 {
            let dense = example.run(entry, steps: steps, split: false, epilogue: KODAMA_EPILOGUE_BIAS).values
            #expect(whole == dense, "\(what): integers are exact")
          }
        }
      }
    }
  }

  /// The largest products there are, where the processor's own product of bytes would saturate, and exact sums in every
  /// entry.
  @Test(arguments: entries, [false, true]) func integersAreExact(entry: InstructionSet, isSparse: Bool) {
    for (weight, input) in [(127, 255), (-127, 255), (127, 0), (-127, 128)] as [(Int8, UInt8)] {
      for channels in [1, 4, 64, 256, 260, 1920] {
        let example = ProductExample(weight: weight, input: input, channels: channels)
        let sums = example.integerSums(entry, isSparse: isSparse)
        #expect(sums == [Int32](repeating: Int32(weight) * Int32(input) * Int32(channels), count: 33))
      }
    }
    for (index, channels) in [12, 77, 300, 900].enumerated() {
      let example = ProductExample(
        .int8, (outputs: 100, channels: channels, taps: 2), seed: UInt64(index), blocks: isSparse ? 0.5 : 1)
      #expect(example.integerSums(entry, isSparse: isSparse) == example.expectedIntegerSums, "\(channels) channels")
    }
  }

  /// Sums of more blocks than pairs of outputs have room for, in two parts and for several steps.
  @Test(arguments: entries) func longSparseSumsAreThoseOfDenseProducts(entry: InstructionSet) {
    for (channels, blocks) in [(128, 1), (132, 1), (600, 0.7)] {
      let example = ProductExample(.int8, (outputs: 40, channels: channels, taps: 3), seed: 4, blocks: blocks)
      for steps in [1, 2, 4, 15] {
        let dense = example.run(entry, steps: steps, split: false, epilogue: KODAMA_EPILOGUE_BIAS)
        for split in [false, true] {
          let sparse = example.run(entry, steps: steps, split: split, epilogue: KODAMA_EPILOGUE_BIAS, isSparse: true)
          #expect(sparse.isIntact && sparse.values == dense.values, "\(channels) channels, \(steps) steps")
        }
      }
    }
  }

  /// A layer with more inputs than the kernels of blocks of eight bits have room for is left to dense products.
  @Test func blocksOfEightBitsHaveALimit() {
    let limit = Int(KODAMA_BLOCK_PLACES) * Int(KODAMA_BLOCK_INPUTS)
    for (precision, channels, exists) in [
      (Precision.int8, limit, true), (.int8, limit + 4, false), (.float32, limit + 4, true),
    ] {
      let layer = ProductExample(precision, (outputs: 1, channels: channels, taps: 1), seed: 1, blocks: 0.1).layer
      let weights = SparseWeights(layer, PackedLayer(layer), parts: 1, taps: 0..<1, isPaired: false)
      #expect((weights != nil) == exists, "\(precision), \(channels) channels")
    }
  }

  private func expectSteps(
    _ got: [[Float]], _ expected: [[Double]], _ what: String, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    for (step, (a, b)) in try paired(got, expected, sourceLocation: sourceLocation).enumerated() {
      expectClose(
        a, b, tolerance: 2e-6, floor: 1, "\(what), step \(step)", sourceLocation: sourceLocation)
    }
  }
}
