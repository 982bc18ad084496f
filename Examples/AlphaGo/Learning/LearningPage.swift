import Foundation
import GoGame
import KodamaCore
import KodamaReports

/// The page of a run, `report.html`: its curves, and games of the last iteration to click through, with the shares that the
/// search gave to moves.
///
/// The page loads nothing from elsewhere.
struct LearningPage {
  private let run: LearningRun
  private let games: [PlayedGame]
  private let entries: [LearningEntry]

  /// The games that are shown.
  private static let mostGames = 24

  /// A page.
  ///
  /// - Parameter games: of the last iteration.
  /// - Throws: `FileFault.cannotRead`.
  init(_ run: LearningRun, _ games: [PlayedGame]) throws {
    (self.run, self.games) = (run, Array(games.prefix(Self.mostGames)))
    entries = try run.log.entries()
  }

  /// Writes the page, atomically.
  ///
  /// - Throws: `FileFault`, `ReportsFault`.
  func write() throws {
    let charts = try charts.map(Self.embedded)
    let plan = run.plan
    let last = entries.last
    func number(_ name: String, _ places: Int = 0) -> String {
      last?[name].map { NumberText.decimal($0, places) } ?? "–"
    }
    let facts = [
      ("board", "\(plan.architecture.board) × \(plan.architecture.board), komi \(GameRecord.number(plan.komi))"),
      ("network", "\(plan.architecture.blocks) blocks of \(plan.architecture.channels) channels"),
      ("search", "\(plan.visits) visits before each move"),
      ("iterations", "\(last?.iteration ?? 0), the best network of iteration \(number("bestIteration"))"),
      ("games", "\(number("games")) with \(number("positions")) positions"),
      ("time", "\(NumberText.decimal((last?["seconds"] ?? 0) / 60, 1)) min"), ("Elo", number("elo")),
    ].map { "<dt>\($0)</dt><dd>\($1)</dd>" }.joined()
    let html = """
      <!DOCTYPE html>
      <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
      <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'; \
      script-src 'unsafe-inline'">
      <title>Learning Go</title><link rel="icon" href="data:,"><style>\(Self.style)</style></head><body>
      <h1>Learning Go from nothing</h1><dl>\(facts)</dl>
      <div class="charts">\(charts.joined())</div>
      <h2>Games of the last iteration</h2>
      <p>Choose a game, and move through it with the slider or the arrow keys. Rings show the shares of visits that the \
      search gave to moves in the position; the dot is the move that follows.</p>
      <p><label>Game <select id="game"></select></label> <label>Move <input id="move" type="range" min="0" value="0"></label>
      <output id="text"></output></p>
      <svg id="board" viewBox="0 0 100 100" role="img" aria-label="The board"></svg>
      <script>const size = \(plan.architecture.board); const games = \(gamesText);
      \(Self.script)</script></body></html>

      """
    try AtomicFile.write(to: run.path + "/report.html", existing: .replace) { try $0.write(html) }
  }

  /// A chart as a picture of the page. The elements of several would share the names of their glyphs.
  private static func embedded(_ chart: LineChart) throws -> String {
    let svg = try ChartPicture([chart], width: 580, height: 300).encoded(as: .svg)
    return "<img width=\"580\" height=\"300\" alt=\"\(chart.title)\" "
      + "src=\"data:image/svg+xml;base64,\(Data(svg).base64EncodedString())\">"
  }

