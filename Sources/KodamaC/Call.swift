import CKodama
import KodamaCore

/// Runs the body of a C function: what it throws becomes a status and a message.
func call(_ error: UnsafeMutablePointer<kodama_error>?, _ body: () throws -> Void) -> kodama_status {
  do {
    try body()
    error?.pointee.message.0 = 0
    return KODAMA_OK
  } catch let fault {
    error?.pointee.write("\(fault)".visible())
    return kodama_status(fault)
  }
}

/// The pointer of an argument that must be there.
///
/// - Throws: `CallFault.null`.
func present<Pointer>(_ pointer: Pointer?, _ argument: StaticString) throws -> Pointer {
  guard let pointer else { throw CallFault.null(argument: "\(argument)") }
  return pointer
}

extension kodama_status {
  /// The status of an error. All that Kodama throws is a `Fault`; only reading can fail midway here, not writing.
  init(_ error: any Error) {
    switch (error as? any Fault)?.exitStatus {
    case .usage: self = KODAMA_USAGE
    case .badData: self = KODAMA_BAD_DATA
    case .noInput: self = KODAMA_NO_INPUT
    default: self = KODAMA_INTERNAL
    }
  }
}

extension kodama_error {
  /// Writes as much of a text as there is room for, in whole characters of UTF-8.
  mutating func write(_ text: String) {
    withUnsafeMutableBytes(of: &message) { room in
      var count = 0
      for scalar in text.unicodeScalars {
        let bytes = UTF8.encode(scalar)!
        if count + bytes.count >= room.count { break }
        for byte in bytes {
          room[count] = byte
          count += 1
        }
      }
      room[count] = 0
    }
  }
}
