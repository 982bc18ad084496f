import Foundation
import KodamaCore
import KodamaSignal
import KodamaSpectra
import Testing

@testable import KodamaReports

@Suite struct SpectrogramPictureTests {
  let folder = FileManager.default.temporaryDirectory.appendingPathComponent("kodama-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }

  /// A tone, and a tenth of it an octave higher.
  private func tone(_ frequency: Double, seconds: Double = 1, rate: Int = 16_000) -> Waveform {
    let samples = (0..<Int(seconds * Double(rate))).map { index -> Float in
      let phase = 2 * Double.pi * frequency * Double(index) / Double(rate)
      return Float(0.5 * sin(phase) + 0.05 * sin(2 * phase))
    }
    return Waveform(samples, sampleRate: rate)
  }

  @Test func aFileIsAPNGOfTheSizeAskedFor() throws {
    let path = folder + "/tone.png"
    try SpectrogramPicture(title: "tone", width: 640, height: 400).write(tone(440), to: path, existing: .refuse)
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    #expect(Array(bytes[..<8]) == [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])
    #expect(Array(bytes[12..<16]) == Array("IHDR".utf8))
    #expect(Array(bytes[16..<24]) == [0, 0, 640 >> 8, 640 & 255, 0, 0, 400 >> 8, 400 & 255])
    #expect(Array(bytes.suffix(8).prefix(4)) == Array("IEND".utf8))
  }

  @Test func theSameSoundIsTheSamePictureWhateverTheThreads() throws {
    let picture = try SpectrogramPicture(title: "tone")
    let sound = tone(1000, seconds: 3)
    #expect(try picture.encoded(sound, workers: .serial) == picture.encoded(sound, workers: Workers(threads: 4)))
  }

  @Test func anSVGIsTheSameEachTimeAndHoldsOneImageOfEachKind() throws {
    let picture = try SpectrogramPicture(title: "tone", width: 500, height: 400)
    let (path, sound) = (folder + "/tone.SVG", tone(440))
    try picture.write(sound, to: path, existing: .refuse)
    let bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    let again = try picture.encoded(sound, as: .svg)
    #expect(bytes == again)
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.contains("width=\"500px\" height=\"400px\"") && text.hasSuffix("</svg>\n"))
    // The spectrogram and the bar of colors.
    #expect(text.components(separatedBy: "<image ").count == 3)
  }

  @Test func surfacesAndImagesAreNumberedAnewAndNothingElse() {
    let text = ##"<image id="image12" x="surface"/><g id="surface8"><use href="#image12"/>image12 "image" "images3""##
    #expect(
      String(decoding: SVGNames.numberedAnew(Array(text.utf8)), as: UTF8.self)
        == ##"<image id="image0" x="surface"/><g id="surface1"><use href="#image0"/>image12 "image" "images3""##)
  }

  @Test func otherFormsOfPicturesAreRefused() throws {
    for (name, format) in [("a.png", PictureFormat.png), ("b.c/d.Svg", .svg), ("/dev/full", .png), (".svg", .png)] {
      #expect(try PictureFormat(forName: name) == format, "\(name)")
    }
    for name in ["a.jpg", "a.png.gz", "a."] {
      #expect(throws: ReportsFault.unknownFormat(path: name)) { try PictureFormat(forName: name) }
    }
  }

