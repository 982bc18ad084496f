import KodamaLayers
import KodamaTensors
import KodamaTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The processes of a job that have one network together.
package final class ProcessDivision: DividedNetwork {
  private let group: ProcessGroup
  /// What each process has.
  private let shares: [ParameterShare]
  private let waiting: WaitingTime
  package let hasMeasures: Bool
  package let partsAhead: Int

  /// A division of the processes of a group.
  ///
  /// - Parameters:
  ///   - shares: what each process has of the parameters, by its rank.
  ///   - hasMeasures: see `DividedNetwork`.
  ///   - partsAhead: see `DividedNetwork`.
  ///   - waiting: the time that this process waits for others.
  package init(
    _ group: ProcessGroup, shares: [ParameterShare], hasMeasures: Bool, partsAhead: Int, waiting: WaitingTime
  ) {
    (self.group, self.shares, self.waiting) = (group, shares, waiting)
    (self.hasMeasures, self.partsAhead) = (hasMeasures, partsAhead)
  }

  private var communicator: any Communicator { group.communicator }
  private var rank: Int { communicator.rank }

  package var share: ParameterShare { shares[rank] }
  package var processes: Int { group.processes }
  package var isFirst: Bool { group.isFirst }
  /// All of them: each does all of the work with its part of the network.
  package func share(ofParts count: Int) -> Range<Int> { 0..<count }
  package func added(_ numbers: [Double]) throws -> [Double] { communicator.sum(numbers) {} }
  /// A process that ended a step by itself would leave the others waiting.
  package func check() {}
  package func checkpoint(_ path: String?) throws -> String { try group.checkpoint(path) }

  package func beginStep() {
    waiting.begin()
    group.beginStep()
  }

  package func norm(of gradients: Parameters<Float>) throws -> Double {
    let own = gradients.squares
    // Each is counted once.
    let squares = try added(share.network.map { sends($0.name, rank) ? own[$0.name]! : 0 })
    waiting.end()
    return squares.reduce(0, +).squareRoot()
  }

  /// Whether a process sends its part of a parameter where all of it is collected: of those that have all of it one does.
  private func sends(_ name: String, _ rank: Int) -> Bool {
    switch shares[rank][name] {
    case nil, .zero: false
    case .runs: true
    case .whole: !shares[..<rank].contains { $0[name] == .whole }
    }
  }

  package func collect(
    _ sets: [Parameters<Float>], _ body: (@escaping (_ set: Int, _ name: String) -> Tensor<Float>) throws -> Void
  ) throws {
    let names = share.network.map(\.name)
    if isFirst {
      let indices = Dictionary(uniqueKeysWithValues: names.enumerated().map { ($1, $0) })
      try body { [self] set, name in
        request(set, indices[name]!)
        return whole(sets[set], set, indices[name]!)
      }
      request(-1, 0)
      return
    }
    while true {
      let (set, index) = request(0, 0)
      if set < 0 { return }
      if !sends(names[index], rank) { continue }
      sets[set][names[index]].withUnsafeBuffer { elements in
        communicator.wait([communicator.send(UnsafeRawBufferPointer(elements), to: 0, tag: Tag.parameters)]) {}
      }
    }
  }

  /// The first process's request for a parameter, in all processes.
  @discardableResult private func request(_ set: Int, _ index: Int) -> (set: Int, index: Int) {
    let numbers = communicator.sum(isFirst ? [Double(set), Double(index)] : [0, 0]) {}
    return (Int(numbers[0]), Int(numbers[1]))
  }

  /// A parameter of the whole network, of which other processes send what they have.
  private func whole(_ own: Parameters<Float>, _ set: Int, _ index: Int) -> Tensor<Float> {
    let declaration = share.network[index]
    var result = Tensor<Float>(declaration.shape)
    for rank in 0..<processes where sends(declaration.name, rank) {
      guard let part = shares[rank][declaration.name] else { continue }
      let shape = part.shape(of: declaration.shape)
      let found =
        rank == 0
        ? own[declaration.name]
        : Tensor<Float>(shape) { elements in
          communicator.wait([
            communicator.receive(UnsafeMutableRawBufferPointer(elements), from: rank, tag: Tag.parameters)
          ]) {}
        }
      if case .runs(let runs, let axis) = part {
        result.replace(runs, axis: axis, with: found)
      } else {
        result = found
      }
    }
    return result
  }

  /// What each process did, in all of them.
  package func reports() -> [ProcessReport] {
    var usage = rusage()
    #if canImport(Darwin)
      let unit = 1.0
      getrusage(RUSAGE_SELF, &usage)
    #else
      let unit = 1024.0
      getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    #endif
    let waited = communicator.all(waiting.share)
    let memory = communicator.all(Double(usage.ru_maxrss) * unit)
    let parameters = communicator.all(Double(share.declarations.reduce(0) { $0 + $1.shape.count }))
    return (0..<processes).map {
      ProcessReport(waitedShare: waited[$0], peakBytes: memory[$0], parameterCount: Int(parameters[$0]))
    }
  }
}

/// What one of several processes that have one network together did.
public struct ProcessReport: Sendable {
  /// The share of the time of its steps in which it waited for others.
  public let waitedShare: Double
  /// The most memory that it had.
  public let peakBytes: Double
  /// Numbers in its parameters.
  public let parameterCount: Int
}
