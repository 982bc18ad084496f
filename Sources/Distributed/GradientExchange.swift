import KodamaCore
import KodamaLayers
import KodamaTensors
import KodamaTraining

/// The messages between the server of an asynchronous training and its workers.
private enum Message {
  /// To the server: numbers with the stop flag, and gradients. To a worker: its assignment, and weights.
  static let (numbers, gradients, assignment, weights) = (1, 2, 3, 4)
}

/// Numbers in memory that stays where it is, for messages.
private final class MessageNumbers {
  let memory: UnsafeMutableBufferPointer<Double>

  init(count: Int) {
    memory = .allocate(capacity: count)
    memory.initialize(repeating: 0)
  }

  deinit { memory.deallocate() }

  var bytes: UnsafeMutableRawBufferPointer { .init(memory) }
}

/// The first process of an asynchronous training, which has the weights.
public final class AsynchronousServer: GradientServer {
  private let communicator: any Communicator
  private let examplesPerStep: Int
  private let check: () throws -> Void
  private let workers: [Worker]
  private var hasBegun = false
  /// The step of the last weights, and how often training went back from there: gradients of weights before that are not
  /// used.
  private var (latest, generation) = (0, 0)
  /// The worker whose gradients came last.
  private var last: Int?
  /// Examples that were assigned so far.
  private var assigned = 0
  /// How many gradients had each staleness.
  public private(set) var stalenessCounts: [Int]
  /// Whether a worker was asked to stop.
  public private(set) var isStopRequested = false

  private final class Worker {
    let rank: Int
    let (gradients, weights): (ParameterArena, ParameterArena)
    let numbers: MessageNumbers
    let assignment = MessageNumbers(count: 3)
    var incoming: [any Transfer] = []
    var outgoing: [any Transfer] = []
    var (step, generation) = (0, 0)

    init(_ rank: Int, _ parameters: Parameters<Float>, numbers: Int) {
      self.rank = rank
      (gradients, weights) = (ParameterArena(like: parameters), ParameterArena(like: parameters))
      self.numbers = MessageNumbers(count: numbers)
    }
  }

  /// A server for all other processes.
  ///
  /// - Parameters:
  ///   - parameters: those of the network.
  ///   - measures: the number of the task's measures.
  ///   - stalenessCounts: those of earlier sessions of the run.
  ///   - check: called again and again while it waits; what it throws ends that.
  public init(
    _ communicator: any Communicator, parameters: Parameters<Float>, examplesPerStep: Int, measures: Int,
    stalenessCounts: [Int] = [], check: @escaping () throws -> Void = {}
  ) {
    (self.communicator, self.examplesPerStep) = (communicator, examplesPerStep)
    workers = (1..<communicator.size).map { Worker($0, parameters, numbers: measures + 2) }
    (self.stalenessCounts, self.check) = (stalenessCounts, check)
  }

  public func next(_ weights: Parameters<Float>, step: Int, examplesDrawn: Int) throws -> ServedGradients {
    if step < latest {
      generation += 1
      assigned = examplesDrawn
    }
    latest = step
    if !hasBegun {
      (hasBegun, assigned) = (true, examplesDrawn)
      for worker in workers { assign(weights, step: step, to: worker) }
    } else if let last {
      assign(weights, step: step, to: workers[last])
    }
    var pause = Pause()
    while true {
      // From the one after the last on, so that none is kept waiting by others.
      for offset in 1...workers.count {
        let number = ((last ?? -1) + offset) % workers.count
        let worker = workers[number]
        if !worker.incoming.allSatisfy(\.isComplete) { continue }
        worker.incoming = []
        if worker.generation != generation {
          assign(weights, step: step, to: worker)
          continue
        }
        last = number
        if worker.numbers.memory[0] > 0 { isStopRequested = true }
        let staleness = step - worker.step
        if staleness >= stalenessCounts.count {
          stalenessCounts += [Int](repeating: 0, count: staleness - stalenessCounts.count + 1)
        }
        stalenessCounts[staleness] += 1
        return ServedGradients(
          worker.gradients, numbers: Array(worker.numbers.memory.dropFirst()), staleness: staleness)
      }
      try check()
      pause.next()
    }
  }

  /// Sends weights, and prepares for the gradients that they will have.
  private func assign(_ weights: Parameters<Float>, step: Int, to worker: Worker) {
    communicator.wait(worker.outgoing) {}
    worker.weights.copy(weights)
    (worker.step, worker.generation) = (step, generation)
    send(to: worker, [Double(step), Double(assigned), 0])
    assigned += examplesPerStep
    worker.incoming = [
      communicator.receive(worker.numbers.bytes, from: worker.rank, tag: Message.numbers),
      communicator.receive(.init(worker.gradients.elements), from: worker.rank, tag: Message.gradients),
    ]
  }

  private func send(to worker: Worker, _ assignment: [Double]) {
    _ = worker.assignment.memory.update(fromContentsOf: assignment)
    worker.outgoing = [
      communicator.send(.init(worker.assignment.bytes), to: worker.rank, tag: Message.assignment),
      communicator.send(.init(worker.weights.elements), to: worker.rank, tag: Message.weights),
    ]
  }

  /// Ends the work of all others, whose last gradients are not used.
  public func end() {
    for worker in workers {
      communicator.wait(worker.incoming + worker.outgoing) {}
      send(to: worker, [0, 0, 1])
      communicator.wait(worker.outgoing) {}
    }
  }
}

/// Any other process of an asynchronous training.
public final class AsynchronousClient: GradientClient {
  private let communicator: any Communicator
  private let numbers: MessageNumbers
  private let assignment = MessageNumbers(count: 3)
  private let slow: () -> Void

  /// A worker of the first process.
  ///
  /// - Parameters:
  ///   - measures: the number of the task's measures.
  ///   - slow: called after the gradients of each step; a slow process pauses.
  public init(_ communicator: any Communicator, measures: Int, slow: @escaping () -> Void = {}) {
    (self.communicator, self.slow) = (communicator, slow)
    numbers = MessageNumbers(count: measures + 2)
  }

  public func exchange(
    _ gradients: ParameterArena?, numbers found: [Double], stops: Bool, weights: ParameterArena
  ) throws -> (step: Int, firstExample: Int)? {
    var transfers: [any Transfer] = []
    if let gradients {
      slow()
      _ = numbers.memory.update(fromContentsOf: [stops ? 1 : 0] + found)
      transfers += [
        communicator.send(.init(numbers.bytes), to: 0, tag: Message.numbers),
        communicator.send(.init(gradients.elements), to: 0, tag: Message.gradients),
      ]
    }
    transfers += [
      communicator.receive(assignment.bytes, from: 0, tag: Message.assignment),
      communicator.receive(.init(weights.elements), from: 0, tag: Message.weights),
    ]
    communicator.wait(transfers) {}
    let values = assignment.memory
    return values[2] > 0 ? nil : (Int(values[0]), Int(values[1]))
  }
}
