import KodamaCore

/// The settings of configurations of a type, in the order in which files have them.
package struct ConfigurationFields<Root: Sendable>: Sendable, ExpressibleByArrayLiteral {
  package typealias Field = ConfigurationField<Root>
  package let all: [Field]

  /// Some settings.
  ///
  /// - Precondition: no key twice.
  package init(_ fields: [Field]) {
    precondition(Set(fields.map(\.key)).count == fields.count, "a key stands twice in \(fields.map(\.key))")
    all = fields
  }

  package init(arrayLiteral elements: Field...) { self.init(elements) }

  package static func + (a: Self, b: Self) -> Self { Self(a.all + b.all) }

  /// The keys, without those within objects.
  package var keys: [String] { all.map(\.key) }

  /// All keys, those within objects as `log_mel.bands`.
  package var paths: [String] { all.flatMap { [$0.key] + $0.innerKeys } }

  /// The fields as those of a type that has such a configuration in it, whose members stand beside its own.
  package func lifted<Outer>(_ path: WritableKeyPath<Outer, Root> & Sendable) -> ConfigurationFields<Outer> {
    ConfigurationFields<Outer>(all.map { $0.lifted(path) })
  }

  /// Changes a configuration to what an object says of it.
  ///
  /// - Parameters:
  ///   - prefix: the whole key of the object, with a dot behind; empty for the outermost.
  ///   - isChange: whether it changes a configuration, so that anything may be left out; else it says all of it but what
  ///     is optional.
  ///   - ignoresUnknownKeys: whether keys that there are not are passed over.
  /// - Throws: `SettingProblem`, with part of the changes done.
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
        if field.isRequired { throw SettingProblem.missingKey(prefix + field.key) }
        field.fallback(&root)
      }
    }
  }

  /// The object that says a configuration.
  ///
  /// - Parameter isComplete: whether it has all settings that have a value, else those that files need.
  package func json(of root: Root, isComplete: Bool = false) -> JSON {
    .object(
      all.compactMap { field in
        if !isComplete && !field.isWritten(root) { return nil }
        return field.json(root, isComplete).map { JSON.Member(field.key, $0) }
      })
  }

  /// The first value that no configuration can have; nil where all can be.
  package func problem(of root: Root, under prefix: String = "") -> RangeProblem? {
    all.lazy.compactMap { $0.problem(root, prefix) }.first
  }

  /// The fields whose values differ, with both as text. Of an object it is all of it that differs.
  package func differences(from old: Root, to new: Root) -> [(field: Field, old: String, new: String)] {
    func text(_ json: JSON?) -> String { json?.string ?? json?.description ?? "none" }
    return all.compactMap { field in
      let (before, after) = (field.json(old, true), field.json(new, true))
      return before == after ? nil : (field, text(before), text(after))
    }
  }

  /// All settings with their values, those within objects too.
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
  /// Reads the file's or the section's members by fields into a configuration. Keys that are not theirs are left alone.
  ///
  /// - Throws: `CheckpointFault`.
  package func read<Root>(_ fields: ConfigurationFields<Root>, into root: inout Root) throws {
    do {
      try fields.read(members(of: fields.keys), under: prefix, into: &root)
    } catch let problem as SettingProblem { throw problem.fault(path) }
  }

  /// Reads an object within this one by fields into a configuration.
  ///
  /// - Throws: `CheckpointFault`.
  package func read<Root>(_ key: String, _ fields: ConfigurationFields<Root>, into root: inout Root) throws {
    try section(key, keys: fields.keys).read(fields, into: &root)
  }
}
