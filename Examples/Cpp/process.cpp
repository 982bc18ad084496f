// Processes raw 32-bit floats of this machine from standard input, one channel, by a model of an amplifier:
//
//     c++ -std=c++17 process.cpp $(pkg-config --cflags --libs kodama) -o process
//     ./process amp.nam < dry.raw > wet.raw

#include "Amplifier.hpp"
#include <cstdio>

namespace {

// As an audio thread would call it.
constexpr std::size_t blockSize = 64;

int run(kodama::Amplifier &amplifier) {
  float block[blockSize];
  while (std::size_t count = std::fread(block, sizeof *block, blockSize, stdin)) {
    amplifier.process(block, block, count);
    if (std::fwrite(block, sizeof *block, count, stdout) != count) break;
  }
  if (std::feof(stdin) && std::fflush(stdout) == 0) return 0;
  std::perror("process");
  return 74;
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: process MODEL.nam < IN.raw > OUT.raw\n");
    return KODAMA_USAGE;
  }
  try {
    kodama::Amplifier amplifier(argv[1]);
    if (amplifier.inputs() != 1 || amplifier.outputs() != 1) {
      std::fprintf(stderr, "process: %s has more than one input or output\n", argv[1]);
      return KODAMA_BAD_DATA;
    }
    std::fprintf(stderr, "%s: %.0f Hz", argv[1], amplifier.sampleRate());
    if (auto loudness = amplifier.loudness()) std::fprintf(stderr, ", %.1f dB", *loudness);
    std::fprintf(stderr, "\n");
    return run(amplifier);
  } catch (const kodama::Error &error) {
    std::fprintf(stderr, "process: %s\n", error.what());
    return error.status();
  }
}
