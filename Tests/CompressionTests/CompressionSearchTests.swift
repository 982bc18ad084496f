import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaWaveNets
import TestSupport
import Testing

@testable import KodamaCompression

/// The search on small models: what it measures, what it chooses, and what it refuses.
@Suite struct CompressionSearchTests {
  private func search(_ name: String = "plain", threads: Int = 2) throws -> CompressionSearch {
    let (model, workers) = (Examples.model(name), Workers(threads: threads))
    let signals = [500, 300].map { Examples.codes(model.configuration, count: $0, seed: UInt64($0)) }
    return try CompressionSearch(
      model, calibration: Examples.calibration(model, workers: workers), on: signals, workers: workers)
  }

  private func result(_ search: CompressionSearch, _ target: CompressionTarget) throws -> CompressionSearch.Result {
    try #require(try search.run(for: target))
  }

  @Test(arguments: Examples.names) func aSizeIsMetAtTheLossThatIsReported(name: String) throws {
    let search = try search(name)
    let limit = search.original.weightBytes * 3 / 5
    let found = try result(search, .bytes(limit))
    let point = found.report.chosen
    #expect(found.model.weightBytes <= limit && point.bytes == found.model.weightBytes)
    let comparison = try LogitComparison(search.original, found.model, on: search.signals)
    #expect(comparison.bitsPerSample.before == found.report.bitsPerSampleBefore)
    let lost = comparison.bitsPerSample.after - comparison.bitsPerSample.before
    #expect(abs(lost - point.bitsPerSampleLost) < 1e-12)
    // No measured model of that size loses less.
    #expect(found.report.points.allSatisfy { $0.bytes > limit || abs($0.bitsPerSampleLost) >= abs(lost) - 1e-12 })
    #expect(found.report.samples == 800 && found.report.layers.map(\.path) == found.model.layers.map(\.path))
    #expect(found.report.layers.map(\.precision) == found.model.layers.map(\.precision))
    try withTemporaryFolder { folder in
      try found.model.save(to: folder + "/m")
      #expect(try InferenceModel.load(folder + "/m") == found.model)
    }
  }

  @Test func aSizeIsSearchedToTheSameBitsOnAnyThreads() throws {
    let results = try [1, 3].map { try result(search(threads: $0), .bytes(4500)) }
    #expect(results[0].model == results[1].model)
    #expect(results[0].report.points.map(\.bitsPerSampleLost) == results[1].report.points.map(\.bitsPerSampleLost))
    #expect(results[0].report.groups.map(\.name) == results[1].report.groups.map(\.name))
  }

  @Test func aLossIsNotExceeded() throws {
    let search = try search()
    for limit in [0.0, 0.02, 0.3] {
      let found = try result(search, .bitsPerSampleLost(limit))
      let points = found.report.points
      #expect(abs(found.report.chosen.bitsPerSampleLost) <= limit)
      let rivals = points.filter { abs($0.bitsPerSampleLost) <= limit }
      #expect(rivals.allSatisfy { $0.samplesPerSecond <= found.report.chosen.samplesPerSecond })
      #expect(points.count { $0.isChosen } == 1)
    }
  }

  @Test func aSpeedIsReached() throws {
    let found = try result(search(), .samplesPerSecond(1))
    #expect(found.report.chosen.samplesPerSecond >= 1)
    let points = found.report.points
    // The original is as fast as that, and nothing changes less.
    #expect(found.report.chosen.bitsPerSampleLost == 0)
    #expect(points.allSatisfy { $0.samplesPerSecond > 0 && $0.samplesPerSecond.isFinite })
  }

  @Test func pointsThatOthersBeatAreMarked() throws {
    let points = try result(search(), .bytes(5000)).report.points
    #expect(points.contains { !$0.isDominated })
    for point in points {
      let isBeaten = points.contains { other in
        other.bytes <= point.bytes && other.samplesPerSecond >= point.samplesPerSecond
          && abs(other.bitsPerSampleLost) <= abs(point.bitsPerSampleLost)
          && (other.bytes, other.samplesPerSecond, abs(other.bitsPerSampleLost))
            != (point.bytes, point.samplesPerSecond, abs(point.bitsPerSampleLost))
      }
      #expect(point.isDominated == isBeaten)
    }
  }

