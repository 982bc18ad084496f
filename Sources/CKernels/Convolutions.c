#include "Convolutions.h"

#include <string.h>

// MARK: Packing

size_t kodama_packed_count(const kodama_packing *p) {
  size_t inputs = p->extents[0] * p->extents[1] * p->extents[2], left = p->outputs % p->block;
  return inputs * (p->outputs - left + (left + p->vector - 1) / p->vector * p->vector);
}

// Runs a statement for every element of the packed matrix, with `at` its index in the matrix, and `real` 0 in padding.
#define EACH_PACKED(...)                                                                                               \
  for (size_t first = 0; first < p->outputs; first += p->block) {                                                      \
    size_t left = p->outputs - first < p->block ? p->outputs - first : p->block;                                       \
    size_t width = left < p->block ? (left + p->vector - 1) / p->vector * p->vector : p->block;                        \
    for (size_t a = 0; a < p->extents[0]; a++)                                                                         \
      for (size_t b = 0; b < p->extents[1]; b++)                                                                       \
        for (size_t c = 0; c < p->extents[2]; c++) {                                                                   \
          ptrdiff_t at = (ptrdiff_t)first * p->output_stride + (ptrdiff_t)a * p->strides[0] +                          \
                         (ptrdiff_t)b * p->strides[1] + (ptrdiff_t)c * p->strides[2];                                  \
          for (size_t o = 0; o < width; o++, at += p->output_stride, index++) {                                        \
            int real = o < left;                                                                                       \
            __VA_ARGS__                                                                                                \
          }                                                                                                            \
        }                                                                                                              \
  }

void kodama_pack(size_t element, const kodama_packing *p, const void *matrix, void *packed) {
  size_t index = 0;
  if (element == 4) {
    EACH_PACKED(((uint32_t *)packed)[index] = real ? ((const uint32_t *)matrix)[at] : 0;)
  } else {
    EACH_PACKED(((uint64_t *)packed)[index] = real ? ((const uint64_t *)matrix)[at] : 0;)
  }
}

void kodama_unpack(size_t element, const kodama_packing *p, const void *packed, void *matrix) {
  size_t index = 0;
  if (element == 4) {
    EACH_PACKED(if (real) ((uint32_t *)matrix)[at] = ((const uint32_t *)packed)[index];)
  } else {
    EACH_PACKED(if (real) ((uint64_t *)matrix)[at] = ((const uint64_t *)packed)[index];)
  }
}

// MARK: Runs

size_t kodama_taps_of_run(const kodama_windows *w, size_t channels) {
  return channels == w->channels && w->dilation_width == 1 ? w->kernel_width : 1;
}

// The run of `taps` pixels from x on, which does not lie on the map as a whole: zeros, or a copy with zeros beside the
// map.
static const char *edge_run(const char *line, ptrdiff_t x, ptrdiff_t taps, ptrdiff_t width, size_t pixel,
                            const char *zeros, char **copy) {
  if (x >= width || x + taps <= 0) return zeros;
  char *run = *copy;
  const size_t length = (size_t)taps * pixel;
  const size_t before = x < 0 ? (size_t)-x * pixel : 0;
  const size_t after = x + taps > width ? (size_t)(x + taps - width) * pixel : 0;
  memset(run, 0, before);
  memcpy(run + before, line + (x < 0 ? 0 : (size_t)x * pixel), length - before - after);
  memset(run + length - after, 0, after);
  *copy += length;
  return run;
}

void kodama_find_runs(size_t element, const kodama_windows *w, size_t first_channel, size_t channels, size_t first,
                      size_t count, const void *maps, const void **starts, void *copies) {
  const ptrdiff_t height = (ptrdiff_t)w->height, width = (ptrdiff_t)w->width;
  const ptrdiff_t taps = (ptrdiff_t)kodama_taps_of_run(w, channels), step = (ptrdiff_t)w->stride_width;
  const size_t pixel = w->channels * element, length = (size_t)taps * channels * element;
  const char *zeros = copies;
  char *copy = (char *)copies + length;
  memset(copies, 0, length);
  const size_t first_row = first / w->out_width, first_column = first % w->out_width;
  for (size_t ky = 0; ky < w->kernel_height; ky++) {
    for (size_t kx = 0; kx < w->kernel_width; kx += (size_t)taps, starts += count) {
      size_t sample = first_row / w->out_height, row = first_row % w->out_height, column = first_column;
      for (size_t p = 0; p < count; row++, column = 0) {
        if (row == w->out_height) {
          row = 0;
          sample++;
        }
        size_t end = count - p < w->out_width - column ? column + count - p : w->out_width;
        ptrdiff_t y = (ptrdiff_t)(row * w->stride_height + ky * w->dilation_height) - w->padding_height;
        if (y < 0 || y >= height) {
          for (; column < end; column++) starts[p++] = zeros;
          continue;
        }
        const char *line = (const char *)maps + first_channel * element +
                           (sample * w->height + (size_t)y) * w->width * pixel;
        ptrdiff_t x = (ptrdiff_t)(column * w->stride_width + kx * w->dilation_width) - w->padding_width;
        for (; column < end && x < 0; column++, x += step)
          starts[p++] = edge_run(line, x, taps, width, pixel, zeros, &copy);
        // Those that lie on the map as a whole.
        size_t inside = x + taps <= width ? (size_t)((width - taps - x) / step) + 1 : 0;
        if (inside > end - column) inside = end - column;
        const char *run = line + x * (ptrdiff_t)pixel;
        for (size_t i = 0; i < inside; i++) starts[p + i] = run + i * (size_t)step * pixel;
        p += inside;
        column += inside;
        x += (ptrdiff_t)inside * step;
        for (; column < end; column++, x += step)
          starts[p++] = edge_run(line, x, taps, width, pixel, zeros, &copy);
      }
    }
  }
}

void kodama_find_places(size_t element, const kodama_places *g, size_t first, size_t count, void *maps,
                        void **addresses) {
  size_t column = first % g->columns, row = first / g->columns % g->rows, sample = first / g->columns / g->rows;
  for (size_t p = 0; p < count; row++, column = 0) {
    if (row == g->rows) {
      row = 0;
      sample++;
    }
    size_t end = count - p < g->columns - column ? column + count - p : g->columns;
    size_t y = sample * g->height + g->first_row + row * g->row_step;
    for (; column < end; column++) {
      size_t place = y * g->width + g->first_column + column * g->column_step;
      addresses[p++] = (char *)maps + place * g->channels * element;
    }
  }
}