  @Test func theDifferenceIsRedWhereThereIsMoreAndBlueWhereThereIsLess() throws {
    let picture = try SpectrogramPicture(title: "difference", width: 600, height: 400)
    let (low, high) = (tone(500), tone(3000, seconds: 2))
    let canvas = try picture.drawDifference(of: high, from: low, format: .png, workers: .all)
    let area = picture.layout.spectrogram
    func color(_ frequency: Double) throws -> (red: Int, blue: Int) {
      let y = area.bottom - Int(Double(area.height) * FrequencyScale.mel.height(of: frequency, highest: 8000))
      let pixel = try canvas.pixel(x: area.x + area.width / 2, y: y)
      return (Int(pixel >> 16), Int(pixel & 255))
    }
    let (more, less) = (try color(3000), try color(500))
    #expect(more.red > 2 * more.blue && less.blue > 2 * less.red)
    // A sound does not differ from itself: all is white.
    let none = try picture.drawDifference(of: low, from: low, format: .png, workers: .all)
    let white = try none.pixel(x: area.x, y: area.y)
    for y in area.y..<area.bottom { #expect(try none.pixel(x: area.x + area.width / 3, y: y) == white) }
    #expect(luminance(white) > 0.95)
  }

  @Test func soundsOfDifferentRatesHaveNoDifference() throws {
    let picture = try SpectrogramPicture(title: "difference")
    let path = folder + "/none.png"
    #expect(
      throws: SpectraFault.sampleRatesDiffer(
        first: "the sound", firstRate: 8000, second: "the sound", secondRate: 16_000)
    ) {
      try picture.writeDifference(of: tone(440), from: tone(440, rate: 8000), to: path, existing: .refuse)
    }
    #expect(!FileManager.default.fileExists(atPath: path))
    #expect(throws: ReportsFault.nothingToDraw(name: "the sound")) {
      try picture.writeDifference(
        of: tone(440), from: Waveform([], sampleRate: 16_000), to: path, existing: .refuse)
    }
  }

  @Test(arguments: FrequencyScale.allCases) func aToneIsBrightAtItsHeight(scale: FrequencyScale) throws {
    let picture = try SpectrogramPicture(title: "tone", frequencyScale: scale)
    let canvas = try picture.draw(tone(3000), workers: .all)
    let area = picture.layout.spectrogram
    let middle = area.x + area.width / 2
    let brightness = try (area.y..<area.bottom).map { try luminance(canvas.pixel(x: middle, y: $0)) }
    let brightest = try #require(brightness.indices.max { brightness[$0] < brightness[$1] })
    let expected = Double(area.height) * (1 - scale.height(of: 3000, highest: 8000))
    #expect(abs(Double(brightest) + 0.5 - expected) <= 6)
    let far = Int(Double(area.height) * (1 - scale.height(of: 1500, highest: 8000)))
    #expect(brightness[brightest] > 0.6)
    #expect(brightness[far] < 0.2)
    let octave = Int(Double(area.height) * (1 - scale.height(of: 6000, highest: 8000)))
    #expect(brightness[octave] < brightness[brightest] && brightness[octave] > brightness[far])
  }

  @Test func soundIsWhereItsTimeIs() throws {
    let picture = try SpectrogramPicture(title: "end")
    let silence = [Float](repeating: 0, count: 16_000)
    let sound = Waveform(silence + tone(1000).mono, sampleRate: 16_000)
    let canvas = try picture.draw(sound, workers: .all)
    let area = picture.layout.spectrogram
    let y = area.bottom - Int(Double(area.height) * FrequencyScale.mel.height(of: 1000, highest: 8000))
    #expect(try luminance(canvas.pixel(x: area.x + area.width / 4, y: y)) < 0.1)
    #expect(try luminance(canvas.pixel(x: area.x + 3 * area.width / 4, y: y)) > 0.6)
    let strip = picture.layout.waveform
    let above = strip.y + strip.height / 4
    #expect(try canvas.pixel(x: strip.x + strip.width / 4, y: above) == Color.white.pixel)
    #expect(try canvas.pixel(x: strip.x + 3 * strip.width / 4, y: above) != Color.white.pixel)
  }

  @Test func oneLoudFrameStaysVisibleWhereTheLargestCounts() throws {
    var samples = [Float](repeating: 0, count: 2_000_000)
    for index in 1_000_000..<1_000_400 { samples[index] = sin(Float(index)) }
    let sound = Waveform(samples, sampleRate: 16_000)
    let stft = STFT(fftLength: 512, hopLength: 128)
    let mean = try stft.overview(of: sound, columns: 50, reduction: .mean)
    let maximum = try stft.overview(of: sound, columns: 50, reduction: .maximum)
    let whole = try stft.power(samples)
    #expect(mean.columns == 50)
    #expect(maximum.power.max().map { Float($0) } == whole.values.max())
    let frames = (0..<whole.frames).filter { $0 * 50 / whole.frames == 25 }
    let sum = frames.reduce(0.0) { $0 + Double(whole[$1, 81]) }
    #expect(abs(mean[25, 81] / (sum / Double(frames.count)) - 1) < 1e-6)
  }

  @Test(arguments: [1, 2, 700, 5000]) func soundOfAnyLengthIsDrawn(count: Int) throws {
    for samples in [[Float](repeating: 0, count: count), (0..<count).map { Float($0 % 2) }] {
      let bytes = try SpectrogramPicture(title: "short").encoded(Waveform(samples, sampleRate: 8000))
      #expect(bytes.count > 1000)
    }
  }

  @Test(arguments: [Float(1e18), 3e38, .leastNonzeroMagnitude]) func samplesFarFromFullScaleAreDrawn(level: Float)
    throws
  {
    for samples in [[level], [Float](repeating: level, count: 5000), (0..<5000).map { $0 % 2 == 0 ? level : -level }] {
      let sound = Waveform(channels: [samples, samples], sampleRate: 8000)
      for reduction in STFT.Reduction.allCases {
        #expect(try SpectrogramPicture(title: "far", reduction: reduction).encoded(sound).count > 1000)
      }
    }
  }

  @Test func nothingCannotBeDrawn() throws {
    let picture = try SpectrogramPicture(title: "nothing")
    #expect(throws: ReportsFault.nothingToDraw(name: "the sound")) {
      try picture.encoded(Waveform([], sampleRate: 8000))
    }
    #expect(throws: SpectraFault.notFinite(name: "the sound", channel: 0, frame: 1)) {
      try picture.encoded(Waveform([0, .nan], sampleRate: 8000))
    }
  }

  @Test func sizesThatCannotBeDrawnAreRefused() {
    for (width, height) in [(399, 700), (1280, 0), (16_385, 700), (1280, -5)] {
      #expect(throws: ReportsFault.pictureSize(width: width, height: height)) {
        try SpectrogramPicture(title: "size", width: width, height: height)
      }
    }
  }

  @Test func aFileThatCannotBeCreatedIsNamedBeforeWork() throws {
    let picture = try SpectrogramPicture(title: "tone")
    let broken = Waveform([.nan], sampleRate: 8000)
    #expect { try picture.write(broken, to: folder + "/none/x.png", existing: .refuse) } throws: {
      ($0 as? FileFault)?.exitStatus == .cannotCreate
    }
    let path = folder + "/old.png"
    try Data("old".utf8).write(to: URL(fileURLWithPath: path))
    #expect(throws: FileFault.exists(path: path)) { try picture.write(tone(440), to: path, existing: .refuse) }
    #expect(throws: SpectraFault.self) { try picture.write(broken, to: path, existing: .replace) }
    #expect(try String(contentsOfFile: path, encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["old.png"])
  }

  @Test func titlesOfAnyLengthAndKindAreDrawn() throws {
    for title in ["", String(repeating: "very long ", count: 100), "木霊 é \u{1F600}\n\0 x"] {
      #expect(try SpectrogramPicture(title: title, width: 400, height: 300).encoded(tone(440)).count > 1000)
    }
  }

  private func luminance(_ pixel: UInt32) -> Double {
    let (red, green, blue) = (Double(pixel >> 16 & 255), Double(pixel >> 8 & 255), Double(pixel & 255))
    return (0.2126 * red + 0.7152 * green + 0.0722 * blue) / 255
  }
}