  @Test func whatCannotBeHadIsNamedWithTheNearest() throws {
    let search = try search()
    func fault(_ target: CompressionTarget) throws -> (nearest: CompressionTarget, loss: Double?) {
      do {
        _ = try search.run(for: target)
        Issue.record("\(target) was met")
      } catch let fault as CompressionFault {
        #expect(fault.exitStatus == .unavailable)
        if case .outOfReach(target, let nearest, let loss) = fault { return (nearest, loss) }
      }
      throw CancellationError()
    }
    guard case (.bytes(let bytes), let loss?) = try fault(.bytes(10)) else { throw CancellationError() }
    #expect(bytes > 10 && loss.isFinite && loss != 0)
    // The nearest can be had, and a byte less cannot.
    #expect(try result(search, .bytes(bytes)).model.weightBytes == bytes)
    guard case (.bytes(bytes), _) = try fault(.bytes(bytes - 1)) else { throw CancellationError() }
    guard case (.samplesPerSecond(let speed), _?) = try fault(.samplesPerSecond(1e12)) else {
      throw CancellationError()
    }
    #expect(speed > 0 && speed < 1e12)
    guard case (.bitsPerSampleLost(let least), nil) = try fault(.bitsPerSampleLost(-5)) else {
      throw CancellationError()
    }
    #expect(least == 0)
  }

  @Test func anInterruptedSearchHasNoResult() throws {
    let search = try search()
    for stop in [0, 1, 20, 60] {
      var asked = 0
      let found = try search.run(
        for: .bytes(4500),
        isInterrupted: {
          asked += 1
          return asked > stop
        })
      #expect(found == nil && asked == stop + 1)
    }
  }

  @Test func theShareOfTheWorkRises() throws {
    var shares: [Double] = []
    _ = try search().run(for: .bytes(4500), progress: { share, _ in shares.append(share) })
    #expect(shares.count > 20 && shares.last == 1 && shares == shares.sorted())
  }

  // MARK: Forms and groups

  @Test func layersHaveTheFormsOfAllPrecisions() throws {
    #expect(LayerForm.all.first == .original && Set(LayerForm.all).count == LayerForm.all.count)
    for scheme in Precision.schemes { #expect(LayerForm.all.contains(LayerForm(scheme))) }
    let model = Examples.model("kernel 3, odd channels, no biases")
    let quantizer = Quantizer(model, calibration: try Examples.calibration(model))
    let original = InferenceModel(model)
    for form in LayerForm.all {
      let layers = quantizer.layers(of: original, in: form)
      #expect(layers.count == original.layers.count)
      for layer in layers.values {
        #expect(layer.precision == form.precision)
        // Blocks at the edges have fewer weights.
        #expect(layer.zeroShare >= 0.6 * form.sparsity, "\(layer.path) \(form)")
      }
    }
  }

  @Test func whatWasPrunedStays() throws {
    var values = Examples.normals(32 * 8)
    for index in values.indices where index / 8 < 16 { values[index] = 0 }
    let layer = InferenceLayer(
      path: "a", outputs: 32, channels: 8, taps: 1, weights: .float32(values), bias: nil)
    #expect(layer.withoutSmallestBlocks(share: 0.5) == layer)
    let sparser = layer.withoutSmallestBlocks(share: 0.75)
    #expect(sparser.zeroShare == 0.75)
    for (a, b) in try paired(layer.dequantized, sparser.dequantized) { #expect(b == 0 || a == b) }
  }

  @Test func fewLayersAreChosenAlone() {
    let paths = ["blocks.0.dilated", "blocks.0.skip", "blocks.1.dilated", "blocks.1.skip", "head.0", "head.1"]
    let groups = LayerGroup.groups(of: paths)
    #expect(groups.map(\.name).sorted() == paths.sorted() && groups.allSatisfy { $0.paths == [$0.name] })
    #expect(Set(groups.map(\.kind)) == ["blocks.*.dilated", "blocks.*.skip", "head.0", "head.1"])
  }

  @Test(arguments: [9, 16, 30, 200]) func manyLayersAreChosenInRuns(blocks: Int) {
    let kinds = ["dilated", "skip", "residual"]
    let paths = (0..<blocks).flatMap { block in kinds.map { "blocks.\(block).\($0)" } } + ["head.0", "head.1"]
    let groups = LayerGroup.groups(of: paths)
    #expect(groups.count <= LayerGroup.limit && groups.count > LayerGroup.limit / 2)
    #expect(groups.flatMap(\.paths).sorted() == paths.sorted())
    for group in groups {
      let numbers = group.paths.compactMap { Int($0.split(separator: ".")[1]) }
      #expect(zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 })
      #expect(Set(group.paths.map { $0.split(separator: ".").last }).count == 1)
    }
    #expect(groups.contains { $0.name == "head.1" })
    if blocks == 30 { #expect(groups.first?.name == "blocks.0-3.dilated") }
  }
}
