// What `import KodamaGeneration` brings along: the modules whose types its public signatures have, and theirs.

@_exported import KodamaCheckpoints
@_exported import KodamaCore
@_exported import KodamaInference
@_exported import KodamaLayers
@_exported import KodamaSignal
@_exported import KodamaTensors
@_exported import KodamaWaveNets
