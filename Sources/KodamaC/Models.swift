import CKodama

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
  count(model) { $0.engine.configuration.receptiveField }
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

@c @implementation public func kodama_model_free(_ model: OpaquePointer?) {
  model.map(Handle<LoadedModel>.release)
}

/// A number of a model; 0 where there is none.
private func count(_ model: OpaquePointer?, _ property: (LoadedModel) -> Int) -> UInt32 {
  model.map { UInt32(property(Handle<LoadedModel>.object($0))) } ?? 0
}
