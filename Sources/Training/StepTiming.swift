import KodamaCore
import KodamaTensors

/// The time that training steps take on this machine.
package enum StepTiming {
  /// The median time of a step in seconds, without changing the state: of at least three steps, and of as many as fit
  /// into a time, after a first one that is not counted.
  ///
  /// - Parameters:
  ///   - seconds: how long to measure.
  ///   - shouldStop: called between steps; true ends the measurement.
  /// - Throws: what reading batches throws.
  package static func measure<Batch>(
    _ task: some TrainingTask<Batch>, _ source: some ExampleSource<Batch>, plan: TrainingPlan, state: TrainingState,
    workspace: Workspace, seconds: Double, shouldStop: () -> Bool = { false }
  ) throws -> Double {
    // One batch stands for all that are accumulated.
    var single = plan
    single.accumulation = 1
    let stepper = TrainingStep(task, source, plan: single, reduction: nil, workspace: workspace)
    let clock = ContinuousClock()
    let start = clock.now
    var (state, times) = (state, [Double]())
    while times.count < 4 || start.duration(to: clock.now).inSeconds < seconds {
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
    return counted[counted.count / 2] * Double(plan.accumulation)
  }
}
