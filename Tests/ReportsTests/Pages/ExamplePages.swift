import Foundation
import KodamaCore
import KodamaSignal
import KodamaSpectra

@testable import KodamaReports

/// The pages that tests look at.
enum ExamplePages {
  /// A name with everything that has a meaning in HTML.
  static let hostileName = #"<b>"Tom & 'Jerry'"</b><script>alert(1)</script>"#

  static let rate = 8000

  /// A tone that grows higher, with noise.
  static func sound(_ number: Int, noise: Float, seconds: Double = 0.6, rate: Int = rate) -> Waveform {
    var random = Philox(seed: UInt64(number))
    let samples = (0..<Int(seconds * Double(rate))).map { index -> Float in
      let time = Double(index) / Double(rate)
      return Float(0.4 * sin(2 * Double.pi * (200 + 40 * Double(number) + 300 * time) * time))
        + noise * Float(random.normal())
    }
    return Waveform(samples, sampleRate: rate)
  }

  /// Two sides of sounds with the same names, the second the noisier the higher the number, and a name of trouble.
  static func sides(count: Int) -> (reference: [Sound], generated: [Sound]) {
    let names = (1..<count).map { "voice/take-\($0).wav" } + [hostileName]
    return (
      names.enumerated().map { Sound(name: $1, sound($0, noise: 0.002)) },
      names.enumerated().map { Sound(name: $1, sound($0, noise: 0.002 + 0.004 * Float($0))) }
    )
  }

  /// The page of an evaluation of pairs.
  static func evaluation(in folder: String, pairs: Int = 16) throws -> String {
    let (reference, generated) = sides(count: pairs)
    let result = try Evaluation().compare(reference: reference, generated: generated, againstNoise: true)
    var report = EvaluationReport(
      result, title: "Outputs of \(hostileName)", facts: [ReportFact("Reference", "recordings")])
    (report.worstPairs, report.typicalPairs) = (3, 1)
    return try report.write(to: folder, reference: reference, generated: generated, existing: .refuse)
  }

  /// The page of a training run.
  static func run(in folder: String) throws -> String {
    var random = Philox(seed: 1)
    let loss = (0..<2000).map { step in
      LineChart.Point(x: Double(step), y: 4 + 4 * exp(-Double(step) / 300) + 0.1 * random.normal())
    }
    let rates = loss.map { LineChart.Point(x: $0.x, y: 1e-3 * exp(-$0.x / 300)) }
    let validation = stride(from: 99, to: 2000, by: 100).map { loss[$0] }
    let charts = [
      LineChart(
        title: "Loss", unit: "bits per sample", xName: "step",
        series: [.init("batches", loss, style: .noisy), .init("given up", Array(loss[700..<760]), style: .pale)],
        marks: [760], markName: "return to a checkpoint"),
      LineChart(
        title: "Validation", unit: "bits per sample", xName: "step",
        series: [.init("held out", validation, style: .dotted)]),
      LineChart(title: "Learning rate", xName: "step", series: [.init("rate", rates)]),
    ]
    let report = RunReport(
      title: "Run \(hostileName)", facts: [ReportFact("Steps", "2,000")], charts: charts,
      remarks: ["The loss of step 760 was not finite."],
      samples: (0..<3).map { Sound(name: "Step \($0)", sound($0, noise: 0.1)) },
      settings: [.init("Network", [ReportFact("Blocks", "16")])])
    let path = folder + "/report.html"
    try report.write(to: path, existing: .refuse)
    return path
  }

  /// A page of charts of points and of tables.
  static func scatter(in folder: String) throws -> String {
    let points = (0..<20).map { LineChart.Point(x: 1e5 + 1e4 * Double($0), y: 0.001 * Double($0 * $0)) }
    let charts = ["speed", hostileName].map { name in
      ScatterChart(
        title: "Loss against \(name)", xName: name, yName: "bits",
        series: [.init("front", points), .init("chosen", [points[7]])])
    }
    let report = ScatterReport(
      title: "Search \(hostileName)", facts: [ReportFact("Target", hostileName)], charts: charts,
      tables: [
        .init("Models", columns: ["model", "bytes"], rows: (0..<20).map { ["\(hostileName) \($0)", "1,000"] }),
        .init("Layers", columns: ["layer", hostileName], rows: [["blocks.0", "int8"]]),
      ], remarks: [hostileName])
    let path = folder + "/search.html"
    try report.write(to: path, existing: .refuse)
    return path
  }

  /// The page of three runs, of which the second has no validation, and not all have all samples.
  static func comparison(in folder: String) throws -> String {
    let runs = ["first", hostileName, "a-run-with-a-rather-long-name-2026-11-28"]
    func curve(_ run: Int, every: Int) -> [LineChart.Point] {
      var random = Philox(seed: UInt64(run))
      return stride(from: 1, to: 1500, by: every).map { step in
        LineChart.Point(
          x: Double(step), y: 4 + 0.3 * Double(run) + 4 * exp(-Double(step) / 300) + 0.1 * random.normal())
      }
    }
    let charts = [
      LineChart(
        title: "Validation", unit: "bits per sample", xName: "step",
        series: [0, 2].map { .init(runs[$0], curve($0, every: 100), style: .dotted) }),
      LineChart(
        title: "Training", unit: "bits per sample", xName: "step",
        series: (0..<3).map { .init(runs[$0], curve($0, every: 1), style: .noisy) }),
    ]
    let comparison = RunComparison(
      title: "Runs \(runs.joined(separator: ", "))", runs: runs, charts: charts,
      figures: [.init("Steps", ["1,500", "1,500", "1,500"]), .init("Best validation", ["4.1", nil, "4.8"])],
      differences: [
        .init("plan.learning_rate", ["0.001", "0.002", "0.002"]), .init("signal", [nil, hostileName, nil]),
      ], common: [ReportFact("plan.batch_size", "8")],
      samples: [
        .init(
          "Step 500",
          [Sound(name: "Step 500", sound(1, noise: 0.1)), nil, Sound(name: "Step 500", sound(4, noise: 0.1))]),
        .init(
          "The last of each run",
          [Sound(name: "Step 900", sound(2, noise: 0.1)), Sound(name: hostileName, sound(3, noise: 0.1)), nil]),
      ], remarks: ["first: the loss of step 760 was not finite."])
    let path = folder + "/comparison.html"
    try comparison.write(to: path, existing: .refuse)
    return path
  }
}
