// Trains the same small network with batch, layer and group normalization on batches of 2 and of 64, on equally many
// synthesized sounds, and shows how each scores sounds that it never saw.
//
// usage: Normalization [--quick] FOLDER
//
// Prints a table, and draws into the folder normalization-axes.png and normalization-curves.png. With --quick one seed
// takes a few steps, which shows nothing but that it works.

import Foundation
import Kodama

let arguments = Array(CommandLine.arguments.dropFirst())
let isQuick = arguments.first == "--quick"
guard let folder = arguments.last, arguments.count == (isQuick ? 2 : 1), !folder.hasPrefix("-") else {
  FileHandle.standardError.write(Data("usage: Normalization [--quick] FOLDER\n".utf8))
  exit(64)
}
let seeds: ClosedRange<UInt64> = isQuick ? 1...1 : 1...3
let (examples, points) = isQuick ? (128, 2) : (12_800, 10)
let batchSizes = [2, 64]

try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
let runs = FileManager.default.temporaryDirectory.appendingPathComponent("normalization-\(UUID().uuidString)").path
defer { try? FileManager.default.removeItem(atPath: runs) }
// A seed that no run trains with.
let heldOut = try SynthesizedSounds(seed: 1000).batch(0..<(isQuick ? 60 : 1200))

func percent(_ share: Double) -> String { String(format: "%.1f", 100 * share) }

var charts: [LineChart] = []
print(
  "accuracy on \(heldOut.kinds.count) sounds after \(examples), in %: mean (lowest to highest of \(seeds.count) seeds)")
for batchSize in batchSizes {
  var curves: [LineChart.Series] = []
  for kind in SoundTask.Kind.allCases {
    let scores = try seeds.map { seed in
      try Experiment(kind: kind, batchSize: batchSize, seed: seed).scores(
        run: runs + "/\(batchSize)-\(kind)-\(seed)", examples: examples, points: points, heldOut: heldOut)
    }
    let last = scores.compactMap { $0.last?.accuracy }
    let mean = last.reduce(0, +) / Double(last.count)
    print(
      "batch of \(batchSize), \(kind) normalization: \(percent(mean)) "
        + "(\(percent(last.min() ?? .nan)) to \(percent(last.max() ?? .nan)))")
    // One line for each seed, of one colour.
    curves += scores.map { score in
      LineChart.Series(
        kind.rawValue, score.map { LineChart.Point(x: Double($0.examples), y: 100 * $0.accuracy) }, style: .dotted)
    }
  }
  charts.append(
    LineChart(
      title: "Batches of \(batchSize)", unit: "% of held-out sounds told", xName: "sounds learned from", series: curves)
  )
}

try ChartPicture(charts).write(to: folder + "/normalization-curves.png", existing: .replace)
let axes = try AxesPicture().encoded()
try AtomicFile.write(to: folder + "/normalization-axes.png", existing: .replace) { try $0.write(axes) }
