import KodamaCheckpoints
import KodamaCore
import KodamaLayers
import KodamaTensors

/// A model to infer with as a folder: `config.json` (see `ModelDescription`) and `model.safetensors`. Where all layers
/// are in single precision it is the folder of a `WaveNetModel`; else the layers' tensors are those that
/// `InferenceLayer` documents, with `embedding.weight` or `input.weight` and `input.bias`, and those of labels and of the upsampling of features, as in every model.
extension InferenceModel {
  /// Loads a model, quantized or not.
  ///
  /// - Parameters:
  ///   - path: a model folder, a checkpoint folder, or the folder of a training run, whose newest checkpoint is taken.
  ///   - weights: nil for the average where there is one, else the raw weights.
  /// - Throws: `FileFault`, `CheckpointFault`, `WaveNetFault`. Everything is checked before the weights are read: the
  ///   configuration, and names, types and shapes of all tensors; every number must be finite, every scale positive.
  public static func load(_ path: String, weights: ModelWeights? = nil) throws -> InferenceModel {
    try load(ModelLocation(path, weights: weights))
  }

  /// Loads the model at a location.
  ///
  /// - Throws: as `load(_:weights:)`.
  public static func load(_ location: ModelLocation) throws -> InferenceModel {
    let description = try ModelDescription(location)
    guard let quantization = description.quantization else { return InferenceModel(try WaveNetModel.load(location)) }
    return try InferenceModel(description, quantization, from: location.weightsReader())
  }

  private init(
    _ description: ModelDescription, _ quantization: Quantization, from file: SafetensorsReader
  ) throws {
    let configuration = description.configuration
    let network = WaveNet(configuration)
    func hasBias(_ layer: Convolution) -> Bool { configuration.hasBias(layer: layer.weight.path) }
    func precision(_ layer: Convolution) -> Precision { quantization.precision(of: layer.weight.path) }
    try file.verify(
      ((network.embedding?.declarations ?? []) + (network.labels?.declarations ?? [])
        + (network.features?.declarations ?? []) + network.blocks.flatMap { $0.labels?.declarations ?? [] }).map {
          TensorForm($0.name, .float32, $0.shape)
        }
        + (network.inputConvolution.map { InferenceLayer.forms($0, .float32, hasBias: hasBias($0)) } ?? [])
        + network.quantizableLayers.flatMap { InferenceLayer.forms($0, precision($0), hasBias: hasBias($0)) })

    func read(_ layer: Convolution) throws -> InferenceLayer {
      try InferenceLayer(layer, precision(layer), hasBias: hasBias(layer), from: file)
    }
    let blocks = try network.blocks.map { block in
      let (skip, residual) = (try read(block.skip), try block.residual.map(read))
      if let a = skip.input?.scale, let b = residual?.input?.scale, a != b {
        throw CheckpointFault.badElement(
          path: file.path, tensor: "blocks.\(block.index).residual.input_scale", index: 0, value: "\(b)",
          expected: "\(a), that of blocks.\(block.index).skip, which has the same inputs")
      }
      return Block(
        dilated: try read(block.dilated), features: try block.features.map(read), skip: skip, residual: residual)
    }
    self.init(
      sampleRate: description.sampleRate, configuration: configuration,
      embedding: try network.embedding.map { try file.finiteTensor($0.declarations[0].name) },
      input: try network.inputConvolution.map {
        try InferenceLayer($0, .float32, hasBias: hasBias($0), from: file)
      },
      labels: try network.labels.map { labels in
        InferenceLabels(
          tables: try labels.tables.flatMap(\.declarations).map { try file.finiteTensor($0.name) },
          projections: try network.blocks.compactMap(\.labels).map {
            try InferenceLayer($0, .float32, hasBias: false, from: file)
          })
      },
      features: try network.features.map { upsampler in
        InferenceFeatures(
          upsampler, Parameters(try upsampler.declarations.map { ($0.name, try file.finiteTensor($0.name)) }))
      }, blocks: blocks, head: try network.head.map(read))
  }

  /// Saves the model as a folder, whole or not at all.
  ///
  /// - Parameter existing: whether a model folder that is there may be replaced. A folder that holds anything beside a
  ///   model's files is never replaced.
  /// - Throws: `FileFault`.
  public func save(to folder: String, existing: AtomicFile.Existing = .refuse) throws {
    let description = ModelDescription(
      sampleRate: sampleRate, configuration: configuration, quantization: quantization)
    try AtomicFolder.write(to: folder, existing: existing, replaceable: ModelFiles.names) { temporary in
      try AtomicFile.write(to: temporary + "/" + ModelFiles.configuration, existing: .refuse) {
        try $0.write(description.text)
      }
      try SafetensorsWriter.write(stored, to: temporary + "/" + ModelWeights.raw.fileName)
    }
  }

  private var stored: [StoredTensor] {
    let network = WaveNet(configuration)
    let tables = zip(
      (network.embedding?.declarations ?? []) + (network.labels?.declarations ?? []),
      (embedding.map { [$0] } ?? []) + (labels?.tables ?? []))
    return tables.map { StoredTensor($0.name, $1) }
      + (labels?.projections ?? []).flatMap { $0.stored(hasBias: false) }
      + (features?.tensors ?? []).map { StoredTensor($0, $1) }
      + ((input.map { [$0] } ?? []) + layers).flatMap { $0.stored(hasBias: configuration.hasBias(layer: $0.path)) }
  }
}
