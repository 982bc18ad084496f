import KodamaCheckpoints
import KodamaCore

extension TaskMeasures {
  static let key = "measures"
  private static let keys = ["loss", "others", "speed", "samples", "criterion", "held_out", "is_reward"]
  private static let measureKeys = ["name", "unit"]

  /// The object in `trainer.json`.
  var json: JSON {
    func json(_ measure: Measure) -> JSON { ["name": JSON(measure.name), "unit": JSON(measure.unit)] }
    var members: [JSON.Member] = [
      .init("loss", json(loss)), .init("others", .array(others.map(json))), .init("speed", json(speed)),
    ]
    // Keys that runs of other tasks never had.
    if !samples.isEmpty { members.append(.init("samples", .array(samples.map(json)))) }
    if criterion != loss { members.append(.init("criterion", json(criterion))) }
    if heldOut != all { members.append(.init("held_out", .array(heldOut.map(json)))) }
    if isReward { members.append(.init("is_reward", JSON(true))) }
    return .object(members)
  }

  /// Reads the object in `trainer.json`; runs that recorded none have the default measures.
  ///
  /// - Throws: `CheckpointFault`, `TrainingFault.badCheckpoint`.
  init(_ file: Configuration) throws {
    guard file.has(Self.key) else {
      self = .ofSamples
      return
    }
    func measure(_ section: Configuration) throws -> Measure {
      let name = try section.string("name")
      if Measure.isName(name) { return Measure(name, unit: try section.string("unit")) }
      throw TrainingFault.badCheckpoint(path: file.path, problem: "no measure can have the name \(name)")
    }
    let section = try file.section(Self.key, keys: Self.keys)
    let (loss, speed) = try (
      measure(section.section("loss", keys: Self.measureKeys)),
      measure(section.section("speed", keys: Self.measureKeys))
    )
    let others = try section.sections("others", keys: Self.measureKeys).map(measure)
    let samples = section.has("samples") ? try section.sections("samples", keys: Self.measureKeys).map(measure) : []
    let criterion = section.has("criterion") ? try measure(section.section("criterion", keys: Self.measureKeys)) : loss
    let heldOut =
      section.has("held_out") ? try section.sections("held_out", keys: Self.measureKeys).map(measure) : [loss] + others
    let isReward = try section.value("is_reward", .flag, default: false)
    guard ([loss] + others).contains(criterion) else {
      throw TrainingFault.badCheckpoint(path: file.path, problem: "the criterion \(criterion.name) is not measured")
    }
    let measured = [loss] + others + heldOut.filter { !([loss] + others).contains($0) }
    guard Self.areDistinct(measured, speed: speed, samples: samples) else {
      throw TrainingFault.badCheckpoint(path: file.path, problem: "two measures have the same name")
    }
    self.init(
      loss: loss, others: others, speed: speed, samples: samples, criterion: criterion, heldOut: heldOut,
      isReward: isReward)
  }
}

extension RunFolder {
  /// The measures of the run, from its newest checkpoint; where there is none, or it recorded no measures, those of
  /// networks of audio samples.
  ///
  /// - Throws: `CheckpointFault`, `FileFault`, `TrainingFault.badCheckpoint`.
  package func taskMeasures() throws -> TaskMeasures {
    guard try newestStep() != nil else { return .ofSamples }
    return try withNewestCheckpoint { folder in
      let path = folder + "/" + TrainingState.fileName
      if !Folder.hasFile(path) { return .ofSamples }
      return try TaskMeasures(TrainingState.numbers(path))
    }
  }
}
