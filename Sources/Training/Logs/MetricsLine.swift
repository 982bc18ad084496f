import Foundation

/// A line of `metrics.jsonl` as it is in the file: its kind, steps, and numbers by key.
struct MetricsLine: Codable, Equatable {
  var kind: String
  var step: Int
  /// The step that a rollback went back to.
  var toStep: Int?
  /// Everything else that is a number.
  var numbers: [String: Double] = [:]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(_ kind: String, step: Int, toStep: Int? = nil, numbers: [String: Double] = [:]) {
    self.kind = kind
    self.step = step
    self.toStep = toStep
    self.numbers = numbers
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    kind = try container.decode(String.self, forKey: Key(stringValue: "kind"))
    step = try container.decode(Int.self, forKey: Key(stringValue: "step"))
    toStep = try container.decodeIfPresent(Int.self, forKey: Key(stringValue: "toStep"))
    for key in container.allKeys {
      if let number = try? container.decode(Double.self, forKey: key) { numbers[key.stringValue] = number }
    }
    for key in ["step", "toStep"] { numbers[key] = nil }
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.container(keyedBy: Key.self)
    try container.encode(kind, forKey: Key(stringValue: "kind"))
    try container.encode(step, forKey: Key(stringValue: "step"))
    try container.encodeIfPresent(toStep, forKey: Key(stringValue: "toStep"))
    for (name, number) in numbers { try container.encode(number, forKey: Key(stringValue: name)) }
  }
}
