import KodamaCheckpoints
import KodamaCore
import KodamaInference

/// Parses labels given as text.
extension Conditioning {
  /// The conditions of one signal.
  ///
  /// - Parameter texts: for every set of the model a label, such as `george`, or a mixture, such as
  ///   `george:0.7,lucas:0.3`, whose weights are divided by their sum; without a weight a label has 1. The embedding of
  ///   a mixture is the weighted mean of its labels' embeddings.
  /// - Throws: `WaveNetFault.notConditioned`, `.unknownLabelSet`, `.unknownLabel`, `.missingLabels`, `.badLabel`.
  public func conditions(_ texts: [String: String]) throws(WaveNetFault) -> Conditions {
    for name in texts.keys.sorted() { _ = try set(named: name, in: "\(name)=\(texts[name] ?? "")") }
    let missing = labels.filter { texts[$0.name] == nil }
    if !missing.isEmpty { throw .missingLabels(missing) }
    var mixtures: [[RowShare]] = []
    for set in labels { mixtures.append(try mixture(texts[set.name] ?? "", of: set)) }
    return Conditions(mixtures)
  }

  /// The conditions of several signals.
  ///
  /// - Parameters:
  ///   - options: for every set of the model `set=label`, `set=mixture`, or, with a label or mixture for each signal,
  ///     `set=first/second/…`.
  ///   - count: the number of signals; nil: the length of the longest list.
  /// - Throws: as `conditions(_:)`; `WaveNetFault.badLabel` where a list has neither one item nor one for each signal.
  public func conditions(options: [String], count: Int?) throws(WaveNetFault) -> [Conditions] {
    var lists: [String: [String]] = [:]
    for option in options {
      guard let equals = option.firstIndex(of: "=") else {
        throw .badLabel(text: option, problem: "give it as set=label, such as speaker=george")
      }
      let (name, text) = (String(option[..<equals]), String(option[option.index(after: equals)...]))
      let set = try set(named: name, in: option)
      // A label with a slash in its name is one label.
      let items =
        set.values.contains(text)
        ? [text]
        : text.split(separator: "/", omittingEmptySubsequences: false)
          .map(String.init)
      if lists.updateValue(items, forKey: name) != nil {
        throw .badLabel(text: option, problem: "\(name) is given twice; list the labels of several outputs as a/b/c")
      }
    }
    let count = count ?? lists.values.map(\.count).max() ?? 1
    var result: [Conditions] = []
    for signal in 0..<count {
      var texts: [String: String] = [:]
      for (name, items) in lists {
        guard items.count == 1 || items.count == count else {
          let problem =
            "\(Plural.text(items.count, "label")) for \(Plural.text(count, "output")); give one for all, or one for each"
          throw .badLabel(text: "\(name)=\(items.joined(separator: "/"))", problem: problem)
        }
        texts[name] = items[items.count == 1 ? 0 : signal]
      }
      result.append(try conditions(texts))
    }
    return result
  }

  /// The candidates of each set, as indices of its labels in its order; all labels of a set that is not mentioned.
  ///
  /// - Parameter options: each as `set=label` or `set=first/second/…`.
  /// - Throws: `WaveNetFault.notConditioned`, `.unknownLabelSet`, `.unknownLabel`, `.badLabel`.
  public func candidates(options: [String]) throws(WaveNetFault) -> [[Int]] {
    var chosen: [String: Set<Int>] = [:]
    for option in options {
      let parts = option.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      guard parts.count == 2 else {
        throw .badLabel(text: option, problem: "give it as set=label, such as speaker=george")
      }
      let set = try set(named: parts[0], in: option)
      // A label with a slash in its name is one label.
      let names =
        set.values.contains(parts[1])
        ? [parts[1]] : parts[1].split(separator: "/", omittingEmptySubsequences: false).map(String.init)
      for name in names {
        guard let place = set.values.firstIndex(of: name) else { throw .unknownLabel(name, set: set) }
        chosen[set.name, default: []].insert(place)
      }
    }
    return labels.map { set in chosen[set.name]?.sorted() ?? Array(set.values.indices) }
  }

  /// Throws where a text is not a label or a mixture of a set.
  ///
  /// - Throws: `WaveNetFault.notConditioned`, `.unknownLabelSet`, `.unknownLabel`, `.badLabel`.
  package func check(_ text: String, of name: String) throws(WaveNetFault) {
    _ = try mixture(text, of: set(named: name, in: "\(name)=\(text)"))
  }

  /// The set of a name.
  ///
  /// - Parameter text: the text in messages.
  func set(named name: String, in text: String) throws(WaveNetFault) -> LabelSet {
    if labels.isEmpty { throw .notConditioned(text: text) }
    guard let set = labels.first(where: { $0.name == name }) else { throw .unknownLabelSet(name, sets: labels) }
    return set
  }

  /// The shares of a set's labels in a text.
  func mixture(_ text: String, of set: LabelSet) throws(WaveNetFault) -> [RowShare] {
    // Whole labels take precedence: names may contain commas and colons.
    if let label = set.values.firstIndex(of: text) { return [RowShare(label, 1)] }
    var shares: [(label: Int, weight: Double)] = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      var (name, weight) = (String(item), 1.0)
      if !set.values.contains(name), let colon = name.lastIndex(of: ":") {
        let number = name[name.index(after: colon)...]
        guard let value = Double(number), value >= 0, value.isFinite else {
          throw .badLabel(text: "\(set.name)=\(text)", problem: "\(number) is no weight; give a number of at least 0")
        }
        (name, weight) = (String(name[..<colon]), value)
      }
      guard let label = set.values.firstIndex(of: name) else { throw .unknownLabel(name, set: set) }
      if shares.contains(where: { $0.label == label }) {
        throw .badLabel(text: "\(set.name)=\(text)", problem: "\(name) is there twice")
      }
      shares.append((label, weight))
    }
    let sum = shares.reduce(0) { $0 + $1.weight }
    guard sum > 0 && sum.isFinite else {
      throw .badLabel(text: "\(set.name)=\(text)", problem: "the weights sum to \(sum); one must be above 0")
    }
    return shares.map { RowShare($0.label, $0.weight / sum) }
  }
}
