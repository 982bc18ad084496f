// The operands of dense convolutions: the inputs of each output as a few runs of memory behind pointers, the weight
// packed for products with them, and the positions of the outputs. A parameter `element` is the size of an element, 4
// or 8 bytes.
//
// A packed matrix is [blocks of outputs][inputs][outputs of the block]: whole blocks first, then what is left, padded
// with 0 to whole vectors.

#ifndef KODAMA_CONVOLUTIONS_H
#define KODAMA_CONVOLUTIONS_H

#include <stddef.h>
#include <stdint.h>

#include "Windows.h"

// The inputs of `rows` outputs: `runs` runs of `length` elements each; starts[j * rows + p] points to run j of output
// p.
typedef struct {
  size_t rows, runs, length;
  const void *const *starts;
} kodama_runs;

// What becomes of the sums of a product before they are written: `added` [rows], unless NULL, points to numbers that are
// added to each row, then all are limited to a range. NaN stays NaN.
typedef struct {
  float lower, upper;
  const void *const *added;
} kodama_finish;

// Which numbers pass: those whose number b, times `scale` plus `shift` of its channel, lies between two limits.
typedef struct {
  const float *scale, *shift;
  float lower, upper;
} kodama_passage;

// A matrix to be packed: its element of output o and input (a, b, c) is at o * output_stride + a * strides[0] +
// b * strides[1] + c * strides[2], and the inputs are counted with c first to vary.
typedef struct {
  size_t outputs, block, vector;
  ptrdiff_t output_stride;
  size_t extents[3];
  ptrdiff_t strides[3];
} kodama_packing;

// The elements of a packed matrix.
size_t kodama_packed_count(const kodama_packing *packing);
void kodama_pack(size_t element, const kodama_packing *packing, const void *matrix, void *packed);
// The inverse.
void kodama_unpack(size_t element, const kodama_packing *packing, const void *packed, void *matrix);

// How many taps of a kernel's row are one run: all where they and the channels lie side by side, else 1.
size_t kodama_taps_of_run(const kodama_windows *windows, size_t channels);

// Finds the runs of `count` outputs from output `first` on, counted through all samples
// [samples][height][width][channels], of `channels` channels from `first_channel` on. Windows across an edge are
// copied, with 0 outside the map: `copies` has room for one run, and for all.
void kodama_find_runs(size_t element, const kodama_windows *windows, size_t first_channel, size_t channels, size_t first,
                      size_t count, const void *maps, const void **starts, void *copies);

// Some positions of maps [samples][height][width][channels]: `rows` by `columns` of each, from one on in steps.
typedef struct {
  size_t height, width, channels;
  size_t rows, columns;
  size_t first_row, first_column;
  size_t row_step, column_step;
} kodama_places;

// The addresses of `count` of them from place `first` on, counted through all samples.
void kodama_find_places(size_t element, const kodama_places *places, size_t first, size_t count, void *maps,
                        void **addresses);

#endif
