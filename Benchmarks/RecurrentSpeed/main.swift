// What Benchmarks/recurrent.py times: reads a line "MODE UNIT BATCH TIME INPUTS UNITS THREADS ROUNDS" for each measurement
// and answers with a line of JSON: the seconds of a round (of a step, where the mode is "step"), and numbers that the peer
// must agree with.

import KodamaCore
import KodamaLayers
import KodamaTensors

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// The numbers of a seed, as the script has them.
func numbers(_ shape: Shape, seed: Double, scale: Double = 1) -> Tensor<Float> {
  Tensor(
    shape,
    (0..<shape.count).map {
      let i = Double($0)
      return Float(scale * sin(0.37 * i * i + 0.61 * i + seed))
    })
}

func seconds(_ body: () -> Void) -> Double {
  let clock = ContinuousClock()
  let start = clock.now
  body()
  let time = start.duration(to: clock.now).components
  return Double(time.seconds) + Double(time.attoseconds) * 1e-18
}

/// The sum of products with the numbers of a seed.
func projection(_ x: Tensor<Float>, seed: Double) -> Double {
  zip(x.elements, numbers(x.shape, seed: seed).elements).reduce(0) { $0 + Double($1.0) * Double($1.1) }
}

print("\(InstructionSet.current), OpenBLAS for \(MatrixLibrary.core)")
fflush(nil)
MatrixLibrary.useOneThread()
while let line = readLine() {
  let words = line.split(separator: " ")
  let sizes = words.dropFirst(2).compactMap { Int($0) }
  guard words.count == 8, sizes.count == 6, let unit = RecurrentUnit(rawValue: String(words[1])) else {
    fatalError("a line must be MODE UNIT BATCH TIME INPUTS UNITS THREADS ROUNDS, not \(line)")
  }
  let (batch, time, inputs, units, threads, rounds) = (sizes[0], sizes[1], sizes[2], sizes[3], sizes[4], sizes[5])
  let layer = RecurrentLayer("n", unit, inputs: inputs, units: units)
  let scale = 1 / Double(units).squareRoot()
  let seeds = Dictionary(uniqueKeysWithValues: layer.declarations.enumerated().map { ($1.name, Double(10 + $0)) })
  let shapes = Dictionary(uniqueKeysWithValues: layer.declarations.map { ($0.name, $0.shape) })
  let parameters = Parameters<Float>(layer.declarations) { numbers(shapes[$0]!, seed: seeds[$0]!, scale: scale) }
  let workspace = try Workspace(forProductsOn: Workers(threads: threads))
  var (results, times) = ([Double](), [Double]())
  switch words[0] {
  case "train":
    let (x, weights) = (numbers([batch, time, inputs], seed: 1), numbers([batch, time, units], seed: 2))
    var gradients = parameters.zeros
    for _ in 0..<rounds {
      times.append(
        seconds {
          let pass = Pass(parameters, phase: .training(seed: 1), workspace: workspace)
          let y = layer.forward(pass.tape.constant(x), pass).outputs
          gradients = pass.gradients(of: (y * pass.tape.constant(weights)).sum())
        })
    }
    results = layer.declarations.map { projection(gradients[$0.name], seed: 3) }
  case "forward":
    let x = numbers([batch, time, inputs], seed: 1)
    for _ in 0..<rounds {
      let pass = Pass(parameters, workspace: workspace)
      var y: Tensor<Float>?
      times.append(seconds { y = layer.forward(pass.tape.constant(x), pass).outputs.value })
      results = [projection(y!, seed: 3)]
    }
  case "step":
    var (stepper, x) = (
      RecurrentStepper(layer, parameters, streams: batch), numbers([batch, inputs], seed: 1).elements
    )
    var y = [Float](repeating: 0, count: batch * units)
    for _ in 0..<rounds {
      stepper.reset()
      let taken = seconds {
        x.withUnsafeBufferPointer { x in
          y.withUnsafeMutableBufferPointer { y in for _ in 0..<time { stepper.step(x, y) } }
        }
      }
      times.append(taken / Double(time))
    }
    results = [projection(Tensor([batch, units], y), seed: 3)]
    x.removeAll()
  default: fatalError("no mode \(words[0])")
  }
  print("{\"seconds\": \(times), \"results\": \(results)}")
  // The peer waits for the line.
  fflush(nil)
}
