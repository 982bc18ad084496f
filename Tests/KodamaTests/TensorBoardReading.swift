import Foundation
import TestSupport
import Testing

/// What TensorBoard's own reader finds in a folder of event files.
struct TensorBoardReading: Decodable {
  struct Scalar: Decodable, Equatable {
    let step: Int
    let time: Double
    let value: Double
  }

  struct Audio: Decodable {
    let step: Int
    let contentType: String
    /// Rate and samples per channel as the event has them.
    let said: [Int]
    /// Rate, channels and samples per channel as the WAV has them.
    let decoded: [Int]
    let bytes: Data
  }

  struct Image: Decodable {
    let step: Int
    /// Width and height as the event has them.
    let said: [Int]
    /// The same as the PNG has them.
    let decoded: [Int]
    let bytes: Data
  }

  let scalars: [String: [Scalar]]
  let audio: [String: [Audio]]
  let images: [String: [Image]]

  /// nil where this machine has no TensorBoard.
  static let python = Python(importing: "tensorboard")

  /// Reads a folder.
  init(_ folder: String) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("tensorboard_read.py")
    let end = try #require(Self.python).run([script.path, folder])
    try #require(end.status == 0, "\(end.errors)")
    self = try JSONDecoder().decode(Self.self, from: Data(end.output))
  }

  /// The steps of a scalar.
  func steps(_ tag: String) -> [Int] { (scalars[tag] ?? []).map(\.step) }

  /// The values of a scalar.
  func values(_ tag: String) -> [Double] { (scalars[tag] ?? []).map(\.value) }
}
