import KodamaAmplifierTraining
import TestSupport
import Testing

@Suite struct PairCropsTests {
  /// Samples that name their place; the wet ones are negative.
  private static let pair = AlignedPair(
    dry: (0..<1_000).map(Float.init), wet: (0..<1_000).map { -Float($0) }, sampleRate: 100, path: "wet.wav")

  private func crops(seed: UInt64 = 5) -> PairCrops {
    PairCrops(Self.pair, outputs: 20..<903, samples: 64, lookback: 20, seed: seed)
  }

  @Test func everyOutputHasItsInputsBeforeIt() {
    let crops = crops()
    #expect(crops.examplesPerEpoch == 13)
    let batch = crops.batch(30..<34)
    #expect(batch.dry.shape == [4, 84] && batch.wet.shape == [4, 64])
    for row in 0..<4 {
      let start = Int(-batch.wet[row, 0])
      #expect(start >= 20 && start + 64 <= 903)
      #expect((0..<64).allSatisfy { batch.wet[row, $0] == -Float(start + $0) })
      #expect((0..<84).allSatisfy { batch.dry[row, $0] == Float(start - 20 + $0) })
    }
  }

  @Test func anEpochCoversEverythingOnceButForALittle() {
    let crops = crops()
    for epoch in 0..<3 {
      let outputs = (0..<13).map { crops.outputs(ofCrop: epoch * 13 + $0) }
      let covered = outputs.flatMap { Array($0) }
      #expect(Set(covered).count == 13 * 64)
      #expect(outputs != outputs.sorted { $0.lowerBound < $1.lowerBound })
    }
    let starts = Set((0..<13 * 40).map { crops.outputs(ofCrop: $0).lowerBound % 64 })
    #expect(starts.count > 20)
    #expect((0..<13).map { crops.outputs(ofCrop: $0) } != (13..<26).map { crops.outputs(ofCrop: $0) })
  }

  @Test func aCropIsAFunctionOfItsNumberAndTheSeed() {
    let (first, again, other) = (crops(), crops(), crops(seed: 6))
    #expect(first.batch(7..<9) == again.batch(7..<9))
    let whole = first.batch(0..<26).wet.elements
    let resumed = again.batch(0..<11).wet.elements + again.batch(11..<26).wet.elements
    #expect(whole == resumed)
    #expect(whole != other.batch(0..<26).wet.elements)
  }

  @Test func validationCoversItsSecondsInOrder() throws {
    let parts = Array(crops().batches(inOrder: 900..<1_000, samples: 64))
    #expect(parts.map(\.wet.shape) == [[1, 64], [1, 36]] && parts.map(\.dry.shape) == [[1, 84], [1, 56]])
    #expect(parts.flatMap(\.wet.elements) == (900..<1_000).map { -Float($0) })
    #expect(parts[1].dry.elements.first == Float(964 - 20))
  }

  @Test func theEndIsForValidation() throws {
    let split = try Self.pair.split(validationSeconds: 2, samples: 64, lookback: 20)
    #expect(split.training == 20..<800 && split.validation == 800..<1_000)
    #expect(try Self.pair.split(validationSeconds: 0, samples: 980, lookback: 20).validation.isEmpty)
    #expect(throws: PairFault.tooShort(path: "wet.wav", seconds: 10, needed: 10.01)) {
      try Self.pair.split(validationSeconds: 9, samples: 81, lookback: 20)
    }
    #expect(AlignedPair.standardValidationSeconds == 9)
  }
}
