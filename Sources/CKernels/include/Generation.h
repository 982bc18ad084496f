// Kernels of incremental generation: products of packed matrices with vectors, the gate, the conversion of numbers for
// products, and the draw of a class.
//
// A step buffer is the memory of one step of one signal, in which every vector has its offset, the same in all buffers,
// a multiple of 64 bytes. An operation specifies its inputs and outputs by offsets in bytes, and is carried out for
// many steps at once; each comes out as it would alone, because every output has one order of summation.
//
// Packed weights are read once from end to end: for each tile of `tile_outputs` outputs (the last tile: of what is
// left, in whole KODAMA_LANES) rows of KODAMA_ROW_BYTES for every KODAMA_LANES outputs:
//
//     f32    a row for each input: [lanes]
//     bf16   a row for 2 inputs: [lanes][2]
//     int8   a row for 4 inputs: [lanes][4]
//     int4   for each KODAMA_GROUP inputs a row of float scales, then rows for 8 inputs: [lanes][4], the lower four
//            bits of a byte the weight of inputs 0 to 3 plus 8, the upper four that of inputs 4 to 7
//
// Inputs and outputs are padded with weights of 0 to whole rows and lanes, and a product writes all outputs.
//
// Block-sparse weights of f32, bf16 and int8 are those of blocks of KODAMA_LANES outputs by KODAMA_BLOCK_INPUTS inputs,
// each in rows as above, without the blocks that are 0: for each KODAMA_LANES of outputs its blocks in the order of their
// inputs. Their places are in an index, for each KODAMA_LANES of outputs the number of blocks, then the first input of
// each, over KODAMA_BLOCK_INPUTS.
//
// Instruction sets that multiply 16 bits have paired blocks of int8: [2 pairs of inputs][8 outputs][2 inputs] integers
// of 16 bits, the weight of the output plus 256 times that of the output 8 further. Two shifts make of their sums those
// of both outputs, where no more than KODAMA_BLOCK_RUN blocks are added up: 2^23 / (127 * 255 * KODAMA_BLOCK_INPUTS).

#ifndef KODAMA_GENERATION_H
#define KODAMA_GENERATION_H

#include <stddef.h>
#include <stdint.h>

// Outputs are padded to a multiple of this.
#define KODAMA_LANES 16
// Bytes of KODAMA_LANES outputs in a row.
#define KODAMA_ROW_BYTES 64
// Inputs that share the scales of 4-bit weights.
#define KODAMA_GROUP 32
// Inputs of a block of sparse weights.
#define KODAMA_BLOCK_INPUTS 4
// Places of blocks of int8 in a part of a product, for whose inputs kernels have room.
#define KODAMA_BLOCK_PLACES 1024
#define KODAMA_BLOCK_RUN 64

// A step buffer, and the buffer that holds the conditions of its step: itself, or one of conditions alone.
typedef struct {
  char *base;
  const char *conditions;
} kodama_step_buffer;

// The initial values of the sums of a product.
typedef enum {
  KODAMA_ACCUMULATE_FROM_ZERO,
  KODAMA_ACCUMULATE_ONTO_SUMS, // the sums at y
} kodama_accumulation;

// The treatment of the sums of a product.
typedef enum {
  KODAMA_EPILOGUE_NONE,       // they are written as they are, for a product from sums
  KODAMA_EPILOGUE_BIAS,       // y = s + bias
  KODAMA_EPILOGUE_ADD,        // y = factor * (addend + s + bias)
  KODAMA_EPILOGUE_CONDITION, // the same with the addend from the buffer of conditions
  KODAMA_EPILOGUE_ACCUMULATE, // y = y + s
} kodama_epilogue;

// Some inputs of a product and their weights.
typedef struct {
  const void *packed;
  const uint16_t *index; // of sparse weights
  size_t inputs;         // padded
  size_t x;              // offset in a step buffer, in bytes
} kodama_part;

// What products take, from floats: v = factor * x, and max(v, 0) where `rectified`; as it is, rounded to bfloat16, or
// min(max(round(v) + zero_point, 0), 255) as a byte. Halves are rounded to even. Whole KODAMA_LANES are read and
// written.
//
// The gates convert tanh(x) * sigmoid(gate) instead of x, and nothing is rectified.
typedef struct {
  size_t count;
  size_t x, gate, y;
  float factor;
  int32_t rectified, zero_point;
} kodama_conversion;

