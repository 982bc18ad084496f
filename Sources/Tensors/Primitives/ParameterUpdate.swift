import CKernels

/// One step of an optimizer over a run of parameters: a rule and its numbers at this step.
package struct ParameterUpdate: Sendable, Equatable {
  /// The update rule.
  package enum Rule: Sendable, Equatable {
    /// p −= rate · g; with momentum m ← momentum · m + g, and m in place of g or, for Nesterov momentum, g + momentum ·
    /// m.
    case descent(momentum: Float, isNesterov: Bool, isFirstStep: Bool)
    /// s += g²; p −= rate · g / (√s + ε).
    case adagrad(epsilon: Float)
    /// s ← decay · s + (1 − decay) · g²; p −= rate · g / (√s + ε).
    case rmsProp(decay: Float, epsilon: Float)
    /// m ← β₁ · m + (1 − β₁) · g; s ← β₂ · s + (1 − β₂) · g²; p −= rate / c₁ · m / (√s / c₂ + ε).
    case adam(beta1: Float, beta2: Float, epsilon: Float, correction1: Float, correction2: Float)
  }

  package let rule: Rule
  package let rate: Float
  /// Coupled weight decay, added to the gradient: g + coupledDecay · p.
  package let coupledDecay: Float
  /// The factor of the parameter before the step, for decoupled weight decay.
  package let kept: Float

  package init(_ rule: Rule, rate: Float, coupledDecay: Float = 0, kept: Float = 1) {
    self.rule = rule
    self.rate = rate
    self.coupledDecay = coupledDecay
    self.kept = kept
  }

  var kernel: kodama_update {
    var update = kodama_update()
    (update.rate, update.coupled_decay, update.kept) = (rate, coupledDecay, kept)
    switch rule {
    case .descent(let momentum, let isNesterov, let isFirstStep):
      update.rule = KODAMA_DESCENT
      (update.decay1, update.is_nesterov, update.is_first_step) = (momentum, isNesterov, isFirstStep)
    case .adagrad(let epsilon): (update.rule, update.epsilon) = (KODAMA_ADAGRAD, epsilon)
    case .rmsProp(let decay, let epsilon):
      (update.rule, update.decay1, update.epsilon) = (KODAMA_RMSPROP, decay, epsilon)
    case .adam(let beta1, let beta2, let epsilon, let correction1, let correction2):
      update.rule = KODAMA_ADAM
      (update.decay1, update.decay2, update.epsilon) = (beta1, beta2, epsilon)
      (update.correction1, update.correction2) = (correction1, correction2)
    }
    return update
  }
}

extension Tensor<Float> {
  /// Updates elements of this tensor by their gradients.
  ///
  /// - Parameters:
  ///   - gradient: of the same shape.
  ///   - slots: the state of the optimizer, of the same shape each; as many as the rule has.
  package mutating func move(
    _ range: Range<Int>, by update: ParameterUpdate, gradient: Tensor<Float>, slots: inout [Tensor<Float>]
  ) {
    precondition(
      gradient.shape == shape && slots.allSatisfy { $0.shape == shape } && range.upperBound <= count,
      "parameters of shape \(shape) with gradients of shape \(gradient.shape), slots \(slots.map(\.shape))")
    let first = range.lowerBound
    let bases = slots.indices.map { slots[$0].mutable.base + first }
    withUnsafePointer(to: update.kernel) {
      kodama_update_f32(
        $0, range.count, mutable.base + first, gradient.region.base + first, bases.first,
        bases.count > 1 ? bases[1] : nil)
    }
  }
}
