#include "Windows.h"

#include <string.h>

// Runs a statement for every output and tap, with `inside` set where the tap lies on the map, and `place` the index of
// its element. What is before the map wraps to numbers beyond it.
#define EACH_TAP(...)                                                                                                  \
  for (size_t p = first; p < first + count; p++) {                                                                     \
    size_t oy = p / w->out_width, ox = p % w->out_width;                                                               \
    for (size_t ky = 0; ky < w->kernel_height; ky++) {                                                                 \
      size_t y = oy * w->stride_height + ky * w->dilation_height - (size_t)w->padding_height;                          \
      for (size_t kx = 0; kx < w->kernel_width; kx++) {                                                                \
        size_t x = ox * w->stride_width + kx * w->dilation_width - (size_t)w->padding_width;                           \
        int inside = y < w->height && x < w->width;                                                                    \
        size_t place = inside ? y * w->width + x : 0;                                                                  \
        __VA_ARGS__                                                                                                    \
      }                                                                                                                \
    }                                                                                                                  \
  }

void kodama_scatter_patches_f32(const kodama_windows *w, size_t first_channel, size_t channels, size_t first,
                                size_t count, const float *restrict patches, float *restrict map) {
  EACH_TAP({
    if (inside) {
      float *line = map + place * w->channels + first_channel;
      for (size_t c = 0; c < channels; c++) line[c] += patches[c];
    }
    patches += channels;
  })
}
