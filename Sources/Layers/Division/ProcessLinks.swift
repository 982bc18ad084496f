import KodamaTensors

/// A neighbour in a row of processes, each of which has some of the layers of a network.
public enum Neighbor: Sendable {
  /// That with the layers before.
  case previous
  /// That with the layers after.
  case next
}

/// The connections of a process to its neighbours: outputs of layers go on to the next one, their gradients back.
///
/// One thread uses it.
public protocol StageLink: AnyObject, Sendable {
  /// Sends tensors, without waiting until they have arrived.
  func send<S: Scalar>(_ tensors: [Tensor<S>], to neighbor: Neighbor)
  /// Waits for tensors, which have to be of these shapes.
  func receive<S: Scalar>(_ shapes: [Shape], from neighbor: Neighbor) -> [Tensor<S>]
  /// Moves messages along.
  func advance()
}

/// The connections of processes, each of which computes some of the channels of every layer of a network.
///
/// One thread uses it.
public protocol ActivationSum: AnyObject, Sendable {
  /// Adds up a tensor of all processes in place, in the order of the processes.
  func add<S: Scalar>(_ tensor: inout Tensor<S>)
}
