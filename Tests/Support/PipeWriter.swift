import Foundation

/// A pipe into a child process, written to while the child runs.
public final class PipeWriter {
  /// What the child reads. It stays open here, so that writing to a child that has ended is no signal.
  let readEnd: Int32
  private var writeEnd: Int32

  /// A pipe that no child inherits but the one it is given to.
  public init() throws {
    var ends: [Int32] = [0, 0]
    if pipe(&ends) != 0 { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
    (readEnd, writeEnd) = (ends[0], ends[1])
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  }

  deinit {
    close()
    _ = Foundation.close(readEnd)
  }

  /// Writes all of some bytes, waiting where the pipe is full.
  public func write(_ bytes: some Sequence<UInt8>) throws {
    var rest = Array(bytes)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Foundation.write(writeEnd, $0.baseAddress, $0.count) }
      if count < 0 { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
      rest = rest.dropFirst(count)
    }
  }

  /// Whether all that was written has been read.
  var isEmpty: Bool {
    var count: CInt = 0
    return ioctl(readEnd, UInt(FIONREAD), &count) == 0 && count == 0
  }

  /// Ends the stream.
  public func close() {
    if writeEnd >= 0 { _ = Foundation.close(writeEnd) }
    writeEnd = -1
  }
}
