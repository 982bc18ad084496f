import SwiftProtobuf

extension ONNXModelProto {
  /// The version of the format that is written: one that runtimes of 2022 and later read.
  static let formatVersion: Int64 = 8
  /// The version of the operators.
  static let operatorSet: Int64 = 17
  /// The bytes that a message of protocol buffers can have.
  static let byteLimit = Int(Int32.max)

  /// A graph as a whole file, with what its users have to know beside it.
  init(_ graph: ONNXGraphProto, about: String, metadata: [(String, String)]) {
    self = .with {
      $0.irVersion = Self.formatVersion
      $0.opsetImport = [.with { $0.version = Self.operatorSet }]
      $0.producerName = "kodama"
      $0.docString = about
      $0.metadataProps = metadata.map { key, value in
        .with { ($0.key, $0.value) = (key, value) }
      }
      $0.graph = graph
    }
  }

  /// The bytes of the file.
  ///
  /// - Throws: `ExportFault.tooLarge`.
  func fileBytes(limit: Int = byteLimit) throws -> [UInt8] {
    // Everything but the constants is names and sizes, far below a hundredth of the limit.
    let constants = graph.initializer.reduce(0) { $0 + $1.rawData.count }
    if constants > limit - limit / 100 { throw ExportFault.tooLarge(bytes: constants, limit: limit) }
    return try serializedBytes()
  }
}
