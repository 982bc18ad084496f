import KodamaCore
import KodamaTensors
import TestSupport
import Testing

@testable import KodamaCheckpoints

/// Every way in which a file can lie is refused before anything is allocated for it.
@Suite struct MalformedSafetensorsTests {
  struct Malformed: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let bytes: [UInt8]
    /// Part of the message.
    let message: String

    init(_ what: String, _ file: [UInt8], _ message: String) {
      testDescription = what
      bytes = file
      self.message = message
    }

    /// One tensor "a" in 4 bytes of data.
    init(_ what: String, tensor: String, _ message: String) {
      self.init(what, SafetensorsTests.file("{\"a\":\(tensor)}", data: [0, 0, 0, 0]), message)
    }
  }

  static let four = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#
  static func range(_ begin: Int, _ end: Int) -> String {
    #"{"dtype":"U8","shape":[\#(end - begin)],"data_offsets":[\#(begin),\#(end)]}"#
  }

  static let lengths: [Malformed] = [
    Malformed("empty file", [], "fewer than 8"),
    Malformed("seven bytes", [1, 0, 0, 0, 0, 0, 0], "fewer than 8"),
    Malformed("length 0", SafetensorsTests.file("", data: [1, 2]), "it is 0"),
    Malformed("length 2^63", SafetensorsTests.file("{}", length: 1 << 63), "9223372036854775808 is over"),
    Malformed("length 2^64 − 1", SafetensorsTests.file("{}", length: .max), "18446744073709551615 is over"),
    Malformed("length over the cap", SafetensorsTests.file("{}", length: 100_000_001), "100000001 is over"),
    Malformed("length over the file", SafetensorsTests.file("{}", length: 3), "do not fit"),
    Malformed("length at the cap, over the file", SafetensorsTests.file("{}", length: 100_000_000), "do not fit"),
  ]

  static let headers: [Malformed] = [
    Malformed("leading space", SafetensorsTests.file(" {}"), "does not start with {"),
    Malformed("an array", SafetensorsTests.file("[]"), "does not start with {"),
    Malformed("not JSON", SafetensorsTests.file("{\"a\""), "header: byte 4"),
    Malformed("not UTF-8", [4, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x22, 0xff, 0x22], "UTF-8"),
    Malformed("text after the object", SafetensorsTests.file("{}x"), "after the end"),
    Malformed("zero bytes after the object", SafetensorsTests.file("{}\u{0}"), "after the end"),
    Malformed("too deep", SafetensorsTests.file("{\"a\":" + String(repeating: "[", count: 99_999)), "levels"),
    Malformed(
      "a tensor twice", SafetensorsTests.file("{\"a\":\(range(0, 0)),\"a\":\(range(0, 0))}"), "stands twice"),
    Malformed(
      "metadata twice", SafetensorsTests.file(#"{"__metadata__":{},"__metadata__":{}}"#), "stands twice"),
    Malformed("metadata of numbers", SafetensorsTests.file(#"{"__metadata__":{"step":1}}"#), "step: it must be text"),
    Malformed("metadata is text", SafetensorsTests.file(#"{"__metadata__":"pt"}"#), "must be an object"),
    Malformed("metadata is null", SafetensorsTests.file(#"{"__metadata__":null}"#), "must be an object"),
  ]

  static let tensors: [Malformed] = [
    Malformed("tensor is an array", tensor: "[]", "must be an object"),
    Malformed("no dtype", tensor: #"{"shape":[1],"data_offsets":[0,4]}"#, "dtype"),
    Malformed("no shape", tensor: #"{"dtype":"F32","data_offsets":[0,4]}"#, "shape"),
    Malformed("no offsets", tensor: #"{"dtype":"F32","shape":[1]}"#, "data_offsets"),
    Malformed("unknown dtype", tensor: #"{"dtype":"F7_E4M3","shape":[4],"data_offsets":[0,4]}"#, "one of F64, F32"),
    Malformed("dtype in small letters", tensor: #"{"dtype":"f32","shape":[1],"data_offsets":[0,4]}"#, "one of F64"),
    Malformed(
      "unknown field", tensor: #"{"dtype":"F32","shape":[1],"data_offsets":[0,4],"strides":[1]}"#, "no such field"),
    Malformed(
      "field twice", tensor: #"{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}"#, "stands twice"),
    Malformed("negative extent", tensor: #"{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}"#, "whole number"),
    Malformed("extent of 1.0", tensor: #"{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}"#, "whole number"),
    Malformed("extent as text", tensor: #"{"dtype":"F32","shape":["1"],"data_offsets":[0,4]}"#, "whole number"),
    Malformed(
      "extent of 2^63", tensor: #"{"dtype":"F32","shape":[9223372036854775808],"data_offsets":[0,4]}"#, "whole number"),
    Malformed(
      "product of extents overflows",
      tensor: #"{"dtype":"U8","shape":[4294967296,4294967297],"data_offsets":[0,4]}"#, "more elements"),
    Malformed(
      "product with the element size overflows",
      tensor: #"{"dtype":"F32","shape":[4611686018427387905],"data_offsets":[0,4]}"#, "more elements"),
    Malformed("shape too small", tensor: #"{"dtype":"F32","shape":[0],"data_offsets":[0,4]}"#, "4 bytes for shape [0]"),
    Malformed("shape too large", tensor: #"{"dtype":"F32","shape":[2],"data_offsets":[0,4]}"#, "which takes 8"),
    Malformed("begin after end", tensor: #"{"dtype":"F32","shape":[1],"data_offsets":[4,0]}"#, "not a range"),
    Malformed("end after the data", tensor: #"{"dtype":"F32","shape":[1],"data_offsets":[1,5]}"#, "not a range"),
    Malformed(
      "end of 2^63 − 1", tensor: #"{"dtype":"F32","shape":[1],"data_offsets":[0,9223372036854775807]}"#, "not a range"),
    Malformed("one offset", tensor: #"{"dtype":"F32","shape":[1],"data_offsets":[0]}"#, "not a range"),
    Malformed("three offsets", tensor: #"{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}"#, "not a range"),
  ]

  static let ranges: [Malformed] = [
    Malformed("trailing bytes", SafetensorsTests.file("{\"a\":\(four)}", data: [0, 0, 0, 0, 0]), "1 bytes at the end"),
    Malformed("data without tensors", SafetensorsTests.file("{}", data: [0]), "1 bytes at the end"),
    Malformed("data cut short", SafetensorsTests.file("{\"a\":\(four)}", data: [0, 0, 0]), "not a range"),
    Malformed(
      "a hole at the start", SafetensorsTests.file("{\"a\":\(range(1, 4))}", data: [0, 0, 0, 0]), "leave a hole"),
    Malformed(
      "a hole", SafetensorsTests.file("{\"a\":\(range(0, 1)),\"b\":\(range(2, 4))}", data: [0, 0, 0, 0]), "leave a hole"
    ),
    Malformed(
      "an overlap", SafetensorsTests.file("{\"a\":\(range(0, 3)),\"b\":\(range(2, 4))}", data: [0, 0, 0, 0]), "overlap"),
    Malformed(
      "the same bytes twice",
      SafetensorsTests.file("{\"a\":\(range(0, 4)),\"b\":\(range(0, 4))}", data: [0, 0, 0, 0]), "overlap"),
    Malformed(
      "an empty tensor inside another",
      SafetensorsTests.file("{\"a\":\(range(0, 4)),\"b\":\(range(2, 2))}", data: [0, 0, 0, 0]), "overlap"),
  ]

  static let all = lengths + headers + tensors + ranges

  @Test(arguments: all) func isRefused(_ malformed: Malformed) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.safetensors"
      try write(malformed.bytes, to: path)
      #expect {
        try SafetensorsReader(path)
      } throws: { error in
        guard case .malformed(path, _, _)? = error as? CheckpointFault else { return false }
        return "\(error)".contains(malformed.message) && (error as? CheckpointFault)?.exitStatus == .badData
      }
    }
  }

  @Test(arguments: ["U16", "U32", "U64", "F8_E4M3", "F8_E5M2"])
  func aTypeThatIsNotReadIsNotCalledDamage(type: String) throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.safetensors"
      try write(
        SafetensorsTests.file(#"{"a":{"dtype":"\#(type)","shape":[0],"data_offsets":[0,0]}}"#, data: []), to: path)
      let fault = CheckpointFault.unsupportedType(path: path, tensor: "a", type: type)
      #expect(throws: fault) { try SafetensorsReader(path) }
      #expect(fault.description.contains("element type \(type) is not supported"))
    }
  }

  @Test func aFileCutAtAnyByteIsRefused() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.safetensors"
      try SafetensorsWriter.write(
        [StoredTensor("weight", Tensor<Float>([2, 3], repeating: 1)), StoredTensor("codes", [3], [UInt8(1), 2, 3])],
        to: path)
      let whole = try bytes(path)
      #expect(try SafetensorsReader(path).names == ["weight", "codes"])
      for count in 0..<whole.count {
        try write(whole[..<count], to: path)
        #expect(throws: CheckpointFault.self, "cut after \(count) of \(whole.count) bytes") {
          try SafetensorsReader(path)
        }
      }
    }
  }

  /// Flips every bit in turn: the file is refused, or what changed is a name, a value or white space; never a crash.
  @Test func aFlippedBitNeverCrashes() throws {
    try withTemporaryFolder { folder in
      let path = folder + "/x.safetensors"
      try SafetensorsWriter.write([StoredTensor("weight", Tensor<Float>([2, 3], repeating: 1))], to: path)
      var file = try bytes(path)
      var refused = 0
      for index in file.indices {
        for bit in 0..<8 {
          file[index] ^= 1 << bit
          try write(file, to: path)
          do {
            let reader = try SafetensorsReader(path)
            for name in reader.names where reader.elementType(of: name)?.isFloatingPoint == true {
              #expect(try reader.tensor(name).count * (reader.elementType(of: name)?.byteCount ?? 0) == 24)
            }
          } catch is CheckpointFault {
            refused += 1
          }
          file[index] ^= 1 << bit
        }
      }
      #expect(refused > 300)
    }
  }
}
