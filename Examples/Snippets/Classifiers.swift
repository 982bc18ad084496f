import Kodama

/// Finds the labels of a recording, as the page "Classifiers" shows.
public func classifyRecording() throws {
  let classifier = try SoundClassifier(ClassifierModel.load("runs/ear"))
  let sound = try AudioFile.read("mine.wav")
  let found = try classifier.classify(sound.mono, sampleRate: sound.sampleRate)
  for set in found.sets { print(set.labelSet.name, set.label, set.probability) }
}
