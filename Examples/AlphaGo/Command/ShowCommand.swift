import ArgumentParser
import GoGame
import KodamaCore

struct Show: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "show", abstract: "Draw the board of a game from an SGF file.")

  @Argument(help: "An SGF file.", completion: .file(extensions: ["sgf"])) var file: String
  @Option(help: "The number of the game in the file, from 1.") var game = 1
  @Option(help: "The moves to play; without it all.") var move: Int?
  @Flag(help: "Draw a picture (SVG) to standard output, or to the file of --output.") var svg = false
  @Option(name: .shortAndLong, help: "A file for the drawing.", completion: .file()) var output: String?
  @Flag(help: "Replace an existing file.") var force = false

  func validate() throws {
    if game < 1 { throw ValidationError("--game must be at least 1") }
    if let move, move < 0 { throw ValidationError("--move must be at least 0") }
  }

  func run() throws {
    let record = try GameRecord(try GameTree(path: file), game: game - 1, path: file)
    var position = record.game
    if let move { position.rewind(to: move) }
    let drawing = BoardDrawing(position)
    let text = svg ? drawing.svg : heading(record, position) + drawing.text
    if let output {
      try AtomicFile.write(to: output, existing: force ? .replace : .refuse) { try $0.write(text) }
    } else {
      try FileWriter.standardOutput.write(text)
    }
  }

  private func heading(_ record: GameRecord, _ position: Game) -> String {
    // Names come from files, and a terminal would carry out their control characters.
    func shown(_ text: String?) -> String {
      String(String.UnicodeScalarView((text ?? "?").unicodeScalars.prefix(80).filter { !$0.properties.isControl }))
    }
    let size = position.size
    return """
      \(shown(record.blackName)) (black) – \(shown(record.whiteName)) (white), \(size)x\(size), komi \
      \(GameRecord.number(position.rules.komi)), result \(shown(record.result))
      move \(position.moves.count) of \(record.game.moves.count)

      """
  }
}

extension Unicode.Scalar.Properties {
  /// Whether the character controls a terminal or the layout of text instead of being shown.
  fileprivate var isControl: Bool {
    generalCategory == .control || generalCategory == .format || generalCategory == .lineSeparator
      || generalCategory == .paragraphSeparator
  }
}
