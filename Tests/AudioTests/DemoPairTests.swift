import Foundation
import KodamaCore
import KodamaSignal
import Testing

@testable import KodamaAudio

@Suite struct DemoPairTests {
  @Test func theSameSeedMakesTheSameBytesWhateverTheThreads() throws {
    let (first, second, other) = (try Scratch(), try Scratch(), try Scratch())
    try DemoPair(minutes: 0.25, seed: 5).write(to: first.path, existing: .refuse, workers: .serial)
    try DemoPair(minutes: 0.25, seed: 5).write(to: second.path, existing: .refuse, workers: Workers(threads: 3))
    try DemoPair(minutes: 0.25, seed: 6).write(to: other.path, existing: .refuse)
    #expect(first.names.sorted() == ["dry.wav", "wet.wav"])
    for name in ["dry.wav", "wet.wav"] {
      let bytes = try [first, second, other].map { try Data(contentsOf: URL(fileURLWithPath: $0(name))) }
      #expect(bytes[0] == bytes[1] && bytes[0] != bytes[2])
    }
    #expect(throws: FileFault.exists(path: first("dry.wav"))) {
      try DemoPair(minutes: 0.25).write(to: first.path, existing: .refuse)
    }
  }

  @Test func theWetFileIsTheDryOneThroughTheAmplifier() throws {
    let scratch = try Scratch()
    let demo = DemoPair(minutes: 0.25, seed: 2)
    try demo.write(to: scratch.path, existing: .refuse)
    let (dry, wet) = (try AudioFile.read(scratch("dry.wav")), try AudioFile.read(scratch("wet.wav")))
    #expect(
      dry.sampleRate == 48_000 && dry.frames == 15 * 48_000 && wet.frames == dry.frames && dry.channels.count == 1)
    let expected = demo.wet(of: dry.mono)
    #expect(zip(wet.mono, expected).allSatisfy { abs($0 - $1) <= 1.0 / 8_388_608 })
    for mono in [dry.mono, wet.mono] {
      #expect(mono.allSatisfy { $0.isFinite })
      let peak = mono.reduce(0) { max($0, abs($1)) }
      #expect(peak > 0.1 && peak < 0.95, "\(peak)")
    }
    // Clicks, and silence around them.
    let start = dry.mono.prefix(2 * 48_000)
    #expect(start.indices.filter { start[$0] != 0 } == DemoPair.clicks)
    #expect(wet.mono.firstIndex { $0 != 0 } == DemoPair.clicks[0] + 240)
  }

  @Test func theAmplifierIsNotLinearButNearlySoForSoftSounds() {
    let amplifier = DemoAmplifier()
    let tone = (0..<24_000).map { Float(0.3 * sin(2 * Double.pi * 220 * Double($0) / 48_000)) }
    func distortion(_ scale: Float) -> Double {
      let (loud, soft) = (
        amplifier.process(tone.map { scale * $0 }, sampleRate: 48_000),
        amplifier.process(tone.map { scale / 10 * $0 }, sampleRate: 48_000)
      )
      let error = zip(loud, soft).reduce(0.0) { $0 + pow(Double($1.0 - 10 * $1.1), 2) }
      return error / loud.reduce(0.0) { $0 + Double($1) * Double($1) }
    }
    #expect(distortion(1) > 0.3 && distortion(1e-4) < 1e-4, "\(distortion(1)) \(distortion(1e-4))")
  }

  @Test func theLatencyIsSilenceBefore() {
    let noise = (0..<4_800).map { Float($0 * 7919 % 1000) / 1000 - 0.5 }
    let now = DemoAmplifier().process(noise, sampleRate: 48_000)
    let late = DemoAmplifier(latency: 100).process(noise, sampleRate: 48_000)
    #expect(Array(late[100...]) == Array(now.dropLast(100)) && late[..<100].allSatisfy { $0 == 0 })
    #expect(DemoAmplifier(latency: 9_000).process(noise, sampleRate: 48_000).allSatisfy { $0 == 0 })
  }
}
