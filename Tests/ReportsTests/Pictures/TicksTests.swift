import Testing

@testable import KodamaReports

@Suite struct TicksTests {
  @Test func ticksAreRoundAndNoMoreThanAskedFor() {
    #expect(Ticks.linear(0...3, most: 10).map(\.label) == ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5", "3.0"])
    #expect(
      Ticks.linear(-90...0, most: 9).map(\.label) == [
        "−90", "−80", "−70", "−60", "−50", "−40", "−30", "−20", "−10", "0",
      ])
    #expect(
      Ticks.linear(0...0.012, most: 6).map(\.label) == ["0.000", "0.002", "0.004", "0.006", "0.008", "0.010", "0.012"])
    #expect(Ticks.linear(0...97, most: 10).map(\.value) == stride(from: 0, through: 90, by: 10).map { Double($0) })
    for length in [0.001, 0.37, 1, 9.99, 59.9, 61, 3600, 90_000, 5e6] {
      for most in [2, 7, 12] {
        let ticks = Ticks.time(seconds: length, most: most)
        #expect((1...most + 1).contains(ticks.count), "\(length) s in \(most)")
        #expect(ticks.allSatisfy { $0.value <= length * (1 + 1e-6) })
        #expect(Set(ticks.map(\.label)).count == ticks.count, "\(length) s in \(most)")
      }
    }
  }

  @Test func rangesThatNumbersDoNotResolveHaveNoTicks() {
    let (smallest, largest) = (Double.leastNonzeroMagnitude, Double.greatestFiniteMagnitude)
    for range in [
      -largest...largest, 0...smallest, 1e17...1e17 + 16, 1...1, largest.nextDown...largest, smallest...1000 * smallest,
    ] {
      #expect(Ticks.linear(range, most: 5).isEmpty, "\(range)")
    }
    for range in [0...largest, 1e300...1.1e300, 0...1e-290, 1e15...1e15 + 1e6] {
      let ticks = Ticks.linear(range, most: 5)
      #expect((2...6).contains(ticks.count) && Set(ticks.map(\.value)).count == ticks.count, "\(range)")
    }
  }

  @Test func longTimesAreMinutesAndHours() {
    #expect(Ticks.time(seconds: 120, most: 4).map(\.label) == ["0:00", "0:30", "1:00", "1:30", "2:00"])
    #expect(Ticks.time(seconds: 7200, most: 4).map(\.label) == ["0:00", "30:00", "1:00:00", "1:30:00", "2:00:00"])
  }

  @Test func frequenciesKeepTheirDistance() {
    let position = { (frequency: Double) in FrequencyScale.mel.height(of: frequency, highest: 8000) * 500 }
    let ticks = Ticks.frequency(highest: 8000, distance: 26, position: position)
    #expect(ticks.map(\.label).starts(with: ["0", "200", "500"]))
    #expect(ticks.map(\.value).contains(1000) && ticks.map(\.value).contains(5000))
    for (low, high) in zip(ticks, ticks.dropFirst()) { #expect(position(high.value) - position(low.value) >= 26) }
  }

  @Test func numbersKeepTheirDecimals() {
    #expect(Ticks.number(-1.27, digits: 1) == "−1.3")
    #expect(Ticks.number(0.05, digits: 2) == "0.05")
    #expect(Ticks.number(-0.001, digits: 1) == "0.0")
    #expect(NumberText.count(.min) == "−9,223,372,036,854,775,808" && NumberText.count(-12_345) == "−12,345")
    #expect(NumberText.short(.leastNonzeroMagnitude) == "4.941e−324" && NumberText.round(2e-307) == "2e−307")
    #expect(NumberText.short(.greatestFiniteMagnitude) == "1.798e308" && NumberText.round(-1e308) == "−1e308")
  }

  /// Lengths that a file of scores may state, however long.
  @Test func anyLengthOfTimeIsShown() {
    #expect(Ticks.duration(3661) == "1:01:01")
    #expect(Ticks.duration(-1.5) == "−1.50 s")
    #expect(Ticks.duration(1e15) == "1000000000000000 s")
    for seconds in [1e19, 1.7e308, .infinity] { #expect(Ticks.duration(seconds) == "\(seconds) s") }
    #expect(Ticks.duration(.nan) == "nan s")
  }
}
