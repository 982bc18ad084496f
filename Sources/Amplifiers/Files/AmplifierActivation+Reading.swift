import KodamaCore

extension AmplifierActivation {
  /// A name, or an object with `type` and parameters.
  ///
  /// - Parameter channels: the channels it applies to, for learned slopes.
  init(_ json: JSON, in object: AmplifierObject, _ key: String, channels: Set<Int>) throws {
    if let name = json.string {
      self = try Self.named(name, object, key)
      return
    }
    guard json.members != nil else {
      throw object.wrong(key, json, expected: "the name of an activation, or an object with its type")
    }
    let parameters = try AmplifierObject(json, path: object.path, key: object.prefix + key)
    switch try Self.named(try parameters.string("type"), parameters, "type") {
    case .leakyReLU: self = .leakyReLU(slope: try parameters.float("negative_slope", default: 0.01))
    case .prelu: self = .prelu(slopes: try Self.slopes(parameters, channels: channels))
    case .leakyHardTanh:
      self = .leakyHardTanh(
        minimum: try parameters.float("min_val", default: -1), maximum: try parameters.float("max_val", default: 1),
        slopeBelow: try parameters.float("min_slope", default: 0.01),
        slopeAbove: try parameters.float("max_slope", default: 0.01))
    case let plain: self = plain
    }
  }

  private static func slopes(_ parameters: AmplifierObject, channels: Set<Int>) throws -> [Float] {
    guard parameters.value("negative_slope") == nil, let list = parameters.value("negative_slopes") else {
      return [try parameters.float("negative_slope", default: 0.01)]
    }
    let slopes = (list.array ?? []).compactMap { $0.double }.map { Float($0) }.filter(\.isFinite)
    guard slopes.count == list.array?.count, slopes.count == 1 || channels == [slopes.count] else {
      let count = channels.map { "\($0)" }.sorted().joined(separator: " and ")
      throw parameters.wrong(
        "negative_slopes", list, expected: "one finite number, or one for each of \(count) channels")
    }
    return slopes
  }

  private static func named(_ name: String, _ object: AmplifierObject, _ key: String) throws -> AmplifierActivation {
    // Both spellings are in circulation.
    let own = name == "LeakyHardTanh" ? "LeakyHardtanh" : name
    if let found = usual.first(where: { $0.name == own }) { return found }
    throw object.wrong(key, .string(name), expected: "one of " + usual.map(\.name).joined(separator: ", "))
  }
}