// A product: s = W x, where W and x may come in two parts. x are floats, bfloat16, or for int8 and int4 bytes without
// sign. Sums of f32 are of single precision: in each part what stands and the even inputs in their order, plus the odd
// inputs in their order; likewise of bf16 over pairs of inputs. Sums of int8 are exact integers, and s = scale * sum;
// of int4 the sum of a group is an exact integer, and s the sum of scale * sum in the order of groups. Sparse products
// of f32 and bf16 have four sums in each part, the first initialized with the sum so far, the others with 0; rows are
// added to them in turn, and s = (s0 + s1) + (s2 + s3).
typedef struct {
  kodama_part parts[2];
  size_t part_count;
  size_t outputs;      // padded
  size_t prefetch_distance; // bytes between the weights in use and those prefetched; 0 for none
  const float *bias;   // [outputs]; for int8 and int4 less what the zero point of x adds
  const float *scales; // [outputs], of int8
  size_t y, addend;    // offsets in a step buffer, in bytes
  kodama_accumulation accumulation;
  kodama_epilogue epilogue;
  float factor;
  int32_t converts;             // whether y is also written as bytes, as by `conversion`, whose x is y
  kodama_conversion conversion;
} kodama_product;

// The past inputs of one dilated convolution: a ring of `history` slots, of which that of index `slot` (a uint32_t of
// the step buffer) holds the oldest and takes the next. Slots lie `slot_bytes` apart, a multiple of 64; behind the past
// taps there is room for another 64 bytes.
typedef struct {
  size_t ring, slot, slot_bytes;
  size_t past, present, tap_bytes;
  uint32_t history, dilation, taps; // taps before the present one
} kodama_ring;

typedef struct {
  const kodama_ring *rings;
  size_t count;
} kodama_rings;

// A gated recurrent unit: of its gates a = W x + b and recurrent products p = U h + c, both [reset, update, new] of `units`
// floats each, and of the state h before the step, which is replaced:
//
//     r, u = sigmoid(a + p)      n = tanh(a + r p)      h' = n + u (h - n)
typedef struct {
  size_t units;
  size_t gates, product, state; // offsets in a step buffer, in bytes
} kodama_gru;

// One operation of a program: a kernel and its operands.
typedef struct kodama_operation {
  void (*run)(const struct kodama_operation *, size_t steps, const kodama_step_buffer *buffers);
  union {
    kodama_product product;
    kodama_conversion conversion;
    kodama_rings rings;
    kodama_gru gru;
  };
} kodama_operation;

typedef void (*kodama_kernel)(const kodama_operation *, size_t steps, const kodama_step_buffer *buffers);

typedef struct {
  const char *name;
  // Outputs of a whole tile, a multiple of KODAMA_LANES.
  size_t tile_outputs;
  // Columns that one reading of the weights serves at most: more are served in turn.
  size_t tile_steps;
  // Whether the blocks of sparse weights of int8 are paired.
  int32_t has_paired_blocks;

  kodama_kernel product_f32;
  kodama_kernel product_bf16;
  kodama_kernel product_int8;
  kodama_kernel product_int4;
  kodama_kernel sparse_f32;
  kodama_kernel sparse_bf16;
  kodama_kernel sparse_int8;

  kodama_kernel gate_f32;
  kodama_kernel gate_bf16;
  kodama_kernel gate_u8;
  // Copies the past taps of a step from their rings, all rings at once, so that their cache misses
  // overlap: they were last accessed a dilation ago. `keep` copies the present inputs into their rings and advances
  // them.
  kodama_kernel gather;
  kodama_kernel keep;
  kodama_kernel convert_f32;
  kodama_kernel convert_bf16;
  kodama_kernel convert_u8;
  kodama_kernel gru;

  // The largest of n > 0 numbers, and the index of the first; NaN is passed over. -infinity and 0 where all are.
  float (*largest)(size_t n, const float *x, size_t *index);
  // weights = e^(scale * (x - largest)); `largest` is that of x, `scale` at least 0 and finite.
  void (*exponentials)(size_t n, float scale, float largest, const float *x, float *weights);
  // The sum of the weights; and the first index where the running sum in the same order is above `target`, or n.
  double (*total)(size_t n, const float *weights);
  size_t (*locate)(size_t n, const float *weights, double target);

  // For measuring: reads memory once, prefetching `prefetch_distance` bytes ahead; and runs `rounds` rounds of
  // multiply-adds on registers and the nearest cache, and returns how many a round has. Results depend on what was
  // read, so that nothing is left out.
  uint64_t (*read)(size_t bytes, const void *memory, size_t prefetch_distance);
  size_t (*multiply_f32)(size_t rounds, float *result);
  size_t (*multiply_bf16)(size_t rounds, float *result);
  size_t (*multiply_int8)(size_t rounds, float *result);
  size_t (*multiply_blocks)(size_t rounds, float *result); // of int8
} kodama_generation;

// The entry of an instruction set, counted as `kodama_kernels_f32_entry` counts them.
const kodama_generation *kodama_generation_entry(size_t index);

// Runs operations one after another.
void kodama_run(const kodama_operation *operations, size_t count, size_t steps, const kodama_step_buffer *buffers);

#endif
