import KodamaCore
import SwiftProtobuf

/// A setting of a training run, by which TensorBoard's page HParams tells runs apart.
public struct Hyperparameter: Sendable, Equatable {
  /// The value of a setting.
  public enum Value: Sendable, Equatable {
    /// A number.
    case number(Double)
    /// Yes or no.
    case flag(Bool)
    /// Anything else as text.
    case text(String)
  }

  /// The name, such as `plan.learning_rate`.
  public let name: String
  /// The value.
  public let value: Value

  /// A setting.
  public init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }

  /// A setting of a document; nil where it is null. Lists and objects become their text.
  package init?(_ name: String, _ json: JSON) {
    switch json {
    case .null: return nil
    case .boolean(let flag): self.init(name, .flag(flag))
    case .string(let text): self.init(name, .text(text))
    case .array, .object: self.init(name, .text(json.description))
    case .number(let digits): self.init(name, json.double.map(Value.number) ?? .text(digits))
    }
  }

  /// The value as a message of event files.
  var message: Google_Protobuf_Value {
    switch value {
    case .number(let number): .init(numberValue: number)
    case .flag(let flag): .init(boolValue: flag)
    case .text(let text): .init(stringValue: text)
    }
  }
}

extension TensorBoardSummary.Value {
  /// Makes this a summary of the plug-in for hyperparameters: its data is in the metadata, and the value is an empty
  /// tensor, as TensorBoard's own writer has it.
  ///
  /// - Source: TensorBoard 2.21, `plugins/hparams/metadata.py`.
  mutating func setHyperparameters(tag: String, _ fill: (inout TensorBoardHyperparameterData) -> Void) {
    self.tag = tag
    tensor.dtype = .float
    tensor.tensorShape.dim = [TensorBoardTensor.Shape.Dimension()]
    metadata.pluginData.pluginName = "hparams"
    var options = BinaryEncodingOptions()
    options.useDeterministicOrdering = true
    // Messages of proto3 have no required fields, so that encoding cannot fail.
    let bytes: [UInt8]? = try? TensorBoardHyperparameterData.with(fill).serializedBytes(options: options)
    metadata.pluginData.content = .init(bytes ?? [])
  }
}
