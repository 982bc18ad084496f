// Windows that slide over maps [height, width, channels]. A signal over time is a map of height 1.

#ifndef KODAMA_WINDOWS_H
#define KODAMA_WINDOWS_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
  size_t height, width, channels;
  size_t out_height, out_width;
  size_t kernel_height, kernel_width;
  size_t stride_height, stride_width;
  size_t dilation_height, dilation_width;
  // Zeros before the first row and the first column; below 0 the windows start inside the map.
  ptrdiff_t padding_height, padding_width;
} kodama_windows;

// Adds patches under `count` outputs from output `first` on, row by row of the output, to the map:
// [count][taps][channels] of `channels` channels from `first_channel` on. Elements outside the map are skipped.
void kodama_scatter_patches_f32(const kodama_windows *windows, size_t first_channel, size_t channels, size_t first,
                                size_t count, const float *patches, float *map);
#endif
