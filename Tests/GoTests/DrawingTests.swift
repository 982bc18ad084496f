import Foundation
import GoGame
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// Boards as text and as pictures.
@Suite struct DrawingTests {
  private func drawing() throws -> BoardDrawing {
    var game = Game(size: 5)
    for name in ["C3", "C4", "E1"] { try game.play(Move(game.nextColor, Point(name, size: 5)!)) }
    return BoardDrawing(game)
  }

  @Test func textHasCoordinatesAndTheLastMove() throws {
    #expect(
      try drawing().text == """
            A B C D E
         5  . . . . . 5
         4  . . O . . 4
         3  . . X . . 3
         2  . . . . . 2
         1  . . . .(X)1
            A B C D E

        """)
  }

  @Test func textShowsPolicyAndValue() throws {
    var drawing = BoardDrawing(Board(size: 5), policy: Array(repeating: 0, count: 25), value: 0.734)
    drawing.policy![0] = 0.5
    drawing.policy![6] = 0.06
    drawing.policy![24] = 0.049
    drawing.policy![2] = 0.99
    #expect(
      drawing.text == """
            A B C D E
         5  . . . . . 5
         4  . . . . . 4
         3  . . + . . 3
         2  . 1 . . . 2
         1  5 . 9 . . 1
            A B C D E
        black wins with 73 %

        """)
    let large = BoardDrawing(Board(size: 19)).text.split(separator: "\n")
    #expect(large.count == 21 && large[0] == "    A B C D E F G H J K L M N O P Q R S T")
    #expect(
      large[1] == "19  . . . . . . . . . . . . . . . . . . . 19" && large[4].hasPrefix("16  . . . + . . . . . + "))
  }

  @Test func picturesAreXMLWithEachStone() throws {
    for size in [1, 2, 5, 9, 13, 19] {
      var drawing = BoardDrawing(Board(size: size))
      #expect(XMLParser(data: Data(drawing.svg.utf8)).parse())
      let points = Point.all(size: size)
      let stones = points.enumerated().filter { $0.offset % 3 != 2 }.map {
        ($0.element, $0.offset % 3 == 0 ? Color.black : .white)
      }
      drawing = BoardDrawing(
        Board(size: size, stones: stones), last: stones[0].0, policy: points.map { _ in 1 / 100.0 }, value: 0.25)
      let svg = drawing.svg
      #expect(XMLParser(data: Data(svg.utf8)).parse())
      #expect(svg.components(separatedBy: "r=\"15\"").count - 1 == stones.count)
      #expect(svg.components(separatedBy: "r=\"7\"").count - 1 == 1)
      #expect(svg.components(separatedBy: "#2563eb").count - 1 == points.count - stones.count)
      // Letters and numbers at both sides.
      #expect(svg.components(separatedBy: ">\(size)</text>").count - 1 >= 2)
      #expect(!svg.contains("nan"))
    }
  }
}
