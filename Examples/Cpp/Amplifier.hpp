// Models of amplifiers in C++17: kodama.h with ownership and exceptions. Nothing to link but libkodama.

#ifndef KODAMA_AMPLIFIER_HPP
#define KODAMA_AMPLIFIER_HPP

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <kodama.h>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>

namespace kodama {

// A call that failed: its message, with file and field, and its status, which suits `exit`.
class Error : public std::runtime_error {
public:
  Error(kodama_status status, const kodama_error &error) : std::runtime_error(error.message), status_(status) {}
  kodama_status status() const noexcept { return status_; }

private:
  kodama_status status_;
};

// A model in the .nam format with its state, for one channel or voice. It can be moved, and is used by one thread at a
// time. All but its creation and destruction are for an audio thread.
class Amplifier {
public:
  // Throws Error where the file is missing or wrong.
  explicit Amplifier(const std::string &path) {
    kodama_amplifier *amplifier = nullptr;
    kodama_error error;
    kodama_status status = kodama_amplifier_load(path.c_str(), &amplifier, &error);
    if (status != KODAMA_OK) throw Error(status, error);
    amplifier_.reset(amplifier);
  }

  // In Hz.
  double sampleRate() const noexcept { return kodama_amplifier_sample_rate(amplifier_.get()); }
  std::uint32_t inputs() const noexcept { return kodama_amplifier_inputs(amplifier_.get()); }
  std::uint32_t outputs() const noexcept { return kodama_amplifier_outputs(amplifier_.get()); }
  // In samples.
  std::uint32_t latency() const noexcept { return kodama_amplifier_latency(amplifier_.get()); }
  // The number of networks of different sizes.
  std::uint32_t sizes() const noexcept { return kodama_amplifier_sizes(amplifier_.get()); }

  // In dB, where the file gives it.
  std::optional<double> loudness() const noexcept {
    double loudness = kodama_amplifier_loudness(amplifier_.get());
    if (std::isnan(loudness)) return std::nullopt;
    return loudness;
  }

  // Chooses a network by its size, from 0 to 1.
  void setSize(double size) noexcept { kodama_amplifier_set_size(amplifier_.get(), size); }
  // Returns to the state after silence.
  void reset() noexcept { kodama_amplifier_reset(amplifier_.get()); }

  // Processes planar channels, any number of frames. Outputs may be inputs.
  void process(const float *const *inputs, float *const *outputs, std::size_t frames) noexcept {
    kodama_amplifier_process(amplifier_.get(), inputs, outputs, frames);
  }

  // Processes samples of a model with one input and one output.
  void process(const float *input, float *output, std::size_t frames) noexcept { process(&input, &output, frames); }

private:
  struct Free {
    void operator()(kodama_amplifier *amplifier) const noexcept { kodama_amplifier_free(amplifier); }
  };
  std::unique_ptr<kodama_amplifier, Free> amplifier_;
};

} // namespace kodama

#endif
