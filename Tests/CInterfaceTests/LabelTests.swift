import AllocationCounter
import CKodama
import Kodama
import TestSupport
import Testing

@Suite struct LabelTests {
  private let past = (0..<60).map { Float($0 % 13) / 6.5 - 1 }

  /// Gives a label, and what the call says.
  @discardableResult private func set(
    _ set: String?, _ label: String?, on stream: Stream
  ) -> (status: kodama_status, message: String) {
    var error = kodama_error.unwritten
    let status = stream.with { kodama_stream_set_label($0, set, label, &error) }
    return (status, error.text ?? "the message has no end")
  }

  private func conditions(_ labels: [String: String]) throws -> Conditions {
    try Models.conditioned.configuration.conditioning.conditions(labels)
  }

  @Test func samplesAreThoseOfTheSwiftInterfaceWithTheSameLabels() throws {
    try Models.withLoaded(Models.conditioned) { model in
      for labels in [["speaker": "anna", "digit": "2"], ["speaker": "anna:1,ben:3", "digit": "0"]] {
        let stream = try Stream(model, seed: 4)
        for (name, label) in labels { #expect(set(name, label, on: stream) == (KODAMA_OK, "")) }
        stream.prime(past)
        let expected = try Models.expected(
          120, of: Models.conditioned, seed: 4, conditions: conditions(labels), prime: past)
        #expect(stream.samples(120) == expected)
      }
    }
  }

  @Test func aStreamWithoutAllItsLabelsSaysWhichThereAre() throws {
    try Models.withLoaded(Models.conditioned) { model in
      let stream = try Stream(model, seed: 4)
      func expectRefused(_ mention: String) {
        var (error, sample, copy) = (kodama_error.unwritten, Float(9), OpaquePointer?.none)
        #expect(stream.with { kodama_stream_fill($0, &sample, 1, &error) } == KODAMA_USAGE)
        #expect(error.text?.contains(mention) == true && sample == 9)
        #expect(stream.with { kodama_stream_prime($0, &sample, 1, nil) } == KODAMA_USAGE)
        #expect(stream.with { kodama_stream_fork($0, 1, 0, &copy, nil) } == KODAMA_USAGE && copy == nil)
      }
      expectRefused("speaker=… (anna, ben), digit=… (0, 1, 2)")
      #expect(set("speaker", "ben", on: stream).status == KODAMA_OK)
      expectRefused("digit=… (0, 1, 2)")
      #expect(set("digit", "1", on: stream).status == KODAMA_OK)
      let expected = try Models.expected(
        50, of: Models.conditioned, seed: 4, conditions: conditions(["speaker": "ben", "digit": "1"]))
      let fork = try stream.forked(seed: 4)
      #expect(stream.samples(50) == expected && fork.samples(50) == expected)
    }
  }

  @Test func wrongLabelsAreNamedAndChangeNothing() throws {
    try Models.withLoaded(Models.conditioned) { model in
      let (stream, same) = (try Stream(model, seed: 4), try Stream(model, seed: 4))
      for stream in [stream, same] {
        set("speaker", "ben", on: stream)
        set("digit", "1", on: stream)
      }
      for (name, label, mention) in [
        ("speaker", "bem", "did you mean ben"), ("spaeker", "ben", "did you mean speaker"), ("digit", "", "digit"),
        ("digit", "0:x", "weight"),
      ] {
        let (status, message) = set(name, label, on: stream)
        #expect(status == KODAMA_USAGE && message.contains(mention), "\(message)")
      }
      #expect(set(nil, "1", on: stream) == (KODAMA_USAGE, "set is NULL"))
      #expect(set("digit", nil, on: stream) == (KODAMA_USAGE, "label is NULL"))
      #expect(kodama_stream_set_label(nil, "digit", "1", nil) == KODAMA_USAGE)
      #expect(stream.samples(60) == same.samples(60))
      #expect(set("digit", "2", on: stream).status == KODAMA_OK)
      #expect(stream.samples(60) != same.samples(60))
    }
    try Models.withLoaded { model in
      let (status, message) = set("speaker", "ben", on: try Stream(model, seed: 4))
      #expect(status == KODAMA_USAGE && message.contains("not conditioned"))
    }
  }

  @Test(
    .enabled(if: allocations_are_counted() != 0, "allocations are counted with glibc and without sanitizers"),
    .enabled(if: isOptimized, "without optimization the language itself takes memory"))
  func fillingTakesNoMemoryWithLabels() throws {
    try Models.withLoaded(Models.conditioned) { model in
      let stream = try Stream(model, seed: 4)
      set("speaker", "ben", on: stream)
      set("digit", "1", on: stream)
      let buffer = UnsafeMutableBufferPointer<Float>.allocate(capacity: 64)
      defer { buffer.deallocate() }
      stream.with { pointer in
        for label in ["1", "2"] {
          // The call itself may take memory, and the samples after it none.
          _ = kodama_stream_set_label(pointer, "digit", label, nil)
          let before = allocations_of_this_thread()
          _ = kodama_stream_fill(pointer, buffer.baseAddress, buffer.count, nil)
          #expect(allocations_of_this_thread() == before)
        }
      }
    }
  }
}
