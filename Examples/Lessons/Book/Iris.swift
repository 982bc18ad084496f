import Kodama

/// Three species of iris by the lengths and widths of their sepals and petals, in cm. Softmax regression is one layer, and
/// draws straight borders; a hidden layer bends them. On these 150 flowers both get nearly all held-out ones right: where
/// straight borders are right already, a larger network has nothing to win.
///
/// The table `iris.csv` is Fisher's (1936, table I), which is in the public domain, as scikit-learn has it: rows 35 and 38
/// of setosa are (4.9, 3.1, 1.5, 0.2) and (4.9, 3.6, 1.4, 0.1) as in the paper. The copy of the UCI repository has
/// (4.9, 3.1, 1.5, 0.1) and (4.9, 3.1, 1.5, 0.1) there.
///
/// - Source: Fisher 1936, "The use of multiple measurements in taxonomic problems"; Bishop 2006, "Pattern recognition and
///   machine learning", §4.3.4, of softmax regression.
public struct Iris: Lesson {
  public static let name = "iris"
  public static let topic = "Fisher's irises by softmax regression and by a small network"

  public struct Results {
    /// The share of right species on held-out flowers, by network: mean and lowest of all splits.
    public let accuracies: [(network: String, mean: Double, lowest: Double)]
    let flowers: LabelledRows
    let regions: [(network: String, regions: ScatterChart.Regions)]
  }

  /// The species, in the order of classes.
  public static let species = ["setosa", "versicolor", "virginica"]
  /// How many times the flowers are divided into 105 that are learned from and 45 that are held out.
  public let splits = 20
  private let seed: UInt64
  private static let networks = [
    ("softmax regression", [Int]()), ("16 hidden units", [16]),
  ]

  public init(seed: UInt64) { self.seed = seed }

  /// The 150 flowers: sepal length and width, petal length and width.
  static func flowers() -> LabelledRows {
    let lines = String(decoding: PackageResources.iris_csv, as: UTF8.self).split(separator: "\n").dropFirst()
    let fields = lines.map { $0.split(separator: ",") }
    return LabelledRows(
      rows: fields.map { $0.prefix(4).compactMap { Float($0) } },
      classes: fields.map { Int32(species.firstIndex(of: String($0[4])) ?? 0) })
  }

  public func results() throws -> Results {
    let flowers = Self.flowers()
    let accuracies = Self.networks.map { name, hidden in
      let scores = (0..<splits).map { split -> Double in
        var order = Array(0..<150)
        var random = Philox(seed: seed, stream: UInt64(split))
        random.shuffle(&order)
        let heldOut = flowers[order.suffix(45)]
        return heldOut.accuracy(classifier(hidden, trainedOn: flowers[order.prefix(105)])(heldOut))
      }
      return (network: name, mean: scores.reduce(0, +) / Double(splits), lowest: scores.min() ?? 0)
    }
    // Regions can be drawn on a plane only: petals alone, all flowers.
    let petals = LabelledRows(rows: flowers.rows.map { Array($0.suffix(2)) }, classes: flowers.classes)
    let regions = Self.networks.map { name, hidden in
      let classify = classifier(hidden, trainedOn: petals)
      let regions = ScatterChart.Regions(x: 0.5...7.5, y: 0...2.75) { cells in
        let rows = cells.map { [Float($0.x), Float($0.y)] }
        return classify(LabelledRows(rows: rows, classes: [])).indicesOfLargest()
      }
      return (network: name, regions: regions)
    }
    return Results(accuracies: accuracies, flowers: flowers, regions: regions)
  }

  /// Trains a network, and returns it as a function from rows to logits of the species.
  private func classifier(
    _ hidden: [Int], trainedOn flowers: LabelledRows
  ) -> (LabelledRows) -> Tensor<Float> {
    let scale = Standardization(flowers)
    let network = DenseNetwork([flowers.rows[0].count] + hidden + [Self.species.count])
    var learner = Learner(network.layers, .adam(), seed: seed)
    let x = scale.applied(to: flowers).tensor
    for _ in 0..<500 {
      _ = learner.step(rate: 0.05) { flowers.crossEntropy(network.forward($0.tape.constant(x), $0)) }
    }
    return { [learner] rows in
      let x = scale.applied(to: rows).tensor
      return learner.output { network.forward($0.tape.constant(x), $0) }
    }
  }

  /// Mean 0 and deviation 1 of each column of the rows that are learned from; held-out rows are scaled by the same
  /// numbers.
  private struct Standardization {
    private let means, deviations: [Float]

    init(_ data: LabelledRows) {
      let (rows, count) = (data.rows, Float(data.rows.count))
      let means = rows[0].indices.map { column in rows.reduce(0) { $0 + $1[column] } / count }
      deviations = means.indices.map { column in
        (rows.reduce(0) { $0 + ($1[column] - means[column]) * ($1[column] - means[column]) } / count).squareRoot()
      }
      self.means = means
    }

    func applied(to data: LabelledRows) -> LabelledRows {
      LabelledRows(
        rows: data.rows.map { row in row.indices.map { (row[$0] - means[$0]) / deviations[$0] } },
        classes: data.classes)
    }
  }

  public func lines(_ results: Results) -> [String] {
    ["accuracy on 45 held-out flowers of 150, mean and lowest of \(splits) splits"]
      + results.accuracies.map {
        $0.network.padding(to: 20) + columns([percent($0.mean), percent($0.lowest)])
      }
  }

  public func picture(_ results: Results) throws -> [UInt8] {
    let series = Self.species.enumerated().map { index, name in
      let rows = zip(results.flowers.rows, results.flowers.classes).filter { Int($0.1) == index }.map(\.0)
      return ScatterChart.Series(name, rows.map { .init(x: Double($0[2]), y: Double($0[3])) })
    }
    return try ScatterPicture(
      results.regions.map {
        ScatterChart(
          title: $0.network.prefix(1).uppercased() + $0.network.dropFirst(), xName: "petal length, cm",
          yName: "petal width, cm", series: series, regions: $0.regions)
      }
    ).encoded()
  }
}
