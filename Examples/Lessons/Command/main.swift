// Runs one of the lessons, or all of them: prints its numbers, and draws its picture into a folder.
//
// usage: Lessons NAME|all [-o FOLDER] [--seed N] [--corpus FOLDER]

import Foundation
import LessonBook

/// Ends with how the command is called, and the names of the lessons.
func fail(_ problem: String) -> Never {
  let names = LessonBook.lessons().map { lesson in
    let type = type(of: lesson)
    return "  " + type.name.padding(toLength: 12, withPad: " ", startingAt: 0) + type.topic + "\n"
  }
  let usage = """
    \(problem)
    usage: Lessons NAME|all [-o FOLDER] [--seed N] [--corpus FOLDER]

      -o FOLDER        where pictures are drawn (default: lessons)
      --seed N         of everything random (default: 1)
      --corpus FOLDER  recordings for digits, whose names begin with the digit (default: synthesized sounds)

    \(names.joined())
    """
  FileHandle.standardError.write(Data(usage.utf8))
  exit(64)
}

var arguments = Array(CommandLine.arguments.dropFirst())
var (name, folder, seed, corpus) = (String?.none, "lessons", UInt64(1), String?.none)
while let argument = arguments.first {
  arguments.removeFirst()
  func value() -> String {
    if arguments.isEmpty { fail("\(argument) needs a value") }
    return arguments.removeFirst()
  }
  switch argument {
  case "-o": folder = value()
  case "--seed":
    let text = value()
    guard let number = UInt64(text) else { fail("\(text) is not a seed") }
    seed = number
  case "--corpus": corpus = value()
  default:
    if name != nil || argument.hasPrefix("-") { fail("there is no argument \(argument)") }
    name = argument
  }
}
guard let name else { fail("which lesson?") }
let lessons = LessonBook.lessons(seed: seed, corpus: corpus).filter { name == "all" || type(of: $0).name == name }
if lessons.isEmpty { fail("there is no lesson \(name)") }

do {
  for lesson in lessons {
    let type = type(of: lesson)
    print("\(type.name): \(type.topic)\n")
    for line in try lesson.run(pictures: folder) { print(line) }
    print("\npicture: \(folder)/\(type.name).png\n")
  }
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
