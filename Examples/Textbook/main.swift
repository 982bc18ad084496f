// Draws results of Sutton and Barto's "Reinforcement learning", second edition (2018), as this package finds them, and
// prints their numbers with standard errors.
//
// usage: Textbook [--quick] FOLDER
//
// Draws seven pictures textbook-….png into the folder, in less than a minute. With --quick few runs are made, which shows
// nothing but that it works.

import Foundation
import Kodama

let arguments = Array(CommandLine.arguments.dropFirst())
let isQuick = arguments.first == "--quick"
guard let folder = arguments.last, arguments.count == (isQuick ? 2 : 1), !folder.hasPrefix("-") else {
  FileHandle.standardError.write(Data("usage: Textbook [--quick] FOLDER\n".utf8))
  exit(64)
}

let effort = Effort(share: isQuick ? 0.02 : 1)
do {
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  for draw in [bandits, gambler, walk, steps, blackjack, control, approximation] {
    let figure = try draw(effort)
    let path = "\(folder)/textbook-\(figure.name).png"
    try figure.picture.write(to: path, existing: .replace)
    print("\(figure.lines.joined(separator: "\n"))\npicture: \(path)\n")
  }
} catch {
  FileHandle.standardError.write(Data("\(error)\n".utf8))
  exit(1)
}
