// swift-tools-version: 6.2
import PackageDescription

let package = Package(
  name: "Player",
  dependencies: [.package(path: "../kodama")],
  targets: [
    .executableTarget(name: "Player", dependencies: [.product(name: "KodamaGeneration", package: "kodama")])
  ]
)
