import Testing

@testable import KodamaAudio

/// Which crops one of several processes reads.
@Suite struct CropRunsTests {
  private func crops(_ runs: CropRuns, from first: Int, count: Int) -> [Int] {
    var numbers = [first]
    while numbers.count < count { numbers.append(runs.next(after: numbers.last!, from: first)) }
    return numbers
  }

  @Test func allCropsFollowEachOther() { #expect(crops(CropRuns(), from: 7, count: 4) == [7, 8, 9, 10]) }

  @Test func runsOfAShareSkipThoseOfOthers() {
    // The second of three processes, each with two of six crops a step.
    #expect(crops(CropRuns([2, 3], every: 6), from: 14, count: 6) == [14, 15, 20, 21, 26, 27])
    #expect(crops(CropRuns([3], every: 4), from: 3, count: 3) == [3, 7, 11])
    #expect(crops(CropRuns([0, 1, 2, 3], every: 4), from: 0, count: 6) == [0, 1, 2, 3, 4, 5])
    // Several runs of a step, of different lengths.
    #expect(crops(CropRuns([1, 4, 5, 8], every: 10), from: 21, count: 9) == [21, 24, 25, 28, 31, 34, 35, 38, 41])
  }
}
