import KodamaTensors

extension AmplifierActivation {
  /// Applies the function to every element; channels are on the last axis.
  func forward<S: Scalar>(_ x: Variable<S>) -> Variable<S> {
    switch self {
    case .tanh: return x.tanh()
    case .fastTanh:
      let (a, s) = (x.magnitude(), x.squared())
      let above = x * ((a * 2.45550750702956 + 2.45550750702956) + (a * 0.821226666969744 + 0.893229853513558) * s)
      return above / ((s + 2.44506634652299) * (x + x * a * 0.814642734961073).magnitude() + 2.44506634652299)
    case .hardTanh: return x.hardTanh()
    case .relu: return x.relu()
    case .leakyReLU(let slope): return x.leakyReLU(slope: S(slope))
    case .prelu(let slopes) where slopes.count == 1: return x.leakyReLU(slope: S(slopes[0]))
    case .prelu(let slopes):
      let factors = x.tape.constant(Tensor([slopes.count], slopes.map { S($0) }))
      return x.relu() - (x * -1).relu() * factors
    case .sigmoid: return x.sigmoid()
    case .silu: return x.silu()
    case .hardSwish: return x.hardSwish()
    case .leakyHardTanh(let minimum, let maximum, let slopeBelow, let slopeAbove):
      let (low, high) = (S(minimum), S(maximum))
      let below = (x * -1 + low).relu() * S(-slopeBelow)
      return x.clamped(to: low...high) + below + (x + -high).relu() * S(slopeAbove)
    case .softsign: return x / (x.magnitude() + 1)
    }
  }
}
