// Renders and times a .nam file with NeuralAmpModelerCore, block by block.
//
//   nam_driver render MODEL IN OUT [--block 64] [--fast] [--slim RATIO]
//   nam_driver speed MODEL [--block 64] [--seconds 10] [--runs 5] [--fast] [--slim RATIO]
//
// IN and OUT are raw 32-bit floats, mono, at the rate of the model. The model is reset before (which plays zeros
// through it), and tanh is the exact one but with --fast. `speed` prints JSON: the median over the runs of times real
// time, and of the seconds of a block the median, the 99th and 99.9th percentile and the largest over all runs.
// Exit code 1: the model is refused, with the reason on standard error. 2: usage.

#include <algorithm>
#include <bit>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <filesystem>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "NAM/activations.h"
#include "NAM/dsp.h"
#include "NAM/get_dsp.h"
#include "NAM/slimmable.h"

namespace {

struct Options {
  std::vector<std::string> positional;
  int block = 64;
  double seconds = 10;
  int runs = 5;
  bool fast = false;
  double slim = -1;
};

[[noreturn]] void usage() {
  std::fputs("usage: nam_driver render MODEL IN OUT | speed MODEL  [--block N] [--seconds S] [--runs N] [--fast]"
             " [--slim RATIO]\n", stderr);
  std::exit(2);
}

Options parse(int argc, char **argv) {
  Options options;
  for (int i = 1; i < argc; i++) {
    const std::string argument = argv[i];
    auto value = [&] {
      if (++i >= argc) usage();
      return std::atof(argv[i]);
    };
    if (argument == "--fast") options.fast = true;
    else if (argument == "--block") options.block = (int)value();
    else if (argument == "--seconds") options.seconds = value();
    else if (argument == "--runs") options.runs = (int)value();
    else if (argument == "--slim") options.slim = value();
    else if (argument.rfind("--", 0) == 0) usage();
    else options.positional.push_back(argument);
  }
  if (options.block < 1 || options.runs < 1 || options.seconds <= 0) usage();
  return options;
}

/// A model that is warm, and the buffers of one block.
struct Player {
  std::unique_ptr<nam::DSP> model;
  int block;
  double rate;
  std::vector<NAM_SAMPLE> input, output;
  std::vector<NAM_SAMPLE *> inputs, outputs;

  Player(const std::string &path, const Options &options) : block(options.block) {
    if (options.fast) nam::activations::Activation::enable_fast_tanh();
    model = nam::get_dsp(std::filesystem::path(path));
    if (model->NumInputChannels() != 1) throw std::runtime_error("the model has more than one input");
    if (options.slim >= 0) {
      auto *slimmable = dynamic_cast<nam::SlimmableModel *>(model.get());
      if (!slimmable) throw std::runtime_error("the model cannot be slimmed");
      slimmable->SetSlimmableSize(options.slim);
    }
    rate = model->GetExpectedSampleRate() > 0 ? model->GetExpectedSampleRate() : 48000;
    model->Reset(rate, block);
    input.resize(block);
    output.resize((size_t)block * model->NumOutputChannels());
    inputs = {input.data()};
    for (int channel = 0; channel < model->NumOutputChannels(); channel++)
      outputs.push_back(output.data() + (size_t)channel * block);
  }

  void play(const float *in, float *out, int count) {
    for (int i = 0; i < count; i++) input[i] = in[i];
    model->process(inputs.data(), outputs.data(), count);
    for (int i = 0; i < count; i++) out[i] = (float)output[i];
  }
};

int render(const Options &options) {
  if (options.positional.size() != 4) usage();
  std::vector<float> samples;
  FILE *file = std::fopen(options.positional[2].c_str(), "rb");
  if (!file) return std::perror(options.positional[2].c_str()), 1;
  float buffer[4096];
  for (size_t count; (count = std::fread(buffer, sizeof(float), 4096, file)) > 0;)
    samples.insert(samples.end(), buffer, buffer + count);
  std::fclose(file);

  Player player(options.positional[1], options);
  for (size_t start = 0; start < samples.size(); start += options.block) {
    const int count = (int)std::min<size_t>(options.block, samples.size() - start);
    player.play(&samples[start], &samples[start], count);
  }
  file = std::fopen(options.positional[3].c_str(), "wb");
  if (!file) return std::perror(options.positional[3].c_str()), 1;
  const bool written = std::fwrite(samples.data(), sizeof(float), samples.size(), file) == samples.size();
  return std::fclose(file) == 0 && written ? 0 : 1;
}

double quantile(const std::vector<double> &sorted, double share) {
  return sorted[std::min(sorted.size() - 1, (size_t)(share * sorted.size()))];
}

int speed(const Options &options) {
  if (options.positional.size() != 2) usage();
  Player player(options.positional[1], options);
  // A decaying chord with noise, a second long: neither silence nor denormals.
  std::vector<float> signal((size_t)player.rate / options.block * options.block), sink(options.block);
  std::mt19937 generator(1);
  std::normal_distribution<float> noise(0, 0.01f);
  for (size_t i = 0; i < signal.size(); i++) {
    const double t = i / player.rate;
    signal[i] = (float)(0.3 * std::exp(-2 * t) * (std::sin(691.15 * t) + std::sin(1036.7 * t))) + noise(generator);
  }
  using clock = std::chrono::steady_clock;
  const size_t blocks = std::max<size_t>(1, (size_t)(options.seconds * player.rate) / options.block);
  std::vector<double> times, factors;
  bool finite = true;
  for (int run = -1; run < options.runs; run++) {
    // The first, shorter run only warms the caches.
    const size_t count = run < 0 ? std::max<size_t>(1, blocks / 4) : blocks;
    const auto start = clock::now();
    auto last = start;
    for (size_t i = 0, at = 0; i < count; i++, at += options.block) {
      if (at >= signal.size()) at = 0;
      player.play(&signal[at], sink.data(), options.block);
      const auto now = clock::now();
      if (run >= 0) times.push_back(std::chrono::duration<double>(now - last).count());
      last = now;
      // By the bits, as the flags of the build may leave out NaN.
      finite &= (std::bit_cast<uint32_t>(sink[0]) & 0x7f800000) != 0x7f800000;
    }
    const double seconds = std::chrono::duration<double>(last - start).count();
    if (run >= 0) factors.push_back((double)count * options.block / player.rate / seconds);
  }
  if (!finite) throw std::runtime_error("the output is not finite");
  std::sort(times.begin(), times.end());
  std::sort(factors.begin(), factors.end());
  std::printf("{\"realTimeFactor\": %.4f, \"best\": %.4f, \"rate\": %g, \"block\": %d, \"blockSeconds\": "
              "{\"median\": %.4e, \"p99\": %.4e, \"p999\": %.4e, \"largest\": %.4e}}\n",
              quantile(factors, 0.5), factors.back(), player.rate, options.block, quantile(times, 0.5),
              quantile(times, 0.99), quantile(times, 0.999), times.back());
  return 0;
}

}  // namespace

int main(int argc, char **argv) {
  const Options options = parse(argc, argv);
  if (options.positional.empty()) usage();
  try {
    if (options.positional[0] == "render") return render(options);
    if (options.positional[0] == "speed") return speed(options);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
  usage();
}
