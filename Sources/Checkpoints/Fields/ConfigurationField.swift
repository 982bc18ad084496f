import KodamaCore

/// One setting of a type of configuration: its key in files, its description, its values, and its key path. Reading,
/// writing, validation and lists of settings are derived from it.
///
/// ```swift
/// static let fields: ConfigurationFields<Reverb> = [
///   .init("room_size", \.roomSize, .number(.from(0...1)), "The size of the room, as a share"),
///   .init("channels", \.channels, .integer(.from(1...64)), "Channels", .optional),
/// ]
/// ```
package struct ConfigurationField<Root: Sendable>: Sendable {
  /// Whether a file may omit a setting. It then keeps the value of the configuration that is read into.
  package enum Presence: Sendable { case required, optional }

  /// How JSON is read.
  struct Reading: Sendable {
    /// Whether a configuration is changed, so that any setting may be omitted.
    var isChange = false
    /// Whether unknown keys are ignored.
    var ignoresUnknownKeys = false
  }

  /// The key in files.
  package let key: String
  /// The name in messages: the words of the key by default.
  package let name: String
  /// A short description.
  package let help: String
  let isRequired: Bool
  /// Whether the setting applies to a configuration: where it does not, files may omit it, minimal ones do, and it is neither
  /// validated nor listed.
  var applies: @Sendable (Root) -> Bool = { _ in true }
  /// The keys within an object, with dots between them.
  var innerKeys: [String] = []
  /// Whether the setting itself is listed; of an object, mostly its members are.
  var isLeaf = true
  /// A description of valid values.
  var expected: @Sendable (JSON) -> ExpectedValue
  var allowed: String?
  /// Reads the value of a full key.
  var read: @Sendable (JSON, _ key: String, Reading, inout Root) throws -> Void
  /// Applied where a file omits the setting.
  var fallback: @Sendable (inout Root) -> Void = { _ in }
  /// The value; nil where there is none. `isComplete` includes every setting.
  var json: @Sendable (Root, _ isComplete: Bool) -> JSON?
  /// Whether minimal files contain the setting.
  var isWritten: @Sendable (Root) -> Bool = { _ in true }
  /// Whether the setting applies to a configuration: others are not listed.
  var isListed: @Sendable (Root) -> Bool = { _ in true }
  /// The error of the value, where it has one; keys get a prefix.
  var problem: @Sendable (Root, _ prefix: String) -> RangeProblem? = { _, _ in nil }
  /// The settings within an object.
  var settings: @Sendable (Root, _ prefix: String) -> [ConfigurationSetting] = { _, _ in [] }

  init(
    _ key: String, _ help: String, name: String?, _ presence: Presence,
    expected: @escaping @Sendable (JSON) -> ExpectedValue,
    read: @escaping @Sendable (JSON, String, Reading, inout Root) throws -> Void,
    json: @escaping @Sendable (Root, Bool) -> JSON?
  ) {
    self.key = key
    self.name = name ?? key.split(separator: "_").joined(separator: " ")
    self.help = help
    isRequired = presence == .required
    (self.expected, self.read, self.json) = (expected, read, json)
  }

  /// A value.
  ///
  /// - Parameters:
  ///   - name: the name in messages, where that is not the words of the key.
  ///   - isWritten: whether minimal files contain it.
  ///   - fallback: applied where a file omits it.
  package init<Value>(
    _ key: String, _ path: WritableKeyPath<Root, Value> & Sendable, _ form: ValueForm<Value>, _ help: String,
    _ presence: Presence = .required, name: String? = nil,
    isWritten: @escaping @Sendable (Root) -> Bool = { _ in true },
    fallback: @escaping @Sendable (inout Root) -> Void = { _ in }
  ) {
    self.init(
      key, help, name: name, presence, expected: form.expected,
      read: { json, key, _, root in root[keyPath: path] = try form.value(of: json, key) },
      json: { root, _ in form.write(root[keyPath: path]) })
    (self.isWritten, self.fallback, allowed) = (isWritten, fallback, form.allowed)
    let shown = self.name
    problem = { root, prefix in form.problem(root[keyPath: path], prefix + key, shown) }
  }

  /// An optional value: null, or the key is missing.
  package init<Value>(
    _ key: String, _ path: WritableKeyPath<Root, Value?> & Sendable, _ form: ValueForm<Value>, _ help: String,
    _ presence: Presence = .optional, name: String? = nil,
    isListed: @escaping @Sendable (Root) -> Bool = { _ in true }
  ) {
    self.init(
      key, help, name: name, presence, expected: form.expected,
      read: { json, key, _, root in root[keyPath: path] = json == .null ? nil : try form.value(of: json, key) },
      json: { root, _ in root[keyPath: path].map(form.write) })
    (self.isListed, allowed) = (isListed, form.allowed)
    let shown = self.name
    problem = { root, prefix in root[keyPath: path].flatMap { form.problem($0, prefix + key, shown) } }
  }

  /// The same field, which applies to some configurations alone. Another setting tells which: it precedes this one in files'
  /// fields.
  package func applying(where condition: @escaping @Sendable (Root) -> Bool) -> Self {
    let (isWritten, isListed, problem) = (isWritten, isListed, problem)
    var field = self
    field.applies = condition
    field.isWritten = { condition($0) && isWritten($0) }
    field.isListed = { condition($0) && isListed($0) }
    field.problem = { condition($0) ? problem($0, $1) : nil }
    return field
  }

  /// The field as one of an enclosing type, whose members are in the same object.
  func lifted<Outer>(_ path: WritableKeyPath<Outer, Root> & Sendable) -> ConfigurationField<Outer> {
    let (read, json, isRequired) = (read, json, isRequired)
    var field = ConfigurationField<Outer>(
      key, help, name: name, isRequired ? .required : .optional, expected: expected,
      read: { value, key, reading, outer in
        try read(value, key, Reading(reading), &outer[keyPath: path])
      }, json: { outer, isComplete in json(outer[keyPath: path], isComplete) })
    (field.innerKeys, field.isLeaf, field.allowed) = (innerKeys, isLeaf, allowed)
    let (fallback, isWritten, problem, settings, isListed) = (fallback, isWritten, problem, settings, isListed)
    field.fallback = { fallback(&$0[keyPath: path]) }
    field.isWritten = { isWritten($0[keyPath: path]) }
    field.problem = { problem($0[keyPath: path], $1) }
    field.settings = { settings($0[keyPath: path], $1) }
    field.isListed = { isListed($0[keyPath: path]) }
    let applies = applies
    field.applies = { applies($0[keyPath: path]) }
    return field
  }
}

extension ValueForm {
  /// The value of JSON with a full key.
  ///
  /// - Throws: `SettingProblem.wrongValue`.
  func value(of json: JSON, _ key: String) throws -> Value {
    guard let value = read(json) else { throw SettingProblem.wrongValue(key, json, expected: expected(json)) }
    return value
  }
}

/// An entry of a list of settings.
package struct ConfigurationSetting: Sendable, Equatable {
  /// The full key: `plan.batch_size`.
  package let key: String
  /// A short description.
  package let help: String
  /// The value; null where there is none.
  package let value: JSON
  /// The kind of value: `a whole number`.
  package let expected: String
  /// The valid values, where `expected` does not specify them: `from 1 to 64`.
  package let allowed: String?
}
