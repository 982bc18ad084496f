import KodamaCore

/// One setting of configurations of a type: its key in files, what it means, its values, and where it is in the
/// configuration. What is read, written, checked and listed follows from it.
///
/// ```swift
/// static let fields: ConfigurationFields<Reverb> = [
///   .init("room_size", \.roomSize, .number(.from(0...1)), "The size of the room, as a share"),
///   .init("channels", \.channels, .integer(.from(1...64)), "Channels", .optional),
/// ]
/// ```
package struct ConfigurationField<Root: Sendable>: Sendable {
  /// Whether a file may leave a setting out. Its value is then that of the configuration that is read into.
  package enum Presence: Sendable { case required, optional }

  /// How JSON is read.
  struct Reading: Sendable {
    /// Whether it changes a configuration, so that anything may be left out.
    var isChange = false
    /// Whether keys that there are not are passed over.
    var ignoresUnknownKeys = false
  }

  /// The key in files.
  package let key: String
  /// What people call the setting: the words of the key, unless it was given another name.
  package let name: String
  /// What the setting is, in a few words.
  package let help: String
  let isRequired: Bool
  /// The keys within an object, with dots between them.
  var innerKeys: [String] = []
  /// Whether a setting of its own is listed: of an object mostly its members are.
  var isLeaf = true
  /// What is said of the values, and of an object for the whole.
  var expected: @Sendable (JSON) -> ExpectedValue
  var allowed: String?
  /// Reads a value under a whole key.
  var read: @Sendable (JSON, _ key: String, Reading, inout Root) throws -> Void
  /// What is done where a file leaves the setting out.
  var fallback: @Sendable (inout Root) -> Void = { _ in }
  /// The value; nil where there is none. `isComplete` leaves nothing out.
  var json: @Sendable (Root, _ isComplete: Bool) -> JSON?
  /// Whether files that hold no more than needed have the setting.
  var isWritten: @Sendable (Root) -> Bool = { _ in true }
  /// Whether the setting means something in a configuration: others are not listed.
  var isListed: @Sendable (Root) -> Bool = { _ in true }
  /// What is wrong with the value, under a prefix of whole keys.
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
  ///   - name: what people call it, where that is not the words of the key.
  ///   - isWritten: whether a file that holds no more than needed has it.
  ///   - fallback: what is done where a file leaves it out.
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

  /// A value that there may not be: null, or no such key.
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

  /// The field as one of a type that has a configuration in it, whose members stand beside its own.
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
    return field
  }
}

extension ValueForm {
  /// The value that JSON under a whole key holds.
  ///
  /// - Throws: `SettingProblem.wrongValue`.
  func value(of json: JSON, _ key: String) throws -> Value {
    guard let value = read(json) else { throw SettingProblem.wrongValue(key, json, expected: expected(json)) }
    return value
  }
}

/// A setting of a configuration, as a list of them shows it.
package struct ConfigurationSetting: Sendable, Equatable {
  /// The key, with those of the objects it is in: `plan.batch_size`.
  package let key: String
  /// What it is.
  package let help: String
  /// The value; null where there is none.
  package let value: JSON
  /// What values are: `a whole number`.
  package let expected: String
  /// Which of them there can be, as far as that is not said by others: `from 1 to 64`.
  package let allowed: String?
}
