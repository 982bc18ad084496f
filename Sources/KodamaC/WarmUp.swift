import CKodama

/// Calls once, with everything that sampling can ask for, the functions that may be called where waiting for memory is
/// not allowed: what the language sets up when something is first used takes memory.
///
/// Their results are ignored: a real call gets its own.
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
