import KodamaLayers
import KodamaTensors

/// Hints: a linear map of the student's skip sums that is trained with it, to those of the teacher.
///
/// With s the skip sums of the student and t those of the teacher, of recurrent networks their states, both scaled and before the head, at every step
///
///     loss = weight · mean |W · s + b − t|² / mean |t − t̄|²
///
/// so that a weight means the same for teachers of any scale: a map to the mean of t has a loss of 1. The widths of both may
/// differ. W, `hint.weight` [S of the teacher, S, 1], and b, `hint.bias`, are parameters that serve training alone.
///
/// - Source: Romero et al. 2015, "FitNets: Hints for thin deep nets", §2.2. They train the layers up to the hint first, and
///   then the whole network from the teacher's probabilities; here both are in one loss. Their regressor is a convolution
///   with a kernel, which is pointwise here.
package struct SkipHint: Sendable {
  private let weight: Double
  private let regressor: Convolution

  /// Hints of a weight.
  init(weight: Double, studentChannels: Int, teacherChannels: Int) {
    self.weight = weight
    regressor = .pointwise("hint", inputChannels: studentChannels, outputChannels: teacherChannels)
  }

  /// The parameters of the map.
  var declarations: [ParameterDeclaration] {
    regressor.declarations.map { ParameterDeclaration($0.name, $0.shape, $0.initializer, isAuxiliary: true) }
  }

  /// The weighted loss.
  ///
  /// - Shapes: sums [B, T, S], expected [B, T, S of the teacher], as many weights as steps → [].
  func loss<S: Scalar>(
    _ sums: Variable<S>, expected: Tensor<S>, weights: [S], _ pass: Pass<S>
  ) -> Variable<S> {
    regressor.forward(sums, pass).relativeSquaredError(to: expected, weights: weights) * S(weight)
  }
}