  private var charts: [LineChart] {
    func series(_ name: String, _ title: String, _ factor: Double = 1) -> LineChart.Series {
      LineChart.Series(
        title,
        entries.compactMap { entry in entry[name].map { .init(x: Double(entry.iteration), y: factor * $0) } })
    }
    func chart(_ title: String, _ unit: String, _ series: [LineChart.Series]) -> LineChart {
      LineChart(title: title, unit: unit, xName: "iteration", series: series)
    }
    return [
      chart("Elo of the best network", "", [series("elo", "Elo")]),
      chart(
        "Loss of the policy", "nats",
        [series("policyLoss", "network"), series("policyEntropy", "entropy of the search")]),
      chart("Loss of the value", "", [series("valueLoss", "(z − v)²")]),
      chart(
        "Results", "%",
        [
          series("blackWins", "black wins", 100), series("resigned", "resigned", 100),
          series("falseResignations", "false resignations", 100),
        ]),
      chart("Moves of a game", "", [series("movesPerGame", "moves")]),
      chart("Match against the best network", "%", [series("matchShare", "share of points", 100)]),
    ].filter { chart in chart.series.contains { !$0.points.isEmpty } }
  }

  /// The games as JavaScript: for each a title, and for each position the stones and the shares of moves in tenths.
  private var gamesText: String {
    let texts = games.map { game -> String in
      let positions = game.moves.indices.map { index -> String in
        let stones = String(game.positions[index].map { [".", "X", "O"][Int($0)] as Character })
        let shares = String(
          game.policies[index].map { Character("\(min(9, Int(($0 * 10).rounded(.up))))") })
        let move = Point(index: Int(game.moves[index]))
        let place = move.isPass ? -1 : move.row * game.size + move.column
        return "[\"\(stones)\",\"\(shares)\",\(place),\"\(move)\"]"
      }
      let result = game.record(rules: run.plan.game.rules).result ?? ""
      return "{title: \"\(game.number + 1): \(result)\", positions: [\(positions.joined(separator: ","))]}"
    }
    return "[\(texts.joined(separator: ",\n"))]"
  }

  private static let style = """
    body{font:16px/1.5 system-ui,sans-serif;max-width:76rem;margin:1.5rem auto;padding:0 1rem;color:#222;background:#fff}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem}dt{color:#666}dd{margin:0}
    .charts{display:grid;grid-template-columns:repeat(auto-fit,minmax(20rem,1fr));gap:.5rem}
    .charts img{width:100%;height:auto}#board{width:min(32rem,100%);background:#e3b873;border-radius:.4rem}
    input{width:min(30rem,60vw);vertical-align:middle}select{font:inherit}
    """

  private static let script = """
    const board = document.getElementById('board'), game = document.getElementById('game');
    const move = document.getElementById('move'), text = document.getElementById('text');
    const step = 100 / (size + 1), x = c => step * (c + 1), y = r => 100 - step * (r + 1);
    function draw() {
      const positions = games[game.value].positions, [stones, shares, place, name] = positions[move.value];
      let parts = '';
      for (let i = 0; i < size; i++) {
        parts += `<path d="M${x(0)} ${y(i)}H${x(size - 1)}M${x(i)} ${y(0)}V${y(size - 1)}" stroke="#222" stroke-width=".3"/>`;
      }
      for (let i = 0; i < size * size; i++) {
        const cx = x(i % size), cy = y(Math.floor(i / size)), r = step * .46;
        if (stones[i] != '.') {
          parts += `<circle cx="${cx}" cy="${cy}" r="${r}" fill="${stones[i] == 'X' ? '#111' : '#fff'}" stroke="#111" stroke-width=".3"/>`;
        } else if (+shares[i]) {
          parts += `<circle cx="${cx}" cy="${cy}" r="${r * Math.sqrt(+shares[i] / 9)}" fill="none" stroke="#1463a5" stroke-width=".9"/>`;
        }
        if (i == place) parts += `<circle cx="${cx}" cy="${cy}" r="${step * .12}" fill="#c21"/>`;
      }
      board.innerHTML = parts;
      const color = move.value % 2 ? 'white' : 'black';
      text.value = `${+move.value + 1} of ${positions.length}: ${color} ${name}`;
    }
    function choose() { move.max = games[game.value].positions.length - 1; move.value = 0; draw(); }
    games.forEach((g, i) => game.add(new Option(g.title, i)));
    game.onchange = choose; move.oninput = draw;
    if (games.length) choose();
    """
}
