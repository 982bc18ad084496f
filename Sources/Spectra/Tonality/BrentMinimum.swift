/// Brent's search for the minimum of a function of one number: parabolas through the best points so far, and golden
/// sections where these do not help.
///
/// - Source: Brent 1973, "Algorithms for minimization without derivatives", chapter 5.
enum BrentMinimum {
  /// 1 minus the golden ratio.
  private static let golden = (3 - 5.0.squareRoot()) / 2

  /// A local minimum within bounds, the only one where there is one.
  ///
  /// - Parameter tolerance: the precision of the place.
  static func find(
    in bounds: ClosedRange<Double>, tolerance: Double, _ function: (Double) -> Double
  ) -> (place: Double, value: Double) {
    var (low, high) = (bounds.lowerBound, bounds.upperBound)
    // The best point, the second best, and the second best before.
    var best = low + golden * (high - low)
    var (second, third) = (best, best)
    var value = function(best)
    var (secondValue, thirdValue) = (value, value)
    var (step, lastStep) = (0.0, 0.0)
    while true {
      let middle = (low + high) / 2
      let least = 1e-15 * abs(best) + tolerance / 3
      if abs(best - middle) <= 2 * least - (high - low) / 2 { return (best, value) }
      var isParabola = false
      if abs(lastStep) > least {
        let r = (best - second) * (value - thirdValue)
        var q = (best - third) * (value - secondValue)
        var p = (best - third) * q - (best - second) * r
        q = 2 * (q - r)
        if q > 0 { p = -p }
        q = abs(q)
        if abs(p) < abs(q * lastStep / 2), p > q * (low - best), p < q * (high - best) {
          (lastStep, step, isParabola) = (step, p / q, true)
          let next = best + step
          if next - low < 2 * least || high - next < 2 * least { step = best < middle ? least : -least }
        }
      }
      if !isParabola {
        lastStep = (best < middle ? high : low) - best
        step = golden * lastStep
      }
      let next = best + (abs(step) >= least ? step : step > 0 ? least : -least)
      let nextValue = function(next)
      if nextValue <= value {
        if next < best { high = best } else { low = best }
        (third, thirdValue, second, secondValue, best, value) = (second, secondValue, best, value, next, nextValue)
      } else {
        if next < best { low = next } else { high = next }
        if nextValue <= secondValue || second == best {
          (third, thirdValue, second, secondValue) = (second, secondValue, next, nextValue)
        } else if nextValue <= thirdValue || third == best || third == second {
          (third, thirdValue) = (next, nextValue)
        }
      }
    }
  }
}
