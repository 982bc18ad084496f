import KodamaLayers
import KodamaTensors

/// The connections of a process of a pipeline: rank after rank.
///
/// `@unchecked Sendable`: one thread uses it.
package final class NeighborLink: StageLink, @unchecked Sendable {
  private let communicator: any Communicator
  private let waiting: WaitingTime
  /// Messages under way, with the tensors that they read.
  private var outgoing: [(transfer: any Transfer, tensor: Any)] = []

  package init(_ communicator: any Communicator, _ waiting: WaitingTime) {
    (self.communicator, self.waiting) = (communicator, waiting)
  }

  private func rank(of neighbor: Neighbor) -> Int { communicator.rank + (neighbor == .next ? 1 : -1) }

  /// Outputs go to the next process, gradients to the previous one.
  private func tag(to neighbor: Neighbor) -> Int { neighbor == .next ? Tag.outputs : Tag.gradients }

  package func send<S: Scalar>(_ tensors: [Tensor<S>], to neighbor: Neighbor) {
    for tensor in tensors {
      let transfer = tensor.withUnsafeBuffer {
        communicator.send(UnsafeRawBufferPointer($0), to: rank(of: neighbor), tag: tag(to: neighbor))
      }
      outgoing.append((transfer, tensor))
    }
    advance()
  }

  package func receive<S: Scalar>(_ shapes: [Shape], from neighbor: Neighbor) -> [Tensor<S>] {
    let tag = tag(to: neighbor == .next ? .previous : .next)
    let tensors = shapes.map { shape in
      Tensor<S>(shape) { elements in
        let transfer = communicator.receive(UnsafeMutableRawBufferPointer(elements), from: rank(of: neighbor), tag: tag)
        waiting.measure { communicator.wait([transfer]) {} }
      }
    }
    advance()
    return tensors
  }

  package func advance() { outgoing.removeAll { $0.transfer.isComplete } }
}

/// The messages of a divided network.
enum Tag {
  /// Of layers, of the sums of channels, and of whole parameters.
  static let (outputs, gradients, channels, parameters) = (11, 12, 13, 14)
}
