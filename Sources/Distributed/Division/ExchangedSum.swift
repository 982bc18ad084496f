import KodamaLayers
import KodamaTensors

/// Sums of tensors of all processes, each of which sends its own to every other, and adds them in the order of the processes:
/// all have the same bits.
///
/// `@unchecked Sendable`: one thread uses it.
package final class ExchangedSum: ActivationSum, @unchecked Sendable {
  private let communicator: any Communicator
  private let waiting: WaitingTime

  package init(_ communicator: any Communicator, _ waiting: WaitingTime) {
    (self.communicator, self.waiting) = (communicator, waiting)
  }

  package func add<S: Scalar>(_ tensor: inout Tensor<S>) {
    let (own, others) = (tensor, (0..<communicator.size).filter { $0 != communicator.rank })
    var (found, transfers) = ([Int: Tensor<S>](), [any Transfer]())
    for rank in others {
      var tensor = Tensor<S>(undefined: own.shape, memory: nil)
      // Not shared until it has arrived, so that it stays where it is.
      let bytes = tensor.withUnsafeMutableBuffer(of: 0..<own.count) { UnsafeMutableRawBufferPointer($0) }
      transfers.append(communicator.receive(bytes, from: rank, tag: Tag.channels))
      found[rank] = tensor
    }
    own.withUnsafeBuffer { elements in
      for rank in others {
        transfers.append(communicator.send(UnsafeRawBufferPointer(elements), to: rank, tag: Tag.channels))
      }
      waiting.measure { communicator.wait(transfers) {} }
    }
    found[communicator.rank] = own
    var sum = found[0]!
    for rank in 1..<communicator.size { sum.addScaled(1, found[rank]!) }
    tensor = sum
  }
}
