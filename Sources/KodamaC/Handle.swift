/// What C holds of an object: a pointer that keeps it alive from `make` to `release`.
enum Handle<Object: AnyObject> {
  static func make(_ object: Object) -> OpaquePointer { OpaquePointer(Unmanaged.passRetained(object).toOpaque()) }

  /// The object of a pointer that `make` gave and that was not released.
  static func object(_ pointer: OpaquePointer) -> Object { unmanaged(pointer).takeUnretainedValue() }

  static func release(_ pointer: OpaquePointer) { unmanaged(pointer).release() }

  private static func unmanaged(_ pointer: OpaquePointer) -> Unmanaged<Object> {
    .fromOpaque(UnsafeRawPointer(pointer))
  }
}
