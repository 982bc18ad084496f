import ArgumentParser
import GoGame
import GoNetworks
import GoPlayers
import KodamaCompression
import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaTensors

struct NetworkSpeed: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "network", abstract: "Positions that a network evaluates, and searches, in a second.",
    discussion: """
      Without --network the weights are random. The engine takes one position at a time on each thread; a batch is one pass \
      of the operators that learning uses, on all threads. A search is one move with --visits from the empty board.
      """)

  enum Precision: String, ExpressibleByArgument, CaseIterable { case float32, int8 }

  @Option(help: "A model folder, or a run of kodama-go learn.", completion: .directory) var network: String?
  @OptionGroup var board: BoardOption
  @Option(help: "Residual blocks.") var blocks = 4
  @Option(help: "Channels.") var channels = 32
  @Option(help: "The precision of the engine.") var precision = Precision.float32
  @Option(help: "Visits of a search.") var visits = 400
  @Option(help: "Threads.") var threads = 1
  @Option(help: "Seconds for each figure.") var seconds = 1.0
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if !(seconds > 0 && seconds <= 3600) { throw ValidationError("--seconds must be from 0 to 3600") }
    if !(1...1024).contains(threads) { throw ValidationError("--threads must be from 1 to 1024") }
    if !(1...100_000_000).contains(visits) { throw ValidationError("--visits must be from 1 to 100000000") }
    if !(1...40).contains(blocks) { throw ValidationError("--blocks must be from 1 to 40") }
    if !(4...512).contains(channels) { throw ValidationError("--channels must be from 4 to 512") }
  }

  func run() throws {
    let model =
      try network.map { try ZeroModel(path: $0) }
      ?? ZeroModel(ZeroArchitecture(board: board.board, blocks: blocks, channels: channels), seed: 1)
    let (workers, measurement) = (Workers(threads: threads), SpeedMeasurement(seconds: seconds))
    let positions = Self.positions(board: model.architecture.board)
    let evaluator = ZeroEvaluator(model.architecture, try graph(of: model, positions, workers))
    var figures = [("engine", measurement.rate { Self.evaluate(evaluator, positions, workers) })]
    if precision == .float32 {
      let workspace = Workspace(workers: workers)
      for batch in [1, 8, 64] {
        figures.append(("batch of \(batch)", measurement.rate { Self.pass(model, positions, batch, workspace) }))
      }
    }
    let start = SearchPosition(
      size: model.architecture.board, .init(rules: Rules(komi: Rules.usualKomi(size: model.architecture.board))))
    let searches = try measurement.rate {
      var search = try ZeroSearch(start, .priors(1, firstPlay: .mean), evaluator: NetworkGuide(evaluator))
      var random = Philox(seed: 1)
      search.run(visits: visits, together: threads > 1 ? 2 * threads : 1, workers: workers, using: &random)
      return 1
    }
    let value = evaluator.evaluate(start.recent[...], start.color).value
    try FileWriter.standardOutput.write(text(model.architecture, figures, searches, value))
  }

  private func text(
    _ sizes: ZeroArchitecture, _ figures: [(name: String, rate: Double)], _ searches: Double, _ value: Double
  ) -> String {
    func number(_ value: Double, _ places: Int) -> String { NumberText.decimal(value, places) }
    if json {
      let members = figures.map { "\"\($0.name)\": \(number($0.rate, 0))" }.joined(separator: ", ")
      return """
        {"board": \(sizes.board), "blocks": \(sizes.blocks), "channels": \(sizes.channels), "precision": "\(precision.rawValue)", \
        "threads": \(threads), "positionsPerSecond": {\(members)}, "visits": \(visits), \
        "searchesPerSecond": \(number(searches, 2)), "value": \(number(value, 6))}

        """
    }
    let size = "\(sizes.board)x\(sizes.board), \(sizes.blocks) blocks of \(sizes.channels) channels"
    let lines = figures.map { "\($0.name): \(number($0.rate, 0)) positions/s\n" }.joined()
    return
      "\(size), \(precision.rawValue), \(threads) threads\n\(lines)\(visits) visits: \(number(searches, 2)) searches/s\n"
  }

  private func graph(
    of model: ZeroModel, _ positions: [SearchPosition], _ workers: Workers
  ) throws -> MapGraph {
    if precision == .float32 { return model.graph }
    let symmetry = Symmetry(0, size: model.architecture.board)
    return try MapQuantizer(model.graph, observing: positions.count, workers: workers) { index in
      ZeroPlanes.map(of: positions[index].recent[...], positions[index].color, symmetry)
    }.quantized(Quantization(.int8))
  }

  /// Positions of a random game.
  private static func positions(board: Int) -> [SearchPosition] {
    var position = SearchPosition(size: board, .init(rules: Rules(komi: Rules.usualKomi(size: board))))
    var (random, all) = (Philox(seed: 2), [SearchPosition]())
    while position.moveCount > 0 && all.count < 64 {
      all.append(position)
      _ = position.play(position.move(at: random.integer(below: position.moveCount)), using: &random)
    }
    return all
  }

  private static func evaluate(
    _ evaluator: ZeroEvaluator, _ positions: [SearchPosition], _ workers: Workers
  ) -> Int {
    let parts = 2 * workers.threads
    let sums = workers.map(parts: parts) { part in
      Workers.range(of: part, parts: parts, count: positions.count).reduce(0.0) {
        $0 + evaluator.evaluate(positions[$1].recent[...], positions[$1].color).value
      }
    }
    precondition(sums.allSatisfy(\.isFinite), "a value that is not finite")
    return positions.count
  }

  private static func pass(
    _ model: ZeroModel, _ positions: [SearchPosition], _ batch: Int, _ workspace: Workspace
  ) -> Int {
    let board = model.architecture.board
    let symmetry = Symmetry(0, size: board)
    let maps = (0..<batch).flatMap { index in
      let position = positions[index % positions.count]
      return ZeroPlanes.map(of: position.recent[...], position.color, symmetry)
    }
    let pass = Pass(model.parameters, workspace: workspace)
    let outputs = ZeroNetwork(model.architecture).forward(
      pass.tape.constant(Tensor([batch, board, board, ZeroPlanes.count], maps)), pass)
    precondition(outputs.value.value.elements.allSatisfy(\.isFinite), "a value that is not finite")
    return batch
  }
}
