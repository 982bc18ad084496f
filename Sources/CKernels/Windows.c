#include "Windows.h"

#include <string.h>

// Runs a statement for every output and tap, with `inside` telling whether the tap lies on the map, and `place` the index of
// its element.
#define EACH_TAP(...)                                                                                                  \
  for (size_t p = first; p < first + count; p++) {                                                                     \
    size_t oy = p / w->out_width, ox = p % w->out_width;                                                               \
    for (size_t ky = 0; ky < w->kernel_height; ky++) {                                                                 \
      size_t y = oy * w->stride_height + ky * w->dilation_height;                                                      \
      int row_inside = y >= w->padding_height && y - w->padding_height < w->height;                                    \
      for (size_t kx = 0; kx < w->kernel_width; kx++) {                                                                \
        size_t x = ox * w->stride_width + kx * w->dilation_width;                                                      \
        int inside = row_inside && x >= w->padding_width && x - w->padding_width < w->width;                           \
        size_t place = inside ? (y - w->padding_height) * w->width + (x - w->padding_width) : 0;                       \
        __VA_ARGS__                                                                                                    \
      }                                                                                                                \
    }                                                                                                                  \
  }

void kodama_gather_patches(size_t element, const kodama_windows *w, size_t first_channel, size_t channels,
                           size_t first, size_t count, const void *map, void *patches) {
  size_t size = channels * element, stride = w->channels * element;
  const char *from = (const char *)map + first_channel * element;
  char *to = patches;
  if (size == 4) {
    EACH_TAP({
      uint32_t value = 0;
      if (inside) memcpy(&value, from + place * stride, 4);
      memcpy(to, &value, 4);
      to += 4;
    })
    return;
  }
  EACH_TAP({
    if (inside)
      memcpy(to, from + place * stride, size);
    else
      memset(to, 0, size);
    to += size;
  })
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
