import KodamaCore
import KodamaLayers
import KodamaTensors

/// The time that training steps take on this machine.
package enum StepTiming {
  /// The median time of a step in seconds, without changing the state: of at least three steps, and of as many as fit
  /// into a time, after a first one that is not counted.
  ///
  /// - Parameters:
  ///   - seconds: how long to measure.
  ///   - reduction: has this process compute its share of the steps, without the messages between processes.
  ///   - division: has it compute its part of the network, with them.
  ///   - shouldStop: called between steps; true ends the measurement.
  /// - Throws: what reading batches throws.
  package static func measure<Batch>(
    _ task: some TrainingTask<Batch>, _ source: some ExampleSource<Batch>, plan: TrainingPlan, state: TrainingState,
    workspace: Workspace, seconds: Double, reduction: (any StepReduction)? = nil,
    division: (any DividedNetwork)? = nil,
    shouldStop: () -> Bool = { false }
  ) throws -> Double {
    // Of the batches that are accumulated one is timed, or as many as processes share.
    let waves = plan.waves(
      from: 0, examplesPerPass: task.examplesPerPass, processes: reduction?.processes ?? 1
    ).count
    var single = plan
    single.accumulation = plan.accumulation / waves
    let stepper = TrainingStep(
      task, source, plan: single, reduction: reduction.map(OneShare.init), division: division, workspace: workspace)
    let clock = ContinuousClock()
    let start = clock.now
    var (state, times) = (state, [Double]())
    func isToGoOn() throws -> Bool {
      let goesOn = times.count < 4 || start.duration(to: clock.now).inSeconds < seconds
      return try division?.any([goesOn])[0] ?? goesOn
    }
    while try isToGoOn() {
      let begun = clock.now
      do {
        _ = try stepper.take(&state)
      } catch is TrainingStep.NotFinite {
        // Training itself reports that; a step takes as long.
      }
      times.append(begun.duration(to: clock.now).inSeconds)
      if shouldStop() { break }
    }
    let counted = times.dropFirst(times.count > 1 ? 1 : 0).sorted()
    return counted[counted.count / 2] * Double(waves)
  }
}

/// The share of one of several processes, whose gradients are not added to those of others.
private final class OneShare: StepReduction {
  private let whole: any StepReduction

  init(of whole: any StepReduction) { self.whole = whole }

  var processes: Int { whole.processes }
  var isFirst: Bool { whole.isFirst }
  func share(ofParts count: Int) -> Range<Int> { whole.share(ofParts: count) }
  func beginStep() {}
  func begin(_ parts: [ParameterArena], after earlier: ParameterArena?) {
    for part in parts.dropFirst() { NumberRuns.add(.init(part.elements), to: parts[0].elements) }
  }
  func isFinal(_ elements: Range<Int>) {}
  func finish(_ numbers: [[Double]], ofParts count: Int) -> [[Double]] { numbers }
  func added(_ numbers: [Double]) -> [Double] { numbers }
  func add(_ numbers: ParameterArena) {}
  func check() {}
  func checkpoint(_ path: String?) -> String { preconditionFailure("steps that are timed alone load no checkpoint") }
}
