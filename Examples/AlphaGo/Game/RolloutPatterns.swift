/// Patterns of points as numbers: the same for all rotations and reflections, and for both colors.
///
/// A point has a code: 0 off the board, 1 empty, 2 to 4 a stone of the player to move whose string has one, two, or more
/// liberties, 5 to 7 one of the opponent's. Patterns are hashed, so that few different ones share a number.
enum RolloutPatterns {
  /// The numbers that patterns of each kind have.
  static let count = 1 << 16

  @inline(__always) private static func hash(_ key: UInt64) -> Int {
    var z = key &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ z >> 32) &* 0xBF58_476D_1CE4_E5B9
    return Int(z >> 48)
  }

  /// The least of the four rotations of a pattern of four equal parts.
  @inline(__always) private static func least(_ pattern: UInt64, part: UInt64) -> UInt64 {
    let (all, rest) = ((1 as UInt64) << (4 * part) - 1, 3 * part)
    let second = pattern >> part | pattern << rest & all
    let third = pattern >> (2 * part) | pattern << (2 * part) & all
    let fourth = pattern >> rest | pattern << part & all
    return min(min(pattern, second), min(third, fourth))
  }

  /// The number of the eight points around a point. Read clockwise and counterclockwise, a pattern has its reflections
  /// among the rotations of the other reading.
  @inline(__always) static func square(_ codes: UnsafeBufferPointer<UInt8>, around point: Int) -> Int {
    let up = point + Point.stride
    let down = point - Point.stride
    @inline(__always) func code(_ point: Int, _ place: UInt64) -> UInt64 { UInt64(codes[point]) << (3 * place) }
    let (north, south) = (code(up, 0), code(down, 4))
    let (east, west) = (UInt64(codes[point + 1]), UInt64(codes[point - 1]))
    let (northeast, southeast) = (UInt64(codes[up + 1]), UInt64(codes[down + 1]))
    let (southwest, northwest) = (UInt64(codes[down - 1]), UInt64(codes[up - 1]))
    let axis = north | south
    let clockwise = axis | northeast << 3 | east << 6 | southeast << 9 | southwest << 15 | west << 18 | northwest << 21
    let other = axis | northwest << 3 | west << 6 | southwest << 9 | southeast << 15 | east << 18 | northeast << 21
    return hash(min(least(clockwise, part: 6), least(other, part: 6)))
  }

  /// The twelve points at most two steps from a point. The liberties of its own stone follow from them.
  struct Diamond {
    /// The empty points, each with its places in the two readings.
    private(set) var replies: [(point: Int, place: UInt64, otherPlace: UInt64)] = []
    private var (clockwise, other): (UInt64, UInt64) = (0, 0)

    /// The pattern has four parts, north, east, south and west, of three points each: beside the center, diagonally
    /// clockwise of that, and two steps away.
    init() { replies.reserveCapacity(12) }

    /// Reads the codes around a point.
    mutating func read(_ codes: UnsafeBufferPointer<UInt8>, around point: Int) {
      replies.removeAll(keepingCapacity: true)
      (clockwise, other) = (0, 0)
      func add(_ point: Int, _ code: UInt8, _ place: UInt64, _ otherPlace: UInt64) {
        clockwise |= UInt64(code) << (4 * place)
        other |= UInt64(code) << (4 * otherPlace)
        if code == 1 { replies.append((point, place, otherPlace)) }
      }
      let steps = (Point.stride, 1, -Point.stride, -1)
      @inline(__always) func part(_ step: Int, _ next: Int, _ number: UInt64) {
        let reflected = (4 - number) % 4
        let beside = codes[point + step]
        add(point + step, beside, 3 * number, 3 * reflected)
        add(point + step + next, codes[point + step + next], 3 * number + 1, 3 * (3 - number) + 1)
        // Behind a point off the board, numbers of points go on in another row.
        add(point + 2 * step, beside == 0 ? 0 : codes[point + 2 * step], 3 * number + 2, 3 * reflected + 2)
      }
      part(steps.0, steps.1, 0)
      part(steps.1, steps.2, 1)
      part(steps.2, steps.3, 2)
      part(steps.3, steps.0, 3)
    }

    /// The number of the pattern with one of its empty points as the reply.
    func number(_ reply: (point: Int, place: UInt64, otherPlace: UInt64)) -> Int {
      // The code 8 for the reply instead of 1.
      let pattern = clockwise ^ 9 << (4 * reply.place)
      let reflected = other ^ 9 << (4 * reply.otherPlace)
      return hash(min(least(pattern, part: 12), least(reflected, part: 12)))
    }
  }
}
