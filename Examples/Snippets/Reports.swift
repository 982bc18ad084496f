import Kodama

/// Draws a run with more of its samples than usual.
public func reportRun() throws {
  var job = try RunReportJob(run: "runs/first")
  job.report.mostSamples = 24
  try job.write(to: "pages/first.html", existing: .replace)
}

/// Compares two runs under a title of its own.
public func compareRuns() throws {
  var job = try RunComparisonJob(runs: ["runs/first", "runs/faster"])
  job.comparison.title = "Learning rates"
  try job.write(to: "pages/rates.html", existing: .replace)
}

/// Writes the page of an evaluation.
public func reportEvaluation() throws {
  let sides = ["recordings/harp/000.wav", "harp.wav"].map { path in
    [Sound(name: path) { try FileSource(path) }]
  }
  let result = try Evaluation().compare(reference: sides[0], generated: sides[1])
  let report = EvaluationReport(result, title: "A harp")
  try report.write(to: "pages/harp", reference: sides[0], generated: sides[1], existing: .replace)
}
