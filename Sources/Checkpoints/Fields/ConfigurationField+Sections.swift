import KodamaCore

/// Settings that are objects, or lists of them.
extension ConfigurationField {
  /// An object with settings of its own.
  package static func section<Value: Sendable>(
    _ key: String, _ path: WritableKeyPath<Root, Value> & Sendable, _ fields: ConfigurationFields<Value>,
    _ help: String, _ presence: Presence = .required
  ) -> Self {
    var field = Self(
      key, help, name: nil, presence, expected: { _ in "an object" },
      read: { json, key, reading, root in
        try fields.read(json, under: key + ".", .init(reading), into: &root[keyPath: path])
      }, json: { root, isComplete in fields.json(of: root[keyPath: path], isComplete: isComplete) })
    (field.isLeaf, field.innerKeys) = (false, fields.paths.map { key + "." + $0 })
    field.problem = { root, prefix in fields.problem(of: root[keyPath: path], under: prefix + key + ".") }
    field.settings = { root, prefix in fields.settings(of: root[keyPath: path], under: prefix) }
    return field
  }

  /// An optional object: null, or the key is missing. Where all its settings are optional, those of `base` are listed
  /// for a missing one, and changing one of them creates it.
  ///
  /// - Parameter base: its initial value.
  package static func section<Value: Sendable>(
    _ key: String, _ path: WritableKeyPath<Root, Value?> & Sendable, _ fields: ConfigurationFields<Value>,
    base: Value, _ help: String
  ) -> Self {
    section(key, path, fields, base: base, help, form: { $0 }, value: { value, _ in value })
  }

  /// An optional object of a type whose settings are those of another type.
  ///
  /// - Parameters:
  ///   - form: the settings of a value.
  ///   - value: the value of settings; throws `SettingProblem` where there is none, with prefixed keys.
  package static func section<Form: Sendable, Value: Sendable>(
    _ key: String, _ path: WritableKeyPath<Root, Value?> & Sendable, _ fields: ConfigurationFields<Form>, base: Form,
    _ help: String, form: @escaping @Sendable (Value) -> Form,
    value: @escaping @Sendable (Form, _ prefix: String) throws -> Value
  ) -> Self {
    let isImplied = !fields.all.contains(where: \.isRequired)
    let names = fields.keys.joined(separator: ", ")
    var field = Self(
      key, help, name: nil, .optional,
      expected: { _ in ExpectedValue("an object", plain: "null, or an object with \(names)") },
      read: { json, key, reading, root in
        if json == .null {
          root[keyPath: path] = nil
          return
        }
        var settings = root[keyPath: path].map(form) ?? base
        var reading = ConfigurationField<Form>.Reading(reading)
        if root[keyPath: path] == nil { reading.isChange = false }
        try fields.read(json, under: key + ".", reading, into: &settings)
        root[keyPath: path] = try value(settings, key + ".")
      },
      json: { root, isComplete in
        root[keyPath: path].map { fields.json(of: form($0), isComplete: isComplete) }
      })
    field.innerKeys = fields.paths.map { key + "." + $0 }
    field.problem = { root, prefix in
      root[keyPath: path].flatMap { fields.problem(of: form($0), under: prefix + key + ".") }
    }
    field.settings = { root, prefix in
      guard let settings = root[keyPath: path].map(form) ?? (isImplied ? base : nil) else { return [] }
      return fields.settings(of: settings, under: prefix)
    }
    return field
  }

  /// A list of objects.
  ///
  /// - Parameter base: the initial value of each.
  package static func list<Value: Sendable>(
    _ key: String, _ path: WritableKeyPath<Root, [Value]> & Sendable, _ fields: ConfigurationFields<Value>,
    base: Value, _ help: String, _ presence: Presence = .required,
    isWritten: @escaping @Sendable (Root) -> Bool = { _ in true }
  ) -> Self {
    var field = Self(
      key, help, name: nil, presence, expected: { _ in .objects(fields) },
      read: { json, key, reading, root in
        root[keyPath: path] = try fields.list(json, key, .init(reading), base: base)
      }, json: { root, isComplete in fields.json(of: root[keyPath: path], isComplete: isComplete) })
    (field.isWritten, field.innerKeys) = (isWritten, fields.paths.map { key + "." + $0 })
    return field
  }

  /// An optional list of objects.
  package static func list<Value: Sendable>(
    _ key: String, _ path: WritableKeyPath<Root, [Value]?> & Sendable, _ fields: ConfigurationFields<Value>,
    base: Value, _ help: String
  ) -> Self {
    var field = Self(
      key, help, name: nil, .optional, expected: { _ in .objects(fields) },
      read: { json, key, reading, root in
        root[keyPath: path] = json == .null ? nil : try fields.list(json, key, .init(reading), base: base)
      },
      json: { root, isComplete in root[keyPath: path].map { fields.json(of: $0, isComplete: isComplete) } })
    field.innerKeys = fields.paths.map { key + "." + $0 }
    return field
  }
}

extension ConfigurationField.Reading {
  /// The same for another type.
  init<Other>(_ other: ConfigurationField<Other>.Reading) {
    (isChange, ignoresUnknownKeys) = (other.isChange, other.ignoresUnknownKeys)
  }
}

extension ConfigurationFields {
  /// The configurations of a list of objects.
  fileprivate func list(_ json: JSON, _ key: String, _ reading: Field.Reading, base: Root) throws -> [Root] {
    guard let elements = json.array, !elements.contains(where: { $0.members == nil }) else {
      throw SettingProblem.wrongValue(key, json, expected: .objects(self))
    }
    // Objects of a list are always new.
    var reading = reading
    reading.isChange = false
    return try elements.enumerated().map { index, element in
      var value = base
      try read(element, under: "\(key)[\(index)].", reading, into: &value)
      return value
    }
  }

  fileprivate func json(of values: [Root], isComplete: Bool) -> JSON {
    .array(values.map { json(of: $0, isComplete: isComplete) })
  }
}

extension ExpectedValue {
  /// Objects with some settings.
  fileprivate static func objects<Root>(_ fields: ConfigurationFields<Root>) -> ExpectedValue {
    let (keys, last) = (fields.keys.dropLast().joined(separator: ", "), fields.keys.last ?? "")
    return ExpectedValue("an array of objects", plain: "a list of objects with \(keys) and \(last)")
  }
}
