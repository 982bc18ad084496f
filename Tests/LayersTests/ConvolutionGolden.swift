import Foundation
import KodamaTensors

/// Where a case of `convolution_golden.py` begins and what PyTorch made of it.
protocol GoldenCase: Decodable, Sendable {
  /// The shape of the input.
  var input: [Int] { get }
  /// The shape of the output.
  var shape: [Int] { get }
  /// The output `y`, gradients `dx`, `dweight` and `dbias`, running statistics.
  var results: [String: [Double]] { get }
}

enum ConvolutionGolden {
  struct Window: Decodable, Sendable {
    let kernel, stride, dilation: Int
    let padding: Padding

    struct Padding: Decodable, Sendable {
      let value: SlidingWindow.Padding

      init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let ends = try? container.decode([Int].self) {
          value = .explicit(before: ends[0], after: ends[1])
        } else {
          value = try container.decode(String.self) == "same" ? .same : .causal
        }
      }
    }

    var sliding: SlidingWindow {
      SlidingWindow(kernel, stride: stride, dilation: dilation, padding: padding.value)
    }
  }

  struct Convolution: GoldenCase {
    let input, shape: [Int]
    let outputs, groups: Int
    let windows: [Window]
    let hasBias: Bool
    let outputPadding: [Int]?
    let results: [String: [Double]]
  }

  struct Pooling: GoldenCase {
    let input, shape: [Int]
    let kind: String
    let windows: [Window]
    let results: [String: [Double]]
  }

  struct Normalization: GoldenCase {
    let input, shape: [Int]
    let kind: String
    let isAffine: Bool
    let epsilon, momentum: Double
    let groups, axes: Int
    let results: [String: [Double]]
  }

  static let convolutions: [Convolution] = read("convolutions")
  static let poolings: [Pooling] = read("poolings")
  static let normalizations: [Normalization] = read("normalizations")

  /// The numbers of a seed, as the script has them.
  static func numbers<S: Scalar>(_ shape: Shape, seed: Double) -> Tensor<S> {
    Tensor(
      shape,
      (0..<shape.count).map {
        let i = Double($0)
        return S(sin(0.37 * i * i + 0.61 * i + seed))
      })
  }

  private static func read<Case: Decodable>(_ name: String) -> [Case] {
    let file = Bundle.module.bundleURL.appendingPathComponent("Golden/\(name).json")
    do { return try JSONDecoder().decode([Case].self, from: Data(contentsOf: file)) } catch {
      fatalError("\(file.path): \(error)")
    }
  }
}
