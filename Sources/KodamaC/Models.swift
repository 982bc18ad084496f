import CKodama
import KodamaGeneration

// The functions of kodama.h that are about models, as the header documents them.

@c @implementation public func kodama_model_load(
  _ path: UnsafePointer<CChar>?, _ model: UnsafeMutablePointer<OpaquePointer?>?,
  _ error: UnsafeMutablePointer<kodama_error>?
) -> kodama_status {
  model?.pointee = nil
  return call(error) {
    let (path, model) = (try present(path, "path"), try present(model, "model"))
    let loaded = Handle.make(try LoadedModel(path: String(cString: path)))
    warmUp(with: loaded)
    model.pointee = loaded
  }
}

@c @implementation public func kodama_model_sample_rate(_ model: OpaquePointer?) -> UInt32 {
  count(model) { $0.sampleRate }
}

@c @implementation public func kodama_model_classes(_ model: OpaquePointer?) -> UInt32 {
  count(model) { $0.engine.levels }
}

@c @implementation public func kodama_model_receptive_field(_ model: OpaquePointer?) -> UInt32 {
  count(model) { min($0.engine.configuration.receptiveField, Int(UInt32.max)) }
}

@c @implementation public func kodama_model_feature_channels(_ model: OpaquePointer?) -> UInt32 {
  count(model) { $0.features?.channels ?? 0 }
}

@c @implementation public func kodama_model_feature_hop_length(_ model: OpaquePointer?) -> UInt32 {
  count(model) { $0.features?.hopLength ?? 0 }
}

@c @implementation public func kodama_model_feature_margin_frames(_ model: OpaquePointer?) -> UInt32 {
  count(model) { $0.features?.marginFrames ?? 0 }
}

@c @implementation public func kodama_model_precision(_ model: OpaquePointer?) -> UnsafePointer<CChar>? {
  model.map { Handle<LoadedModel>.object($0).precision.pointer }
}

@c @implementation public func kodama_model_label_sets(_ model: OpaquePointer?) -> UInt32 {
  count(model) { $0.labelSets.count }
}

@c @implementation public func kodama_model_label_set(_ model: OpaquePointer?, _ set: UInt32) -> UnsafePointer<CChar>? {
  labelSet(model, set)?.name.pointer
}

@c @implementation public func kodama_model_labels(_ model: OpaquePointer?, _ set: UInt32) -> UInt32 {
  UInt32(labelSet(model, set)?.labels.count ?? 0)
}

@c @implementation public func kodama_model_label(
  _ model: OpaquePointer?, _ set: UInt32, _ label: UInt32
) -> UnsafePointer<CChar>? {
  guard let labels = labelSet(model, set)?.labels, label < labels.count else { return nil }
  return labels[Int(label)].pointer
}

@c @implementation public func kodama_model_free(_ model: OpaquePointer?) {
  model.map(Handle<LoadedModel>.release)
}

/// A property of a model as a number; 0 for NULL.
private func count(_ model: OpaquePointer?, _ property: (LoadedModel) -> Int) -> UInt32 {
  model.map { UInt32(property(Handle<LoadedModel>.object($0))) } ?? 0
}

/// A label set of a model by its index; nil where there is none.
private func labelSet(_ model: OpaquePointer?, _ set: UInt32) -> LoadedModel.LabelNames? {
  guard let model else { return nil }
  let sets = Handle<LoadedModel>.object(model).labelSets
  return set < sets.count ? sets[Int(set)] : nil
}

/// The object behind a `kodama_model`: a loaded model and its engine. All models are loaded here.
final class LoadedModel: Sendable {
  /// A label set in C's strings.
  struct LabelNames: Sendable {
    let name: CText
    let labels: [CText]
  }

  let engine: WaveNetEngine
  let sampleRate: Int
  let precision: CText
  let labelSets: [LabelNames]

  /// - Throws: as `InferenceModel.load`, and `GenerationFault.notFinite`.
  init(path: String) throws {
    let model = try InferenceModel.load(path)
    engine = try WaveNetEngine(model)
    sampleRate = model.sampleRate
    precision = CText((model.quantization?.scheme ?? .float32).rawValue)
    labelSets = model.configuration.conditioning.labels.map { set in
      LabelNames(name: CText(set.name), labels: set.values.map { CText($0) })
    }
  }

  /// The features that the model is conditioned on; nil for none.
  var features: FeatureConditioning? { engine.configuration.conditioning.features }
}

/// Calls the real-time functions once with all kinds of sampling options, because the Swift runtime allocates memory
/// when some functions and types are first used.
///
/// The results are ignored.
func warmUp(with model: OpaquePointer) {
  var (stream, sample) = (OpaquePointer?.none, Float())
  _ = kodama_stream_create(model, 0, 0, nil, &stream, nil)
  for set in Handle<LoadedModel>.object(model).engine.configuration.conditioning.labels {
    _ = kodama_stream_set_label(stream, set.name, set.values[0], nil)
  }
  let frame = [Float](repeating: 0, count: Int(kodama_model_feature_channels(model)))
  _ = kodama_stream_add_features(stream, frame, 1, nil)
  _ = kodama_stream_end_features(stream, nil)
  for (temperature, topK, topP) in [(1, 0, 1), (0, 0, 1), (1, 2, 0.5)] as [(Double, UInt32, Double)] {
    var sampling = kodama_sampling(
      size: UInt32(MemoryLayout<kodama_sampling>.size), top_k: topK, temperature: temperature, top_p: topP)
    _ = kodama_stream_set_sampling(stream, &sampling, nil)
    _ = kodama_stream_available(stream)
    _ = kodama_stream_fill(stream, &sample, 1, nil)
  }
  kodama_stream_free(stream)
}
