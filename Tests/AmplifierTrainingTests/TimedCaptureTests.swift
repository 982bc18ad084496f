import KodamaTraining
import Testing

@testable import KodamaAmplifierTraining

/// Steps that fit a time.
@Suite struct TimedCaptureTests {
  private func steps(
    seconds: Double, step: Double, validation: Double, epoch: Int
  ) throws -> Int {
    let settings = try TimedCapture(.seconds(1)).fitted(
      CaptureSettings(), stepSeconds: step, validationSeconds: validation, epochSteps: epoch, remaining: seconds)
    #expect(settings.plan.schedule == .cosine && settings.plan.cosineSteps == settings.steps)
    return try #require(settings.steps)
  }

  /// What a run of some steps takes.
  private func seconds(steps: Int, step: Double, validation: Double, epoch: Int) -> Double {
    let interval = max(1, epoch, steps / TimedCapture.mostValidations)
    return Double(steps) * step + Double(steps / interval) * validation
  }

  @Test(arguments: [1, 10, 100, 1000]) func stepsAndValidationsFillTheTime(epoch: Int) throws {
    for (time, step, validation) in [(60.0, 0.1, 0.0), (1800, 0.9, 0.4), (600, 0.01, 2), (3600, 0.3, 5)] {
      let count = try steps(seconds: time, step: step, validation: validation, epoch: epoch)
      let taken = seconds(steps: count, step: step, validation: validation, epoch: epoch)
      // Within a validation, and the rounding of intervals.
      #expect(taken <= 1.02 * time + validation && taken >= 0.9 * time - validation, "\(count): \(taken) of \(time) s")
    }
  }

  @Test func thereIsAlwaysAStep() throws {
    #expect(try steps(seconds: -3, step: 1, validation: 1, epoch: 10) == 1)
    #expect(try steps(seconds: 1e30, step: 1e-9, validation: 0, epoch: 10) == 1_000_000_000_000)
  }

  @Test func whatIsGivenIsNotFitted() throws {
    let plan = TimedCapture(.seconds(1)) { ($0.plan.schedule, $0.plan.learningRate) = (.constant, 0.5) }
    let settings = try plan.fitted(
      CaptureSettings(), stepSeconds: 0.1, validationSeconds: 0, epochSteps: 10, remaining: 10)
    #expect(settings.plan.schedule == .constant && settings.plan.learningRate == 0.5 && settings.steps == 100)
    #expect(throws: TrainingFault.self) {
      try TimedCapture(.seconds(1)) { $0.steps = 3 }.fitted(
        CaptureSettings(), stepSeconds: 0.1, validationSeconds: 0, epochSteps: 10, remaining: 10)
    }
  }
}
