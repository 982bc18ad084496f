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

/// What TensorBoard's server tells its page HParams of a folder of runs.
struct TensorBoardSessions: Decodable {
  /// The value of a hyperparameter.
  enum Value: Decodable, Equatable {
    case number(Double)
    case flag(Bool)
    case text(String)

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? container.decode(Double.self) {
        self = .number(number)
      } else {
        self = .text(try container.decode(String.self))
      }
    }
  }

  struct Session: Decodable {
    let hyperparameters: [String: Value]
    let status: String
  }

  /// By the name of the run.
  let sessions: [String: Session]
  /// The hyperparameters that differ between runs, sorted.
  let differing: [String]
  /// The tags of the runs' scalars, sorted.
  let metrics: [String]

  /// Reads a folder of runs.
  init(_ folder: String) throws {
    let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .appendingPathComponent("tensorboard_hyperparameters.py")
    let end = try #require(TensorBoardReading.python).run([script.path, folder])
    try #require(end.status == 0, "\(end.errors)")
    self = try JSONDecoder().decode(Self.self, from: Data(end.output))
  }
}
