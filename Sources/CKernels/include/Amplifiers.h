// Kernels of networks that run over sound in blocks, in real time: convolutions with their past, activations, gates,
// modulations, and whole layers of a WaveNet in one pass.
//
// Channels are rows of frames: the frames of a channel lie one after the other, `stride` floats from channel to channel.
// Vectors run along time, so that any number of channels is as fast as any other. Each frame's arithmetic is its own: the
// result does not depend on the sizes of blocks.

#ifndef KODAMA_AMPLIFIERS_H
#define KODAMA_AMPLIFIERS_H

#include <stddef.h>
#include <stdint.h>

enum {
  // The most frames of a step; longer blocks are several.
  KODAMA_AMPLIFIER_FRAMES = 64,
  // The most outputs whose sums are kept at once.
  KODAMA_AMPLIFIER_OUTPUTS = 6
};

// The outputs of the next group where so many are left. Weights are packed as [group][tap][input][outputs of the group].
// Of the sizes that leave registers for the inputs, six reads the fewest numbers for each product.
static inline size_t kodama_amplifier_group(size_t left) {
  switch (left) {
  case 1: case 2: case 3: case 4: return left;
  case 5: return 3;
  case 7: case 8: return 4;
  default: return 6;
  }
}

// Rows that a step reads or writes. With `length` 0 they are a block that is not kept. Otherwise each row is a ring of
// `length` frames, a multiple of 64, followed by 64 that repeat its first ones, so that any 64 frames lie in a line; a
// block is written at `position`, also across the ring's end. `length` is at least 64 more than the frames of the past.
typedef struct {
  float *frames;
  size_t stride, length, position;
} kodama_amplifier_rows;

typedef enum {
  KODAMA_AMPLIFIER_TANH,
  KODAMA_AMPLIFIER_FAST_TANH, // a ratio of polynomials, within 1e-3 of tanh
  KODAMA_AMPLIFIER_HARD_TANH,
  KODAMA_AMPLIFIER_LEAKY_RELU, // below zero with a slope
  KODAMA_AMPLIFIER_SIGMOID,
  KODAMA_AMPLIFIER_SILU,
  KODAMA_AMPLIFIER_HARD_SWISH,
  KODAMA_AMPLIFIER_LEAKY_HARD_TANH, // bounds: minimum, maximum, slope below, slope above
  KODAMA_AMPLIFIER_SOFTSIGN
} kodama_amplifier_function;

typedef struct {
  kodama_amplifier_function function;
  const float *slopes; // of each channel
  float bounds[4];
} kodama_amplifier_activation;

typedef enum {
  KODAMA_AMPLIFIER_UNGATED, // f(a)
  KODAMA_AMPLIFIER_GATED,   // f(a) * g(b)
  KODAMA_AMPLIFIER_BLENDED  // g(b) * f(a) + (1 - g(b)) * a
} kodama_amplifier_gating;

// A convolution, or a pointwise one: y = bias + sum of weights * x, for groups of channels.
typedef struct {
  size_t inputs, outputs, groups, taps, dilation;
  const float *weights; // of each group of channels, packed as above; the oldest tap first
  const float *bias;    // NULL: none
} kodama_amplifier_convolution;

// A step of a program. `run` is one of the functions of a table.
typedef struct kodama_amplifier_step {
  void (*run)(const struct kodama_amplifier_step *, size_t frames);
  kodama_amplifier_rows *input, *condition, *output, *sum;
  // Of `convolve` (`main` alone) and `layer`.
  kodama_amplifier_convolution main, mixin, pointwise;
  // Of `activate` and `layer`: f, and g of a gate.
  kodama_amplifier_activation activation, second;
  kodama_amplifier_gating gating;
  // Of elementwise steps and `layer`: the channels, those of one half where there is a gate.
  size_t channels;
  int begins;   // of `layer`: whether `sum` begins here
  int shifts;   // of `modulate`: whether there is a shift
  float factor; // of `scale`
  float *scratch; // of `layer`: [channels * (1, or 2 where gated)][64]; of `recur`: the state
} kodama_amplifier_step;

// The functions of one instruction set.
typedef struct {
  const char *name;
  size_t lanes; // floats of a vector
  // output = main(input); keeps the input's ring.
  void (*convolve)(const kodama_amplifier_step *, size_t frames);
  // output += main(input)
  void (*convolve_add)(const kodama_amplifier_step *, size_t frames);
  // output = f(input), gated or blended by the second half of the input's channels; in place.
  void (*activate)(const kodama_amplifier_step *, size_t frames);
  // output = input * condition's first half (+ its second half); in place.
  void (*modulate)(const kodama_amplifier_step *, size_t frames);
  // output = input + condition; in place.
  void (*add)(const kodama_amplifier_step *, size_t frames);
  // output = factor * input; in place.
  void (*scale)(const kodama_amplifier_step *, size_t frames);
  // output = the hidden state of a layer of LSTM with `channels` units and `main.inputs` inputs. For each vector of units,
  // `main.bias` has [input, forget, cell, output gate][lanes], and `main.weights` the same for each input and then each
  // unit. `scratch` has the state in whole vectors: hidden, cell, and room for the next hidden.
  void (*recur)(const kodama_amplifier_step *, size_t frames);
  // A layer of a WaveNet, ungrouped and without modulations:
  //   z = gate(main(input) + mixin(condition)), sum (+)= z, output = input + pointwise(z)
  // No output where `output` is NULL, output = input where `pointwise` has no weights.
  void (*layer)(const kodama_amplifier_step *, size_t frames);
} kodama_amplifiers;

// The entry of an instruction set, counted as `kodama_kernels_f32_entry` counts them.
const kodama_amplifiers *kodama_amplifiers_entry(size_t index);

// Runs steps over at most 64 frames. Denormal numbers are zeros meanwhile; the processor's mode is restored.
void kodama_amplifier_run(const kodama_amplifier_step *steps, size_t count, size_t frames);

#endif
