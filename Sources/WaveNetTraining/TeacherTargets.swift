import KodamaAudio
import KodamaCheckpoints
import KodamaCore
import KodamaFeatures
import KodamaLayers
import KodamaTensors
import KodamaTraining
import KodamaWaveNets

/// The logits of a teacher for the crops of some recordings, from files.
package struct TeacherTargets: CropTargets {
  /// By recording.
  let files: [TargetFile]

  package func bytes(for crop: Crop) throws -> [UInt8] {
    try files[crop.recording].bytes(crop.start..<crop.start + crop.validCount)
  }
}

/// Targets of the form of stored ones, to measure the time of steps with.
package struct BlankTargets: CropTargets {
  private let classes: Int

  package init(classes: Int) { self.classes = classes }

  package func bytes(for crop: Crop) throws -> [UInt8] { [UInt8](repeating: 0, count: crop.validCount * classes) }
}

/// Computes the logits of a teacher for whole recordings, and keeps them in a folder.
package struct TargetStore {
  private let folder: String
  private let teacher: Teacher
  private let workspace: Workspace

  /// A store of the settings' folder; nil where they have none.
  package init?(_ teacher: Teacher, workspace: Workspace) {
    guard let folder = teacher.distillation.targets else { return nil }
    (self.folder, self.teacher, self.workspace) = (folder, teacher, workspace)
  }

  /// Computes the files that are missing, one recording after another.
  ///
  /// - Parameters:
  ///   - parts: recordings with the labels of each; and their features, where the teacher is conditioned on such.
  ///   - progress: called with the share that is done.
  ///   - shouldStop: called between blocks; true ends early and keeps the complete files.
  /// - Returns: the targets of all recordings in order; nil where it was stopped.
  /// - Throws: `TrainingFault.badTargets` where a file of the folder is damaged; what reading recordings and writing
  ///   throw.
  package func targets(
    of parts: [(recordings: Recordings, conditions: [Conditions], features: FeatureReader?)],
    progress: (_ share: Double) throws -> Void, shouldStop: () -> Bool
  ) throws -> TeacherTargets? {
    try Folder.create(folder)
    var (files, done) = ([TargetFile](), 0)
    let total = parts.reduce(0) { $0 + $1.recordings.totalFrames }
    for (recordings, conditions, features) in parts {
      let headers = try headers(recordings, conditions, features)
      for (recording, header) in headers.enumerated() {
        let path = folder + "/" + header.name
        if !AtomicFile.exists(path) {
          let labelled = conditions[recording].with(
            try features?.sequence(of: recording, samples: header.samples))
          do {
            try write(path, header, recordings, recording, labelled) { samples in
              if shouldStop() { throw Stopped() }
              try progress(Double(done + samples) / Double(total))
            }
          } catch is Stopped {
            return nil
          }
        }
        files.append(try TargetFile(path, of: header))
        done += header.samples
      }
    }
    return TeacherTargets(files: files)
  }

  private struct Stopped: Error {}

  /// Computes one file.
  private func write(
    _ path: String, _ header: TargetFile.Header, _ recordings: Recordings, _ recording: Int, _ conditions: Conditions,
    progress: (_ samples: Int) throws -> Void
  ) throws {
    let network = teacher.model.network
    var outputs = SequenceOutputs(
      network: network, parameters: teacher.model.parameters, conditions: conditions, workspace: workspace)
    // One that another process makes meanwhile is the same.
    try AtomicFile.write(to: path, existing: .replace) { writer in
      try writer.write(header.bytes)
      var samples = 0
      func write(_ window: SequenceOutputs.Window) throws {
        let logits = window.outputs.value.elements
        try writer.write(
          TargetFile.encode(
            logits[(window.context * header.classes)...], classes: header.classes, workers: workspace.workers))
        samples += window.targets.count - window.context
        try progress(samples)
      }
      try progress(0)
      try recordings.forEachBlock(of: recording) { try outputs.add($0, write) }
      try outputs.finish(write)
    }
  }

  /// The header of each recording: its fingerprint is that of everything that the teacher's outputs depend on.
  private func headers(
    _ recordings: Recordings, _ conditions: [Conditions], _ features: FeatureReader?
  ) throws -> [TargetFile.Header] {
    let (configuration, companding) = (teacher.model.configuration, teacher.model.companding)
    let text = WaveNetModel.configurationText(sampleRate: teacher.model.sampleRate, configuration)
    let stored = features?.source.fingerprint
    let fingerprint = teacher.fingerprint
    let found = workspace.workers.map(parts: recordings.count) { recording in
      Result { () throws -> TargetFile.Header in
        var state = StableHash.State()
        state.combine(text)
        state.combine(configuration.conditioning.description(of: conditions[recording]))
        if let stored { state.combine(stored.value) }
        try recordings.forEachBlock(of: recording) { block in
          for code in companding.encode(block) { state.combine(UInt64(code)) }
        }
        return TargetFile.Header(
          classes: configuration.classes, samples: recordings.frames(of: recording), teacher: fingerprint,
          recording: state.hash)
      }
    }
    return try found.map { try $0.get() }
  }
}
