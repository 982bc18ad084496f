import Foundation
import KodamaAudio
import KodamaCore

/// What a program prints: it is called with the names of WAV files, one for each sound, and prints a number for each.
struct ProgramReward: SoundReward {
  let program: ChildProgram

  var name: String { program.command }

  func values(of sounds: [RewardedSound], workers: Workers) throws -> [SoundRewardValue] {
    let folder = FileManager.default.temporaryDirectory.path + "/kodama-" + UUID().uuidString
    try Folder.create(folder)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let paths = sounds.indices.map { "\(folder)/\($0 + 1).wav" }
    for (sound, path) in zip(sounds, paths) { try AudioWriter.write(sound.waveform, to: path, existing: .refuse) }
    let (ending, output, messages) = try program.run(paths)
    switch ending {
    case .exited(0): break
    case .exited(let status): throw fault("it ended with status \(status)" + Self.quoted(messages))
    case .signalled(let signal): throw fault("signal \(signal) ended it" + Self.quoted(messages))
    case .tooLong:
      throw fault("it was ended after \(Int(program.limit.inSeconds)) s; make it faster, or give it longer")
    }
    let words = output.split(whereSeparator: \.isWhitespace)
    if words.count != sounds.count {
      let found = words.isEmpty ? "nothing" : Plural.text(words.count, "number")
      throw TuningFault.programOutput(
        command: program.command, problem: "it prints \(found) for \(Plural.text(sounds.count, "sound"))")
    }
    return try words.enumerated().map { index, word in
      guard let value = Double(word) else {
        throw TuningFault.programOutput(
          command: program.command,
          problem: "it prints \(String(word).excerpt(40)) for sound \(index + 1), which is no number"
        )
      }
      return .whole(value)
    }
  }

  private func fault(_ problem: String) -> TuningFault { .program(command: program.command, problem: problem) }

  /// The last line of messages.
  private static func quoted(_ messages: String) -> String {
    guard let line = messages.split(whereSeparator: \.isNewline).last else { return "" }
    return ": " + String(line).excerpt(200)
  }
}
