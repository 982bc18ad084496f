/// A weight as kernels on rows of frames read it: [group][tap][input][output of the group].
///
/// - Parameters:
///   - group: the outputs of the next group where so many are left.
///   - weight: the number of an output, an input and a tap.
package func packedInGroups<S>(
  outputs: Int, inputs: Int, taps: Int, group: (_ left: Int) -> Int,
  _ weight: (_ output: Int, _ input: Int, _ tap: Int) -> S
) -> [S] {
  var packed: [S] = []
  packed.reserveCapacity(outputs * inputs * taps)
  var first = 0
  while first < outputs {
    let count = group(outputs - first)
    for tap in 0..<taps {
      for input in 0..<inputs {
        for output in first..<first + count { packed.append(weight(output, input, tap)) }
      }
    }
    first += count
  }
  return packed
}
