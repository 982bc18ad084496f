import KodamaCore

/// The settings of a type of configuration, in the order of files.
package struct ConfigurationFields<Root: Sendable>: Sendable, ExpressibleByArrayLiteral {
  package typealias Field = ConfigurationField<Root>
  package let all: [Field]

  /// Some settings.
  ///
  /// - Precondition: the keys are distinct.
  package init(_ fields: [Field]) {
    precondition(Set(fields.map(\.key)).count == fields.count, "duplicate keys in \(fields.map(\.key))")
    all = fields
  }

  package init(arrayLiteral elements: Field...) { self.init(elements) }

  package static func + (a: Self, b: Self) -> Self { Self(a.all + b.all) }

  /// The keys, without those within objects.
  package var keys: [String] { all.map(\.key) }

  /// All keys, including those within objects, such as `log_mel.bands`.
  package var paths: [String] { all.flatMap { [$0.key] + $0.innerKeys } }

  /// The fields as those of an enclosing type, whose members are in the same object.
  package func lifted<Outer>(_ path: WritableKeyPath<Outer, Root> & Sendable) -> ConfigurationFields<Outer> {
    ConfigurationFields<Outer>(all.map { $0.lifted(path) })
  }

  /// Reads an object into a configuration.
  ///
  /// - Parameters:
  ///   - prefix: the full key of the object, followed by a dot; empty for the outermost.
  ///   - isChange: whether a configuration is changed, so that any setting may be omitted; else only optional ones may.
  ///   - ignoresUnknownKeys: whether unknown keys are ignored.
  /// - Throws: `SettingProblem`, after a part of the changes.
  package func read(
    _ json: JSON, under prefix: String = "", isChange: Bool = false, ignoresUnknownKeys: Bool = false,
    into root: inout Root
  ) throws {
    try read(
      json, under: prefix, Field.Reading(isChange: isChange, ignoresUnknownKeys: ignoresUnknownKeys), into: &root)
  }

  func read(_ json: JSON, under prefix: String, _ reading: Field.Reading, into root: inout Root) throws {
    guard let members = json.members else {
      throw SettingProblem.wrongValue(String(prefix.dropLast()), json, expected: "an object")
    }
    if !reading.ignoresUnknownKeys, let key = members.map(\.key).first(where: { !keys.contains($0) }) {
      let nearest = EditDistance.nearest(to: key, of: keys) ?? ""
      throw SettingProblem.unknownKey(prefix + key, nearest: prefix + nearest)
    }
    for field in all {
      if let value = json[field.key] {
        try field.read(value, prefix + field.key, reading, &root)
      } else if !reading.isChange {
        if field.isRequired && field.applies(root) { throw SettingProblem.missingKey(prefix + field.key) }
        field.fallback(&root)
      }
    }
  }

  /// The object of a configuration.
  ///
  /// - Parameter isComplete: whether it contains all settings that have a value, else only those that files need.
  package func json(of root: Root, isComplete: Bool = false) -> JSON {
    .object(
      all.compactMap { field in
        if !isComplete && !field.isWritten(root) { return nil }
        return field.json(root, isComplete).map { JSON.Member(field.key, $0) }
      })
  }

  /// The first invalid value; nil where all are valid.
  package func problem(of root: Root, under prefix: String = "") -> RangeProblem? {
    all.lazy.compactMap { $0.problem(root, prefix) }.first
  }

  /// The fields whose values differ, with both values as text. Objects are compared as a whole.
  package func differences(from old: Root, to new: Root) -> [(field: Field, old: String, new: String)] {
    func text(_ json: JSON?) -> String { json?.string ?? json?.description ?? "none" }
    return all.compactMap { field in
      let (before, after) = (field.json(old, true), field.json(new, true))
      return before == after ? nil : (field, text(before), text(after))
    }
  }

  /// All settings with their values, including those within objects.
  package func settings(of root: Root, under prefix: String = "") -> [ConfigurationSetting] {
    all.filter { $0.isListed(root) }.flatMap { field in
      let value = field.json(root, true) ?? .null
      let setting = ConfigurationSetting(
        key: prefix + field.key, help: field.help, value: value, expected: field.expected(value).plainText,
        allowed: field.allowed)
      return (field.isLeaf ? [setting] : []) + field.settings(root, prefix + field.key + ".")
    }
  }
}

extension Configuration {
  /// Reads the members of some fields into a configuration. Other keys are ignored.
  ///
  /// - Throws: `CheckpointFault`.
  package func read<Root>(_ fields: ConfigurationFields<Root>, into root: inout Root) throws {
    do {
      try fields.read(members(of: fields.keys), under: prefix, into: &root)
    } catch let problem as SettingProblem { throw problem.fault(path) }
  }

  /// Reads an object within this one into a configuration.
  ///
  /// - Throws: `CheckpointFault`.
  package func read<Root>(_ key: String, _ fields: ConfigurationFields<Root>, into root: inout Root) throws {
    try section(key, keys: fields.keys).read(fields, into: &root)
  }
}
