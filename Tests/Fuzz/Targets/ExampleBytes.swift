import Kodama

/// Small inputs that are texts, or a few numbers.
enum ExampleBytes {
  static let json = texts(
    #"{"a": [1, -2.5e3, true, null], "é\n\u00e9": {"": "\ud83d\ude00"}}"#, "[]", #""text""#, "-0",
    "18446744073709551615", #"[[[[1]]], {"a": {"a": {}}}]"#)

  /// Mappings of the tensors a, b.0, b.1 and c to the parameters x, y.0 and y.1.
  static let mappings = texts(
    #"""
    {"tensors": {"x": {"from": "a", "permute": [1, 0], "flip": [1], "scale": -0.5, "add": "d"},
     "y.{i}": {"from": "b.{i}", "reshape": [3, -1]}}, "ignore": ["c*"]}
    """#,
    #"""
    {"tensors": {"x": {"from": "c", "permute": [1, 0]}, "y.0": 0.25, "y.{i}": {"from": ["b.{i}"], "reshape": [3, 2]},
     "z": {"from": "q.{last}", "optional": true}}, "ignore": ["a", "d", "b.0", "*.{last}x"]}
    """#)

  static let csv =
    texts(
      "path,speaker\n7_george_1.wav,george\n", "path,digit\r\n7_george_1.wav,7\r\nlow/b.wav,8\r\n",
      "\u{FEFF}path,a,b\n7_george_1.wav,\"x, \"\"y\"\"\",\n\nlow/b.wav,z,\"w\nv\"",
      "path;digit;weight\n7_george_1.wav;7;\"0,5\"\nlow/b.wav;8;1,5\n", "path\tdigit\nlow/b.wav\t8\n")
    + [
      utf16("\u{FEFF}path,speaker\n7_george_1.wav,jürgen\n", isBigEndian: false),
      utf16("\u{FEFF}path;speaker\r\nlow/b.wav;\u{1F600}\r\n", isBigEndian: true),
    ]

  static let patterns = texts(
    #"(?<digit>\d)_(?<speaker>\w+)_"#, "(?P<a>.)", "low/(?<file>[^/]*)$", #"\((?<x>a|b)*"#, "_(?<n>[0-9]{1,2})(?=.)")

  static let assignments = texts(
    "plan.batch_size=4", "dilations=[1,2,4]", "batch_size=2", "trimming.threshold_decibels=-50",
    "condition=[\"speaker\"]",
    "learning_rate=1e-3", "optimizer=adamw")

  static let pairs = texts("reference,generated\na.wav,b.wav\n", "a.wav,b.wav\r\n\"b.wav\",a.wav")

  static let thresholds = texts("lsd>1", "max(mcd-dtw) >= 0.5", "median(lsd)<=1e-3", "ltas<2")

  static let labels = texts("speaker=anna\ndigit=0", "speaker=anna:0.7,ben:0.3\ndigit=1/2/0", "digit=2\nspeaker=ben")

  static let keptLayers = texts("head.1=bf16", "blocks.0=f32,head=bf16", "blocks.1.skip=int8")

  /// features.json of two conventions.
  static let features: [[UInt8]] = [
    LogMelConvention(sampleRate: 8000, fftLength: 128, hopLength: 32, bands: 12), .standard(sampleRate: 22_050),
  ].map { convention in
    let document = JSON.object([.init("format_version", 1), .init("log_mel", convention.json)])
    return Array(document.indentedText.utf8)
  }

  /// .npy files of 2 rows and 3 columns.
  static let npy = [
    numpy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", numbers: floats([1, 2, 3, 4, 5, 6])),
    numpy(
      "{'descr': '<f8', 'fortran_order': True, 'shape': (1, 2), }", version: 2, numbers: floats([0, 1.875, 0, 1.875])),
  ]

  /// Streams of known and of unknown length.
  static let npyRows = [
    npy[0], numpy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 2)}", numbers: floats([1, 2, 3, 4])),
  ]

  /// Numbers in single precision.
  static let floats = [
    floats((0..<60).map { Float($0) / 60 }), floats([0, -1, 1, 0.5, .leastNonzeroMagnitude, 1e30]),
  ]

  private static func texts(_ texts: String...) -> [[UInt8]] { texts.map { Array($0.utf8) } }

  private static func utf16(_ text: String, isBigEndian: Bool) -> [UInt8] {
    text.utf16.flatMap { unit in
      withUnsafeBytes(of: isBigEndian ? unit.bigEndian : unit.littleEndian, Array.init)
    }
  }

  private static func floats(_ numbers: [Float]) -> [UInt8] {
    numbers.flatMap { number in withUnsafeBytes(of: number.bitPattern.littleEndian, Array.init) }
  }

  private static func numpy(_ dictionary: String, version: UInt8 = 1, numbers: [UInt8]) -> [UInt8] {
    let text = Array(dictionary.utf8) + [0x0A]
    let length = [UInt8(text.count), 0] + (version == 1 ? [] : [0, 0])
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + length + text + numbers
  }
}
