// The module for users of the package.

@_exported import KodamaAmplifierTraining
@_exported import KodamaAmplifiers
@_exported import KodamaAudio
@_exported import KodamaCheckpoints
@_exported import KodamaClassifierTraining
@_exported import KodamaClassifiers
@_exported import KodamaCompression
@_exported import KodamaCore
@_exported import KodamaDistributed
@_exported import KodamaExport
@_exported import KodamaFeatures
@_exported import KodamaGeneration
@_exported import KodamaInference
@_exported import KodamaLayers
@_exported import KodamaNetworks
@_exported import KodamaReinforcement
@_exported import KodamaReports
@_exported import KodamaSignal
@_exported import KodamaSpectra
@_exported import KodamaTensors
@_exported import KodamaTraining
@_exported import KodamaTrainingReports
@_exported import KodamaTuning
@_exported import KodamaWaveNetTraining
@_exported import KodamaWaveNets
