import Foundation
import FuzzTargets
import KodamaCore

/// Runs one target by libFuzzer: `kodama-fuzz TARGET [what libFuzzer takes…]`.
///
/// `kodama-fuzz --list` names the targets, and `kodama-fuzz TARGET --write-seeds FOLDER` writes the inputs that it starts
/// from.
@main enum Driver {
  fileprivate nonisolated(unsafe) static var target: FuzzTarget!
  private nonisolated(unsafe) static var folder = ""

  static func main() throws {
    let arguments = Array(CommandLine.arguments.dropFirst())
    if arguments == ["--list"] {
      for target in FuzzTarget.all { print("\(target.name)\t\(target.summary)") }
      return
    }
    target = FuzzTarget.all.first { $0.name == arguments.first }
    if target == nil { throw Mistake("there is no target \(arguments.first ?? ""): --list names them") }
    if arguments.dropFirst().first == "--write-seeds", arguments.count == 3 {
      for (number, seed) in try target.seeds().enumerated() {
        try Data(seed).write(to: URL(fileURLWithPath: "\(arguments[2])/seed-\(number)"))
      }
      return
    }
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("kodama-fuzz-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    atexit { try? FileManager.default.removeItem(atPath: Driver.folder) }
    // Everything that is made once is made before the first input, whose time and memory it would count to.
    for seed in try target.seeds() { target.run(seed, in: folder) }

    var words = ([CommandLine.arguments[0]] + arguments.dropFirst()).map { strdup($0) } + [nil]
    var count = CInt(words.count - 1)
    let status = words.withUnsafeMutableBufferPointer { words in
      var start = words.baseAddress
      return runDriver(&count, &start) { data, size in
        Driver.target.run(Array(UnsafeBufferPointer(start: data, count: size)), in: Driver.folder)
        return 0
      }
    }
    exit(status)
  }

  private struct Mistake: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
  }
}

/// libFuzzer's loop, of the library that is linked.
@_silgen_name("LLVMFuzzerRunDriver")
private func runDriver(
  _ count: UnsafeMutablePointer<CInt>,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
  _ read: @convention(c) (_ data: UnsafePointer<UInt8>?, _ size: Int) -> CInt
) -> CInt

/// What libFuzzer asks for a new input: most of those of a text are changed as their readers see them, all others as bytes.
@_cdecl("LLVMFuzzerCustomMutator")
func changeInput(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ capacity: Int, _ seed: CUnsignedInt) -> Int {
  var random = Philox(seed: UInt64(seed))
  if Driver.target.form == .text && random.integer(below: 4) != 0 {
    let changed = TextMutator.changed(Array(UnsafeBufferPointer(start: data, count: size)), &random)
    if changed.count <= capacity {
      changed.withUnsafeBufferPointer { bytes in
        if let first = bytes.baseAddress { data.update(from: first, count: bytes.count) }
      }
      return changed.count
    }
  }
  return changeBytes(data, size, capacity)
}

/// libFuzzer's own changes of bytes.
@_silgen_name("LLVMFuzzerMutate")
private func changeBytes(_ data: UnsafeMutablePointer<UInt8>, _ size: Int, _ capacity: Int) -> Int
