import KodamaCore
import KodamaTraining

/// Fits the training on a pair to a time: the number of steps, and the schedule of the learning rate, which ends with them.
///
/// The steps are counted once, when a run is started, and recorded: a run that is interrupted and resumed takes as many,
/// with the same result, on a slower machine in more time.
public struct TimedCapture: Sendable {
  /// The time for everything after the recordings are read, in seconds.
  public let seconds: Double
  /// Applied to the fitted settings: what must not be fitted.
  public let adjust: @Sendable (inout CaptureSettings) throws -> Void

  /// The most validations of a run: with fewer epochs than these there is one in each.
  package static let mostValidations = 50

  /// A plan for a time.
  ///
  /// - Parameter adjust: applied to the fitted settings, to replace what must not be fitted.
  public init(_ time: Duration, adjust: @escaping @Sendable (inout CaptureSettings) throws -> Void = { _ in }) {
    seconds = time.inSeconds
    self.adjust = adjust
  }

  /// How long to measure steps, in seconds: a fiftieth of the time.
  package var measuringSeconds: Double { min(5, seconds / 50) }

  /// The settings for the time.
  ///
  /// - Parameters:
  ///   - stepSeconds: the time of a step in seconds.
  ///   - validationSeconds: the time of a validation in seconds.
  ///   - epochSteps: the steps of an epoch.
  ///   - remaining: the time that is left, in seconds.
  /// - Throws: `TrainingFault.badPlan` where `adjust` changes the steps; what `adjust` throws.
  package func fitted(
    _ settings: CaptureSettings, stepSeconds: Double, validationSeconds: Double, epochSteps: Int, remaining: Double
  ) throws -> CaptureSettings {
    // Of many epochs the number of validations is fixed, of few it follows from the steps.
    let most = Double(Self.mostValidations)
    let many = (remaining - most * validationSeconds) / stepSeconds
    let few = remaining / (stepSeconds + validationSeconds / Double(epochSteps))
    let steps = max(1, Int(min(1e12, many >= most * Double(epochSteps) ? many : few)))
    var settings = settings
    (settings.steps, settings.plan.schedule, settings.plan.cosineSteps) = (steps, .cosine, steps)
    try adjust(&settings)
    if settings.steps != steps {
      throw TrainingFault.badPlan(field: "steps", problem: "they are fitted to the time; give one of the two")
    }
    return settings
  }
}
