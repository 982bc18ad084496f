// What Benchmarks/reinforcement.py times: reads a line "NAME COUNT SEED" for each measurement and answers with a line of
// JSON.

import KodamaCore
import KodamaReinforcement

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// A number of seconds, and a number that the peer must agree with.
func measurement(_ body: () throws -> (count: Int, result: Double)) rethrows -> String {
  let clock = ContinuousClock()
  let start = clock.now
  let (count, result) = try body()
  let time = start.duration(to: clock.now).components
  let seconds = Double(time.seconds) + Double(time.attoseconds) * 1e-18
  return "{\"count\": \(count), \"seconds\": \(seconds), \"result\": \(result)}"
}

while let line = readLine() {
  let words = line.split(separator: " ")
  guard words.count == 3, let count = Int(words[1]), let seed = UInt64(words[2]) else {
    fatalError("a line must be NAME COUNT SEED, not \(line)")
  }
  var random = Philox(seed: seed)
  switch words[0] {
  case "q-learning":
    // The mean reward of episodes after the first 200.
    var (walk, episodes, steps, reward) = (CliffWalking(), 0, 0, 0.0)
    var control = try TemporalDifferenceControl(
      .qLearning, stateCount: 48, actionCount: 4, stepSize: 0.5, discount: 1, .epsilonGreedy(0.1))
    print(
      measurement {
        while steps < count {
          let totals = control.playEpisode(&walk, using: &random)
          steps += totals.steps
          episodes += 1
          if episodes > 200 { reward += totals.reward }
        }
        return (steps, reward / Double(max(1, episodes - 200)))
      })
  case "uct":
    // The value of the middle cell.
    var search = try TreeSearch(TicTacToe())
    print(
      measurement {
        search.run(simulations: count, using: &random)
        return (count, search.candidates[4].value)
      })
  case "cart-pole":
    // The mean length of episodes of random pushes.
    var (pole, episodes) = (CartPole(), 1)
    _ = pole.reset(using: &random)
    print(
      measurement {
        for _ in 0..<count where pole.step(random.integer(below: 2), using: &random).isLast {
          _ = pole.reset(using: &random)
          episodes += 1
        }
        return (count, Double(count) / Double(episodes))
      })
  default: fatalError("no measurement \(words[0])")
  }
  // The peer waits for the line.
  fflush(nil)
}
