import KodamaCheckpoints
import KodamaClassifiers
import KodamaCore
import KodamaInference
import KodamaLayers
import KodamaWaveNets

extension Quantization {
  /// A scheme and what is kept from it, as a person writes it: paths separated by commas, each possibly with a
  /// precision, such as `blocks.0,head=bf16`. Without one it is `f32`.
  ///
  /// - Throws: `CompressionFault.noLayer` where no layer of the configuration's network is at a path or below it,
  ///   `.noPrecision`, `.keptTwice`, `.nothingToQuantize`.
  public init(_ scheme: Precision, keeping text: String, in configuration: WaveNetConfiguration)
    throws(CompressionFault)
  {
    try self.init(scheme, keeping: text, layers: WaveNet(configuration).stepGraph.quantizableLayers.map(\.path))
  }

  /// A scheme and what is kept from it in a classifier, whose layers have 8 bits or single precision.
  ///
  /// - Throws: as for a WaveNet; `CompressionFault.onlyIntegers8`.
  public init(_ scheme: Precision, keeping text: String, in model: ClassifierModel) throws(CompressionFault) {
    try self.init(scheme, keeping: text, layers: model.quantizableLayers.map(\.path))
    if let other = ([scheme] + kept.values).first(where: { $0 != .int8 && $0 != .float32 }) {
      throw .onlyIntegers8(other)
    }
  }

  /// - Parameter layers: the paths of the layers that may be quantized.
  private init(_ scheme: Precision, keeping text: String, layers: [String]) throws(CompressionFault) {
    self.init(scheme)
    let paths = Self.paths(ofLayers: layers)
    for item in text.split(separator: ",").map({ String($0) }) {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map { String($0) }
      guard paths.contains(parts[0]) else {
        throw .noLayer(path: parts[0], nearest: EditDistance.nearest(to: parts[0], of: paths) ?? "")
      }
      var precision = Precision.float32
      if parts.count > 1 {
        guard let named = Precision(rawValue: parts[1]) else { throw .noPrecision(item: item, name: parts[1]) }
        precision = named
      }
      if kept.updateValue(precision, forKey: parts[0]) != nil { throw .keptTwice(path: parts[0]) }
    }
    if layers.allSatisfy({ precision(of: $0) == .float32 }) { throw .nothingToQuantize }
  }
}
