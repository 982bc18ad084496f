// Windows that slide over maps [height, width, channels]: the patches of a convolution as rows of a matrix, and
// depthwise convolutions without one. A signal over time is a map of height 1.

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
  // Zeros before the first row and the first column.
  size_t padding_height, padding_width;
} kodama_windows;

// Copies the patches under `count` outputs from output `first` on, row by row of the output: [count][taps][channels of a
// group], of `channels` channels from `first_channel` on, 0 beside the map. Elements have 4 or 8 bytes.
void kodama_gather_patches(size_t element, const kodama_windows *windows, size_t first_channel, size_t channels,
                           size_t first, size_t count, const void *map, void *patches);

// Adds such patches to the map.
void kodama_scatter_patches_f32(const kodama_windows *windows, size_t first_channel, size_t channels, size_t first,
                                size_t count, const float *patches, float *map);
#endif
