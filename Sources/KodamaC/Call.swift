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

/// Unwraps a required pointer argument.
///
/// - Throws: `CallFault.null`.
func present<Pointer>(_ pointer: Pointer?, _ argument: StaticString) throws -> Pointer {
  guard let pointer else { throw CallFault.null(argument: "\(argument)") }
  return pointer
}

extension kodama_status {
  /// The status of an error. All errors of Kodama are `Fault`s; here only reading can fail midway, not writing.
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
  /// Writes a text as UTF-8, truncated to the buffer at a whole scalar.
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

/// A zero-terminated text in UTF-8 that C may read as long as this object exists.
///
/// `@unchecked`: the memory is written once, before anything else can see it, and freed with the object.
final class CText: @unchecked Sendable {
  let pointer: UnsafePointer<CChar>

  init(_ text: String) {
    let bytes = text.utf8CString
    let memory = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    bytes.withUnsafeBufferPointer { memory.initialize(from: $0.baseAddress!, count: $0.count) }
    pointer = UnsafePointer(memory)
  }

  deinit { pointer.deallocate() }
}

/// An opaque pointer to an object for C, retained from `make` to `release`.
enum Handle<Object: AnyObject> {
  static func make(_ object: Object) -> OpaquePointer { OpaquePointer(Unmanaged.passRetained(object).toOpaque()) }

  /// The object of a pointer from `make` that was not released.
  static func object(_ pointer: OpaquePointer) -> Object { unmanaged(pointer).takeUnretainedValue() }

  static func release(_ pointer: OpaquePointer) { unmanaged(pointer).release() }

  private static func unmanaged(_ pointer: OpaquePointer) -> Unmanaged<Object> {
    .fromOpaque(UnsafeRawPointer(pointer))
  }
}
