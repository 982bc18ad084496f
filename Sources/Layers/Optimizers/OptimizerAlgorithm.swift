/// A rule that moves parameters against their gradients. Each follows PyTorch's definition, so that its golden steps
/// hold here too.
public enum OptimizerAlgorithm: Sendable, Equatable {
  /// Gradient descent, with momentum where it is above 0, in Nesterov's form on request.
  ///
  /// - Source: Sutskever et al. 2013, §2.
  case sgd(momentum: Float = 0, nesterov: Bool = false, weightDecay: Float = 0)
  /// - Source: Duchi et al. 2011.
  case adagrad(epsilon: Float = 1e-10, weightDecay: Float = 0)
  /// - Source: Tieleman and Hinton 2012, lecture 6.5.
  case rmsProp(decay: Float = 0.99, epsilon: Float = 1e-8, weightDecay: Float = 0)
  /// - Source: Kingma and Ba 2015, algorithm 1. Weight decay is added to the gradient.
  case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)
  /// Adam whose weight decay acts on the weights themselves.
  ///
  /// - Source: Loshchilov and Hutter 2019, algorithm 2.
  case adamW(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01)

  /// The name of the rule: what it remembers means something to this rule alone.
  public var name: String {
    switch self {
    case .sgd(let momentum, let nesterov, _): momentum == 0 ? "sgd" : nesterov ? "nesterov" : "momentum"
    case .adagrad: "adagrad"
    case .rmsProp: "rmsprop"
    case .adam: "adam"
    case .adamW: "adamw"
    }
  }

  /// The names of what it remembers for each parameter.
  public var slots: [String] {
    switch self {
    case .sgd(let momentum, _, _): momentum > 0 ? ["momentum"] : []
    case .adagrad, .rmsProp: ["squares"]
    case .adam, .adamW: ["mean", "squares"]
    }
  }

  /// Moves `count` numbers of one parameter.
  ///
  /// - Parameters:
  ///   - slots: what is remembered of them, in the order of `slots`, 0 before the first step.
  ///   - step: the number of this step, from 1.
  func update(
    _ p: UnsafeMutablePointer<Float>, gradient: UnsafePointer<Float>, slots: [UnsafeMutablePointer<Float>], count: Int,
    step: Int, rate: Float
  ) {
    switch self {
    case .sgd(let momentum, let nesterov, let weightDecay):
      for i in 0..<count {
        var g = gradient[i] + weightDecay * p[i]
        if let buffer = slots.first {
          buffer[i] = step == 1 ? g : momentum * buffer[i] + g
          g = nesterov ? g + momentum * buffer[i] : buffer[i]
        }
        p[i] -= rate * g
      }
    case .adagrad(let epsilon, let weightDecay):
      let squares = slots[0]
      for i in 0..<count {
        let g = gradient[i] + weightDecay * p[i]
        squares[i] += g * g
        p[i] -= rate * g / (squares[i].squareRoot() + epsilon)
      }
    case .rmsProp(let decay, let epsilon, let weightDecay):
      let squares = slots[0]
      for i in 0..<count {
        let g = gradient[i] + weightDecay * p[i]
        squares[i] = decay * squares[i] + (1 - decay) * g * g
        p[i] -= rate * g / (squares[i].squareRoot() + epsilon)
      }
    case .adam(let beta1, let beta2, let epsilon, let weightDecay):
      Self.adam(p, gradient, slots, count, step, rate, beta1, beta2, epsilon, coupledDecay: weightDecay)
    case .adamW(let beta1, let beta2, let epsilon, let weightDecay):
      let kept = 1 - rate * weightDecay
      for i in 0..<count { p[i] *= kept }
      Self.adam(p, gradient, slots, count, step, rate, beta1, beta2, epsilon, coupledDecay: 0)
    }
  }

  private static func adam(
    _ p: UnsafeMutablePointer<Float>, _ gradient: UnsafePointer<Float>, _ slots: [UnsafeMutablePointer<Float>],
    _ count: Int, _ step: Int, _ rate: Float, _ beta1: Float, _ beta2: Float, _ epsilon: Float, coupledDecay: Float
  ) {
    let (mean, squares) = (slots[0], slots[1])
    let correction1 = Float(1 - power(Double(beta1), step))
    let correction2 = Float((1 - power(Double(beta2), step)).squareRoot())
    for i in 0..<count {
      let g = gradient[i] + coupledDecay * p[i]
      mean[i] = beta1 * mean[i] + (1 - beta1) * g
      squares[i] = beta2 * squares[i] + (1 - beta2) * g * g
      p[i] -= rate / correction1 * mean[i] / (squares[i].squareRoot() / correction2 + epsilon)
    }
  }

  /// x to a whole power, by squaring.
  private static func power(_ x: Double, _ exponent: Int) -> Double {
    var (result, base, rest) = (1.0, x, exponent)
    while rest > 0 {
      if rest & 1 == 1 { result *= base }
      base *= base
      rest >>= 1
    }
    return result
  }
}
