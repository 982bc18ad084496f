// Kernels that train stacks of residual layers, the layers of WaveNets for regression: over chunks of frames, forward
// and backward, everything of a layer in one or two passes.
//
//   z = f(main(input) + bias + mixin(condition)), sum += z, output = input + pointwise(z) + pointwise bias
//
// Channels are rows of frames, as of real-time networks, and weights are packed in the same groups. All ranges of frames
// begin and end with multiples of 16. Rows have 16 numbers before the first frame and 64 after the last. What is read
// before a range must be finite; in the backward pass `gate` is 0 after the last frame, and before `begin`.

#ifndef KODAMA_RESIDUAL_STACKS_H
#define KODAMA_RESIDUAL_STACKS_H

#include "Amplifiers.h"

typedef struct {
  size_t channels, gates, conditions, taps, dilation;
  // `KODAMA_AMPLIFIER_TANH` or `KODAMA_AMPLIFIER_LEAKY_RELU` with a slope below zero of at least 0.
  kodama_amplifier_function function;
  float slope;
  // The frames of a row, and floats from row to row.
  size_t frames, stride;
  const float *input;     // [channels]
  const float *condition; // [conditions]
  // [gates]: z; the backward pass puts the gradient before the activation here.
  float *gate;
  const float *main;      // [group of gates][tap][channel][gate of the group], the oldest tap first
  const float *bias;      // [gates]
  const float *mixin;     // [group of gates][condition][gate of the group]
  const float *pointwise; // [group of channels][gate][channel of the group]
  const float *pointwise_bias; // [channels]
} kodama_residual_layer;

// The rows of a forward pass.
typedef struct {
  size_t begin, end; // the frames
  float *output;     // [channels]; null where no layer follows
  float *sum;        // [gates]
  int begins;        // whether `sum` begins here
} kodama_residual_outputs;

// The rows of a backward pass. The first number of `output` and of `sum` is that of the frame `first`; their rows are
// `chunk` floats apart.
typedef struct {
  size_t first, chunk;
  // The frames of the layer's outputs, and from which on the gradient of its input is computed.
  size_t begin, end, input_begin;
  float *output;    // [channels]: the gradient of the next layer's input, which becomes that of this one's
  int is_zero;      // whether the gradient of the next layer's input is 0
  const float *sum; // [gates]: the gradient of the sum
  const float *main_transposed;      // [group of channels][tap][gate][channel of the group]
  const float *pointwise_transposed; // [group of gates][channel][gate of the group]
  // What is added to, as tensors have it.
  float *main;           // [gates][channels][taps]
  float *bias;           // [gates]
  float *mixin;          // [gates][conditions]
  float *pointwise;      // [channels][gates]
  float *pointwise_bias; // [channels]
} kodama_residual_gradients;

typedef struct {
  const char *name;
  void (*forward)(const kodama_residual_layer *, const kodama_residual_outputs *);
  // In chunks from the last to the first.
  void (*backward)(const kodama_residual_layer *, const kodama_residual_gradients *);
} kodama_residual_stacks;

// The entry of an instruction set, counted as `kodama_kernels_f32_entry` counts them.
const kodama_residual_stacks *kodama_residual_stacks_entry(size_t index);

// Frames [count][channels] as rows, and rows as frames.
void kodama_frames_to_rows(size_t element, size_t count, size_t channels, const void *frames, void *rows,
                           size_t stride);
void kodama_rows_to_frames(size_t element, size_t count, size_t channels, const void *rows, size_t stride,
                           void *frames);

#endif
