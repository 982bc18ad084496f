/// Several processes that divide the items of some work among them.
///
/// One thread of a process calls it.
public protocol WorkTeam: AnyObject {
  /// The number of this process, from 0.
  var rank: Int { get }
  /// The number of processes.
  var size: Int { get }
  /// The bytes of every process in all of them, in the order of ranks.
  func gather(_ bytes: [UInt8]) -> [[UInt8]]
}

extension WorkTeam {
  /// Those of some items that this process works on: every `size`th, so that neighbours, which are often alike, are divided.
  public func own(of items: Range<Int>) -> [Int] { items.filter { $0 % size == rank } }
}
