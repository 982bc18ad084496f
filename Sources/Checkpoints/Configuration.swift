import KodamaCore

/// A configuration file, or an object within one: values by key, whose errors name file and key.
package struct Configuration: Sendable {
  /// The file.
  package let path: String
  /// The full key of an object within the file, followed by a dot.
  let prefix: String
  private let json: JSON
  private let keys: [String]

  /// Reads a JSON file whose `format_version` is one of 1...`version` and that has no keys but `keys`.
  ///
  /// - Parameter kinds: one of which `model_type` must be; none where the file has no such key.
  /// - Throws: `CheckpointFault`, `JSONFault`; `FileFault.cannotRead`.
  package init(_ path: String, kinds: [String] = [], version: Int, keys: [String]) throws {
    try self.init(InputFile(path), kinds: kinds, version: version, keys: keys)
  }

  init(_ file: InputFile, kinds: [String] = [], version: Int, keys: [String]) throws {
    let header = try Configuration(headerOf: file, version: version)
    // Another kind has other keys, so the kind is checked first.
    if !kinds.isEmpty { _ = try header.modelType(of: kinds) }
    self.init(
      path: header.path, prefix: "", json: header.json,
      keys: [Self.versionKey] + (kinds.isEmpty ? [] : [Self.kindKey]) + keys)
    try refuseUnknownKeys()
  }

  private static let (versionKey, kindKey) = ("format_version", "model_type")

  /// Reads the keys that all kinds of models share: the version, which is checked, and `model_type`.
  init(headerOf file: InputFile, version: Int) throws {
    let (path, json) = (file.path, try JSON(objectIn: file))
    // A later version may have other keys, so the version is checked first.
    self.init(path: path, prefix: "", json: json, keys: [Self.versionKey, Self.kindKey])
    let found = try integer(Self.versionKey)
    if found > version { throw CheckpointFault.futureVersion(path: path, version: found, supported: version) }
    if found < 1 {
      throw CheckpointFault.wrongValue(
        path: path, key: Self.versionKey, value: "\(found)", expected: "1 to \(version)")
    }
  }

  /// The kind of a model, which must be one of `kinds`.
  ///
  /// - Throws: `CheckpointFault.missingKey`, `.unknownKind`.
  package func modelType(of kinds: [String]) throws -> String {
    guard let value = json[Self.kindKey] else { throw CheckpointFault.missingKey(path: path, key: Self.kindKey) }
    if let name = value.string, kinds.contains(name) { return name }
    throw CheckpointFault.unknownKind(path: path, value: value.description, known: kinds)
  }

  private init(path: String, prefix: String, json: JSON, keys: [String]) {
    self.path = path
    self.prefix = prefix
    self.json = json
    self.keys = keys
  }

  /// An object within this one that has no keys but `keys`.
  package func section(_ key: String, keys: [String]) throws -> Configuration {
    try section(value(key, .object), prefix + key + ".", keys)
  }

  /// An array of objects that have no keys but `keys`.
  package func sections(_ key: String, keys: [String]) throws -> [Configuration] {
    try value(key, .objects).enumerated().map { try section($1, "\(prefix)\(key)[\($0)].", keys) }
  }

  private func section(_ json: JSON, _ prefix: String, _ keys: [String]) throws -> Configuration {
    let section = Configuration(path: path, prefix: prefix, json: json, keys: keys)
    try section.refuseUnknownKeys()
    return section
  }

  /// The object reduced to the members of some keys.
  func members(of keys: [String]) -> JSON {
    .object((json.members ?? []).filter { keys.contains($0.key) })
  }

  /// Whether a key is present.
  package func has(_ key: String) -> Bool { json[key] != nil }

  /// A whole number.
  package func integer(_ key: String, default: Int? = nil) throws -> Int {
    try value(key, .integer(), default: `default`)
  }

  /// A number.
  package func double(_ key: String, default: Double? = nil) throws -> Double {
    try value(key, .number(), default: `default`)
  }

  /// Text.
  package func string(_ key: String, default: String? = nil) throws -> String {
    try value(key, .text, default: `default`)
  }

  /// One of the cases of an enumeration, by raw value, or of some of them.
  package func choice<E: RawRepresentable<String> & CaseIterable & Sendable>(
    _ key: String, default: E? = nil, among cases: [E] = Array(E.allCases)
  ) throws -> E {
    try value(key, .choice(among: cases), default: `default`)
  }

  /// A value of a form.
  package func value<T>(_ key: String, _ form: ValueForm<T>, default: T? = nil) throws -> T {
    precondition(keys.contains(key), "\(key) is not among the keys \(keys)")
    guard let json = json[key] else {
      if let `default` { return `default` }
      throw CheckpointFault.missingKey(path: path, key: prefix + key)
    }
    do {
      return try form.value(of: json, prefix + key)
    } catch let problem as SettingProblem { throw problem.fault(path) }
  }

  private func refuseUnknownKeys() throws {
    for member in json.members ?? [] where !keys.contains(member.key) {
      let nearest = EditDistance.nearest(to: member.key, of: keys) ?? ""
      throw CheckpointFault.unknownKey(path: path, key: prefix + member.key, nearest: prefix + nearest)
    }
  }
}

extension JSON {
  /// Files larger than this are no configurations.
  static let fileSizeLimit = 1 << 24

  /// The object that a file holds.
  ///
  /// - Throws: `FileFault.cannotRead`; `JSONFault`.
  package init(objectIn path: String) throws { try self.init(objectIn: InputFile(path)) }

  init(objectIn file: InputFile) throws {
    let path = file.path
    if file.size > Self.fileSizeLimit {
      throw JSONFault(path: path, offset: Self.fileSizeLimit, problem: "the file is too long")
    }
    try self.init(parsing: file.bytes(0..<file.size), path: path)
    if members == nil { throw JSONFault(path: path, offset: 0, problem: "it must be an object") }
  }
}
