import Kodama

let training = try TrainingJob(corpus: "recordings", run: "runs/first", settings: TrainingSettings(.tiny))
try training.train(until: .steps(50))  // half a minute; thousands of steps make a better model

let model = try WaveNetModel.load("runs/first")
let sound = try GenerationJob(model: model, seed: 1, samples: 3 * model.sampleRate)
try sound.write(to: ["first.wav"])

let score = try ScoreJob(model: model, corpus: "recordings").score()
print(score.bitsPerSample)
