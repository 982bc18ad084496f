/// The name of an event file, `events.out.tfevents.<seconds>.<host>.<process>.<number>`. TensorBoard knows event files
/// by it, and reads those of a folder in the order of their names.
struct EventFileName: CustomStringConvertible {
  private static let prefix = "events.out.tfevents."
  /// Names are in the order of their seconds as long as these have as many digits.
  private static let digits = 10

  /// Seconds since 1970 when the file was begun, or a little later.
  let seconds: Int
  let host: String
  let process: Int32
  /// How many files this process has begun before.
  let number: Int

  /// The name of a file that is read after all files of a folder: its seconds are later than theirs, also where two are
  /// begun within a second or the clock was set back.
  ///
  /// - Parameter names: what is in the folder.
  init(after names: [String], origin: EventOrigin, number: Int) {
    let latest = names.compactMap(Self.seconds).max() ?? 0
    seconds = max(latest + 1, Int(origin.now()))
    // A slash would make it a path.
    host = String(origin.host.map { $0 == "/" ? "-" : $0 })
    process = origin.process
    self.number = number
  }

  var description: String {
    let text = String(seconds)
    let zeros = String(repeating: "0", count: max(0, Self.digits - text.count))
    return "\(Self.prefix)\(zeros)\(text).\(host).\(process).\(number)"
  }

  /// The seconds in the name of an event file; nil for another name.
  private static func seconds(_ name: String) -> Int? {
    guard name.hasPrefix(prefix) else { return nil }
    let text = name.dropFirst(prefix.count).prefix { $0 != "." }
    return text.count == digits ? Int(text) : nil
  }
}
