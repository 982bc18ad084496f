import KodamaLayers
import KodamaTensors

/// A network and its objective.
///
/// A task defines the loss of its batches; the trainer is responsible for steps, weights and files:
///
/// ```swift
/// struct Digits: TrainingTask {
///   var declarations: [ParameterDeclaration] { network.declarations }
///   let measures = TaskMeasures(loss: Measure("nats", unit: "nats"), others: [Measure("accuracy")])
///   func loss(_ batch: LabelledImages, _ pass: Pass<Float>) -> BatchLoss { … }
/// }
/// ```
public protocol TrainingTask<Batch>: Sendable {
  /// Some examples with their targets.
  associatedtype Batch

  /// The parameters of the network, with their roles.
  var declarations: [ParameterDeclaration] { get }

  /// The trained rows; nil where everything is trained.
  var trainedRows: TrainedRows? { get }

  /// The measures of `loss`, in this order.
  var measures: TaskMeasures { get }

  /// The amount of an example in the unit of `measures.speed`: the samples of a crop; 1 where examples are counted.
  var amountPerExample: Double { get }

  /// The most examples whose activations are in memory at once: a larger batch is divided into several passes, whose
  /// gradients are added. Networks with statistics of their batches need all of them in one.
  var examplesPerPass: Int { get }

  /// The loss over a batch, with the further measures.
  func loss(_ batch: Batch, _ pass: Pass<Float>) -> BatchLoss

  /// Writes the files that make a model together with the weights, such as `config.json`, into a folder.
  ///
  /// - Throws: `FileFault`.
  func writeConfiguration(toFolder folder: String) throws
}

extension TrainingTask {
  /// Everything is trained.
  public var trainedRows: TrainedRows? { nil }
  /// Examples are counted.
  public var amountPerExample: Double { 1 }
  /// A batch is one pass.
  public var examplesPerPass: Int { .max }
}

/// The loss of a batch, with the values of the task's measures.
public struct BatchLoss {
  /// The mean loss, which is differentiated: a scalar.
  public let loss: Variable<Float>
  /// The number of elements of the mean, such as valid samples: means of several batches are weighted by it.
  public let weight: Double
  /// The mean of each measure over the same elements: first the loss in its unit, then the others.
  public let values: [Double]

  /// The loss of a batch, with the values of the task's measures.
  ///
  /// - Precondition: a positive weight.
  public init(_ loss: Variable<Float>, weight: Double, values: [Double]) {
    precondition(weight > 0, "a batch of weight \(weight) has no mean")
    self.loss = loss
    self.weight = weight
    self.values = values
  }
}

/// A source of batches: an infinite sequence of examples with random access by number, so that training can resume
/// anywhere.
public protocol ExampleSource<Batch>: AnyObject {
  /// Some examples.
  associatedtype Batch

  /// The number of examples of one pass over the data; at least 1.
  var examplesPerEpoch: Int { get }

  /// The examples of these numbers, usually those after the previous batch.
  ///
  /// - Throws: what reading them throws.
  func batch(_ numbers: Range<Int>) throws -> Batch

  /// The examples of these numbers where they follow from the weights of the network, as what it generates does; by default
  /// those of `batch(_:)`.
  ///
  /// - Throws: what reading or making them throws.
  func batch(_ numbers: Range<Int>, of parameters: Parameters<Float>) throws -> Batch
}

extension ExampleSource {
  public func batch(_ numbers: Range<Int>, of parameters: Parameters<Float>) throws -> Batch { try batch(numbers) }
}

/// The rows of some parameters that are trained, where everything else is frozen, bit for bit.
public struct TrainedRows: Sendable, Equatable {
  /// Indices on the first axis, by the name of the parameter.
  public let rows: [String: Set<Int>]

  /// Rows of some parameters.
  public init(_ rows: [String: Set<Int>]) { self.rows = rows }

  /// Restores what is not trained.
  func restore(_ parameters: inout Parameters<Float>, from before: Parameters<Float>) {
    for name in parameters.names {
      let count = parameters[name].shape.rank == 0 ? 1 : parameters[name].shape[0]
      let kept = (0..<count).filter { !(rows[name] ?? []).contains($0) }
      parameters.copyRows(kept, of: name, from: before)
    }
  }
}
