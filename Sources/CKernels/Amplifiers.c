// The entries of the kernels of real-time networks: the template compiled for each instruction set.

#include "CKernels.h"
#include "Functions.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Where the frames of a block of a row begin, `delay` frames ago.
static inline const float *kodama_amplifier_tap(const kodama_amplifier_rows *rows, size_t delay) {
  const size_t position = rows->position;
  return rows->frames + (position >= delay ? position - delay : position + rows->length - delay);
}

// Repeats the frames of a block at the other end of the ring, so that the steps that read it find them in a line.
static inline void kodama_amplifier_mirror(const kodama_amplifier_rows *rows, size_t channels, size_t frames) {
  const size_t most = KODAMA_AMPLIFIER_FRAMES, first = rows->position, end = first + frames, length = rows->length;
  if (length == 0 || (first >= most && end <= length)) return;
  for (size_t c = 0; c < channels; c++) {
    float *row = rows->frames + c * rows->stride;
    if (first < most) memcpy(row + length + first, row + first, ((end < most ? end : most) - first) * sizeof(float));
    if (end > length) memcpy(row, row + length, (end - length) * sizeof(float));
  }
}

static inline void kodama_amplifier_advance(kodama_amplifier_rows *rows, size_t frames) {
  if (rows->length == 0) return;
  const size_t next = rows->position + frames;
  rows->position = next >= rows->length ? next - rows->length : next;
}

#define KERNELS amplifiers
#define TEMPLATE "Amplifiers.inc"
#include "EachFrames.inc"

void kodama_amplifier_run(const kodama_amplifier_step *steps, size_t count, size_t frames) {
#if defined(__x86_64__)
  // Flush results to zero (bit 15), and take denormal operands as zeros (bit 6).
  const unsigned mode = _mm_getcsr();
  _mm_setcsr(mode | 0x8040);
#endif
  for (size_t i = 0; i < count; i++) steps[i].run(steps + i, frames);
#if defined(__x86_64__)
  _mm_setcsr(mode);
#endif
}

const kodama_amplifiers *kodama_amplifiers_entry(size_t index) {
  switch (index) {
#if defined(__x86_64__)
  case 1: return &table_amplifiers_avx2;
  case 2:
  case 3: return &table_amplifiers_avx512;
#endif
  default: return &table_amplifiers_portable;
  }
}
