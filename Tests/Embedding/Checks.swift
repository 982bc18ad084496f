// What scripts/check-embedding adds to Examples/Player: the types that a program needs beside the engine, by the one
// import of KodamaGeneration, and errors. The program must not depend on another module of Kodama.
import KodamaGeneration

/// Fails where a condition does not hold.
private func check(_ condition: Bool, _ message: String) {
  if !condition { fatalError(message) }
}

/// The next samples of a stream.
private func samples(_ count: Int, of stream: inout WaveNetStream, workers: Workers = .serial) -> [Float] {
  var samples = [Float](repeating: 9, count: count)
  var block = samples.mutableSpan
  stream.fill(&block, workers: workers)
  return samples
}

/// Uses the library's types on a model without conditions.
func checkTypes(path: String) throws {
  // Core, Tensors, Layers, Signal, Inference, Checkpoints and WaveNets.
  let (workers, instructionSet) = (Workers(threads: 2), InstructionSet.current)
  let plain: WaveNetModel = try WaveNetModel.load(path, weights: ModelWeights.raw)
  let parameters: Parameters<Float> = plain.parameters
  let embedding: Tensor<Float> = parameters["embedding.weight"]
  let configuration: WaveNetConfiguration = plain.configuration
  let companding: Companding = plain.companding
  check(embedding.shape == Shape([256, configuration.residualChannels]), "the embedding has shape \(embedding.shape)")
  check(companding.silence == 128, "silence is code \(companding.silence)")
  let model = try InferenceModel.load(ModelLocation(path))
  check(model.layers.allSatisfy { $0.precision == Precision.float32 }, "a layer is not of single precision")
  check(model.quantization == Quantization?.none, "the model is quantized")

  let engine = try WaveNetEngine(model, instructionSet: instructionSet)
  check(engine.configuration.conditioning == Conditioning(), "the model is conditioned")
  let sampling = try SamplingOptions(topK: 250, topP: 0.999)
  var stream = WaveNetStream(engine, seed: 3, conditions: Conditions.none, sampling: sampling)
  var other = WaveNetStream(engine, seed: 3, sampling: sampling)
  let sound = samples(1000, of: &stream, workers: workers)
  check(sound == samples(1000, of: &other), "two threads change the samples")
  check(sound.allSatisfy { abs($0) <= 1 } && Set(sound).count > 10, "there is no sound")
  let state: StreamState = stream.state
  var restored = WaveNetStream(try StreamState(state.bytes, for: engine))
  check(samples(100, of: &restored) == samples(100, of: &stream), "a saved stream goes on differently")

  var labelled = configuration
  labelled.conditioning = Conditioning(
    labels: [LabelSet("speaker", ["ann", "bob"])],
    features: FeatureConditioning(.frames(channels: 2, hopLength: 4)))
  let trained = try WaveNetModel(sampleRate: 8000, configuration: labelled, seed: 1)
  let conditions = try labelled.conditioning.conditions(["speaker": "ann:1,bob:2"])
  let features = FeatureSequence([Float](repeating: 1, count: 40), channels: 2)
  var streams = WaveNetStreams(
    try WaveNetEngine(InferenceModel(trained)), conditions: [conditions.with(features)], seed: 1)
  var blocks = [[Float](repeating: 9, count: 60)]
  streams.fill(&blocks, workers: .all)
  check(blocks[0].allSatisfy { abs($0) <= 1 }, "there is no sound from conditions")
}

/// Errors are of this package's types, and say what to do.
func checkErrors(path: String) throws {
  do {
    _ = try sound(of: path + "/none", seconds: 1, seed: 1)
    fatalError("a model is loaded from nowhere")
  } catch let fault as FileFault {
    check(fault.exitStatus == ExitStatus.noInput && fault.description.contains("none"), "\(fault)")
  }
  do throws(GenerationFault) {
    _ = try SamplingOptions(temperature: -1)
    fatalError("a temperature below 0 is taken")
  } catch {
    check(error == .temperature(-1) && error.description.contains("at least 0"), "\(error)")
  }
  do {
    let engine = try WaveNetEngine(InferenceModel.load(path))
    _ = try engine.configuration.conditioning.conditions(["speaker": "ann"])
    fatalError("a label is taken by a model without labels")
  } catch let fault as WaveNetFault {
    check((fault as any Fault).exitStatus == .usage, "\(fault)")
  }
}
