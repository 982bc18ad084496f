import Foundation
import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaCheckpoints

@Suite struct SafetensorsTests {
  /// A file of a header and data, as they are.
  static func file(_ header: String, data: [UInt8] = [], length: UInt64? = nil) -> [UInt8] {
    let length = length ?? UInt64(header.utf8.count)
    return (0..<8).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + Array(header.utf8) + data
  }

  /// The bytes that the reference implementation (safetensors 0.8.0) writes for these tensors.
  @Test func theFileIsLaidOutAsTheReferenceWritesIt() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.safetensors"
      try SafetensorsWriter.write(
        [
          StoredTensor("small", [2], [Int8(-1), 2]), StoredTensor("b", Tensor<Float>([1, 2], [1, -2])),
          StoredTensor("a", Tensor<Float>([], [0.5])), StoredTensor("wide", Tensor<Double>([1], [3])),
        ], to: path)
      let header =
        #"{"__metadata__":{"format":"pt"},"wide":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"#
        + #""a":{"dtype":"F32","shape":[],"data_offsets":[8,12]},"#
        + #""b":{"dtype":"F32","shape":[1,2],"data_offsets":[12,20]},"#
        + #""small":{"dtype":"I8","shape":[2],"data_offsets":[20,22]}}"#
      let padded = header + String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
      let data: [UInt8] = [0, 0, 0, 0, 0, 0, 8, 0x40, 0, 0, 0, 0x3f, 0, 0, 0x80, 0x3f, 0, 0, 0, 0xc0, 0xff, 2]
      #expect(try bytes(path) == Self.file(padded, data: data))
    }
  }

  @Test func readingGivesWhatWasWritten() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.safetensors"
      let tensor = Tensor<Float>([2, 3], [0, -0.0, .pi, .nan, .infinity, 0x1p-130])
      try SafetensorsWriter.write(
        [
          StoredTensor("floats", tensor), StoredTensor("i64", [2], [Int64.min, .max]),
          StoredTensor("i32", [2], [Int32.min, .max]), StoredTensor("i16", [2], [Int16.min, .max]),
          StoredTensor("i8", [2], [Int8.min, .max]), StoredTensor("u8", [2, 1], [UInt8.min, .max]),
          StoredTensor("nothing", [0, 5], [Float]()),
        ], metadata: ["step": "7"], to: path)
      let reader = try SafetensorsReader(path)
      #expect(reader.metadata == ["format": "pt", "step": "7"])
      #expect(Set(reader.names) == ["floats", "i64", "i32", "i16", "i8", "u8", "nothing"])
      #expect(try reader.tensor("floats") == tensor)
      #expect(try reader.elements(of: "i64") == [Int64.min, .max])
      #expect(try reader.elements(of: "i32") == [Int32.min, .max])
      #expect(try reader.elements(of: "i16") == [Int16.min, .max])
      #expect(try reader.elements(of: "i8") == [Int8.min, .max])
      #expect(try reader.elements(of: "u8") == [UInt8.min, .max])
      #expect(try reader.elements(of: "nothing", as: Float.self).isEmpty)
      #expect(reader.shape(of: "u8") == [2, 1] && reader.elementType(of: "u8") == .uint8)
      #expect(throws: CheckpointFault.noTensor(path: path, name: "none")) { try reader.tensor("none") }
      #expect(
        throws: CheckpointFault.wrongType(
          path: path, tensor: "i8", expected: "floating-point numbers", actual: .int8)
      ) { try reader.tensor("i8") }
      #expect(
        throws: CheckpointFault.wrongType(path: path, tensor: "i8", expected: "I32", actual: .int8)
      ) { try reader.elements(of: "i8", as: Int32.self) }
    }
  }

  @Test func otherPrecisionsBecomeFloats() throws {
    try withTemporaryFolder { folder in
      let header =
        #"{"d":{"dtype":"F64","shape":[1],"data_offsets":[0,8]},"h":{"dtype":"F16","shape":[7],"data_offsets":[8,22]},"#
        + #""b":{"dtype":"BF16","shape":[2],"data_offsets":[22,26]},"t":{"dtype":"BOOL","shape":[1],"data_offsets":[26,27]}}"#
      // 0.1 in double; 1, −2, 65504, the least positive, the least normal, −0, ∞ in half; 1 and −3.140625 in bfloat16.
      let data: [UInt8] =
        [0x9a, 0x99, 0x99, 0x99, 0x99, 0x99, 0xb9, 0x3f]
        + [0x00, 0x3c, 0x00, 0xc0, 0xff, 0x7b, 0x01, 0x00, 0x00, 0x04, 0x00, 0x80, 0x00, 0x7c]
        + [0x80, 0x3f, 0x49, 0xc0] + [1]
      try write(Self.file(header, data: data), to: folder + "/x")
      let reader = try SafetensorsReader(folder + "/x")
      #expect(try reader.tensor("d").elements == [0.1])
      #expect(
        try reader.tensor("h") == Tensor([7], [1, -2, 65504, 0x1p-24, 0x1p-14, -0.0, Float.infinity]))
      #expect(try reader.tensor("b").elements == [1, -3.140625])
      #expect(reader.elementType(of: "t") == .boolean)
    }
  }

  @Test func aLengthThatLooksLikeAPickleIsRead() throws {
    try withTemporaryFolder { folder in
      // 640 is 0x0280, whose first bytes in the file are those of a pickle of protocol 2.
      let text = #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1]}}"#
      let header = text + String(repeating: " ", count: 640 - text.utf8.count)
      try write(Self.file(header, data: [9]), to: folder + "/x")
      #expect(try SafetensorsReader(folder + "/x").elements(of: "a") == [UInt8(9)])
    }
  }

  @Test(arguments: [[0x80, 0x02, 0x8a, 0x0a], [0x50, 0x4b, 0x03, 0x04, 0, 0, 8, 8, 0, 0]] as [[UInt8]])
  func aPickleIsRefusedByContent(start: [UInt8]) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/model.safetensors"
      try write(start + [UInt8](repeating: 0, count: 100), to: path)
      #expect(throws: CheckpointFault.pickle(path: path)) { try SafetensorsReader(path) }
    }
  }

  @Test func aMissingFileAFolderAndAPipeAreNoInput() throws {
    try withTemporaryFolder { folder in
      #expect(mkfifo(folder + "/pipe", 0o600) == 0)
      for path in [folder + "/none", folder, folder + "/pipe"] {
        #expect { try SafetensorsReader(path) } throws: { ($0 as? FileFault)?.exitStatus == .noInput }
      }
    }
  }
}
