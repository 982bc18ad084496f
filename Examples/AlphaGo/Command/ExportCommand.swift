import ArgumentParser
import GoGame
import GoNetworks
import KodamaCore
import KodamaExport

struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write a network as an ONNX file for other programs.",
    discussion: """
      The input is planes [batch, rows, columns, 17], rows from the bottom: for each of the last eight positions the stones \
      of the player to move and of the opponent, and a plane of ones where black is to move. The outputs are policy \
      [batch, points + 1], the probabilities of all points, row by row, and of a pass, and value [batch, 1], −1 to 1, for \
      the player to move.
      """)

  @Argument(help: "A model folder, or a run of kodama-go learn.", completion: .directory) var network: String
  @Option(name: .shortAndLong, help: "The ONNX file.", completion: .file(extensions: ["onnx"])) var output: String
  @Flag(help: "Replace an existing file.") var force = false

  func run() throws {
    try AtomicFile.check(output, existing: force ? .replace : .refuse)
    let model = try ZeroModel(path: network)
    let board = model.architecture.board
    try MapGraphExport(
      model.graph, name: "alphago_zero",
      about: "A network for Go on \(board)x\(board): probabilities of moves and a value.",
      input: ("planes", "Stones of the last eight positions, and the color to move."),
      outputs: [
        .init(
          "policy", about: "The probability of each point, row by row from the bottom, and of a pass.", finish: .softmax
        ),
        .init("value", about: "The value for the player to move, -1 to 1.", finish: .tanh),
      ], metadata: [("board", "\(board)")]
    ).write(to: output, existing: force ? .replace : .refuse)
  }
}
