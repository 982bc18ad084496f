import KodamaCheckpoints
import KodamaLayers
import KodamaTensors

extension WaveNetModel {
  /// The model with additional labels, whose embeddings are initialized to the mean of their set; all other parameters
  /// are unchanged, bit for bit.
  ///
  /// - Parameter labels: each as `set=label`.
  /// - Throws: `WaveNetFault.notConditioned`, `.unknownLabelSet`; `.badLabel` where a label exists already or has no
  ///   name; `.outOfRange`.
  public func adding(labels: [String]) throws -> WaveNetModel {
    var (configuration, tables) = (configuration, [String: Tensor<Float>]())
    for text in labels {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2, !parts[1].isEmpty else {
        throw WaveNetFault.badLabel(text: text, problem: "give it as set=label, such as speaker=anna")
      }
      let set = try configuration.conditioning.set(named: parts[0], in: text)
      guard let index = configuration.conditioning.labels.firstIndex(of: set), !set.values.contains(parts[1]) else {
        throw WaveNetFault.badLabel(text: text, problem: "the model has this label already; leave it out")
      }
      configuration.conditioning.labels[index].values.append(parts[1])
      let name = "labels.\(index).weight"
      tables[name] = (tables[name] ?? parameters[name]).appendingMean()
    }
    try configuration.validate()
    return WaveNetModel(
      sampleRate: sampleRate, configuration: configuration,
      parameters: Parameters(parameters.names.map { ($0, tables[$0] ?? parameters[$0]) }))
  }
}

extension WaveNetConfiguration {
  /// The rows of the embedding tables for some labels, by the table's parameter.
  ///
  /// - Parameter labels: each as `set=label`.
  /// - Throws: `WaveNetFault.notConditioned`, `.unknownLabelSet`, `.unknownLabel`, `.badLabel`.
  package func embeddingRows(of labels: [String]) throws -> [String: Set<Int>] {
    var rows: [String: Set<Int>] = [:]
    for text in labels {
      let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else {
        throw WaveNetFault.badLabel(text: text, problem: "give it as set=label, such as speaker=anna")
      }
      let set = try conditioning.set(named: parts[0], in: text)
      guard let row = set.values.firstIndex(of: parts[1]), let index = conditioning.labels.firstIndex(of: set) else {
        throw WaveNetFault.unknownLabel(parts[1], set: set)
      }
      rows["labels.\(index).weight", default: []].insert(row)
    }
    return rows
  }
}

extension Tensor<Float> {
  /// A table [N, C] with the mean of its rows appended.
  fileprivate func appendingMean() -> Tensor<Float> {
    let (rows, channels, numbers) = (shape[0], shape[1], elements)
    let mean = (0..<channels).map { channel in
      Float((0..<rows).reduce(0.0) { $0 + Double(numbers[$1 * channels + channel]) } / Double(rows))
    }
    return Tensor([rows + 1, channels], numbers + mean)
  }
}
