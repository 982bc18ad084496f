import KodamaLayers
import KodamaTensors

/// A network and what it is to learn, as the trainer sees them.
///
/// A task knows what its batches are; the trainer knows steps, weights and files:
///
/// ```swift
/// struct Digits: TrainingTask {
///   var declarations: [ParameterDeclaration] { network.declarations }
///   let measures = TaskMeasures(loss: Measure("nats", unit: "nats"), others: [Measure("accuracy")])
///   func loss(_ batch: LabelledImages, _ pass: Pass<Float>) -> BatchLoss { … }
/// }
/// ```
public protocol TrainingTask<Batch>: Sendable {
  /// Some examples, and what is wanted of each.
  associatedtype Batch

  /// The parameters of the network, with their roles.
  var declarations: [ParameterDeclaration] { get }

  /// What is trained where not everything is.
  var trainedRows: TrainedRows? { get }

  /// What `loss` measures, in this order.
  var measures: TaskMeasures { get }

  /// How much of the unit of `measures.speed` an example is: the samples of a crop; 1 where examples are counted.
  var amountPerExample: Double { get }

  /// The loss over a batch, and what is measured beside it.
  func loss(_ batch: Batch, _ pass: Pass<Float>) -> BatchLoss

  /// Writes what with the weights beside it makes a model, such as `config.json`, into a folder.
  ///
  /// - Throws: `FileFault`.
  func writeConfiguration(toFolder folder: String) throws
}

extension TrainingTask {
  /// Everything is trained.
  public var trainedRows: TrainedRows? { nil }
  /// Examples are counted.
  public var amountPerExample: Double { 1 }
}

/// What a task says of a batch.
public struct BatchLoss {
  /// The mean loss, whose gradient is taken: a scalar.
  public let loss: Variable<Float>
  /// How many equal things it is the mean of, such as valid samples: means of several batches are weighted by it.
  public let weight: Double
  /// The mean of each measure over the same things: first the loss in its unit, then the others.
  public let values: [Double]

  /// What a task says of a batch.
  ///
  /// - Precondition: a positive weight.
  public init(_ loss: Variable<Float>, weight: Double, values: [Double]) {
    precondition(weight > 0, "a batch of weight \(weight) has no mean")
    self.loss = loss
    self.weight = weight
    self.values = values
  }
}

/// Where batches come from: examples in an endless order, each found by its number, so that training goes on anywhere.
public protocol ExampleSource<Batch>: AnyObject {
  /// Some examples.
  associatedtype Batch

  /// The examples that make one pass over the data; at least 1.
  var examplesPerEpoch: Int { get }

  /// The examples of these numbers, which are seldom any but those after the last.
  ///
  /// - Throws: what reading them throws.
  func batch(_ numbers: Range<Int>) throws -> Batch
}
