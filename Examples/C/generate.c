/* Writes sound from a model to standard output, as raw signed 16-bit little-endian samples:

     cc -std=c11 generate.c $(pkg-config --cflags --libs kodama) -lm -o generate
     ./generate checkpoints/demo 2 1 > two-seconds.raw

   A model that takes features finds their frames in standard input, as raw 32-bit floats of this machine, and the sound
   comes as they do:

     ./generate runs/voice 2 1 < frames.raw > two-seconds.raw */

#include <kodama.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { block_size = 256 };

/* Says why a call failed; its status suits the shell. */
static int failed(kodama_status status, const kodama_error *error) {
  fprintf(stderr, "generate: %s\n", error->message);
  return (int)status;
}

static void encode(const float *samples, size_t count, unsigned char *bytes) {
  for (size_t i = 0; i < count; i++) {
    long value = lroundf(fminf(fmaxf(samples[i] * 32768.0f, -32768.0f), 32767.0f));
    bytes[2 * i] = (unsigned char)(value & 0xff);
    bytes[2 * i + 1] = (unsigned char)(value >> 8 & 0xff);
  }
}

/* Adds frames of features until count samples can be drawn. The last frame stands for all after it. */
static int feed(kodama_stream *stream, float *frame, uint32_t channels, size_t count) {
  while (kodama_stream_available(stream) < count) {
    kodama_error error;
    kodama_status status = fread(frame, sizeof *frame, channels, stdin) == channels
                               ? kodama_stream_add_features(stream, frame, 1, &error)
                               : kodama_stream_end_features(stream, &error);
    if (status != KODAMA_OK) return failed(status, &error);
  }
  return 0;
}

/* Draws samples in blocks, as an audio thread would. */
static int play(kodama_stream *stream, float *frame, uint32_t channels, uint64_t samples) {
  float block[block_size];
  unsigned char bytes[2 * block_size];
  while (samples > 0) {
    size_t count = samples < block_size ? (size_t)samples : block_size;
    int result = feed(stream, frame, channels, count);
    if (result != 0) return result;
    kodama_error error;
    kodama_status status = kodama_stream_fill(stream, block, count, &error);
    if (status != KODAMA_OK) return failed(status, &error);
    encode(block, count, bytes);
    if (fwrite(bytes, 2, count, stdout) != count) break;
    samples -= count;
  }
  if (samples == 0 && fflush(stdout) == 0) return 0;
  perror("generate: standard output");
  return 74;
}

int main(int argc, char **argv) {
  double seconds = argc == 4 ? strtod(argv[2], NULL) : -1;
  if (!(seconds >= 0 && seconds < 1e9)) {
    fprintf(stderr, "usage: generate MODEL SECONDS SEED\n");
    return KODAMA_USAGE;
  }

  kodama_error error;
  kodama_model *model;
  kodama_status status = kodama_model_load(argv[1], &model, &error);
  if (status != KODAMA_OK) return failed(status, &error);

  uint32_t channels = kodama_model_feature_channels(model);
  uint64_t samples = (uint64_t)(seconds * kodama_model_sample_rate(model));
  uint64_t seed = strtoull(argv[3], NULL, 10);
  kodama_sampling sampling = KODAMA_SAMPLING_STANDARD;
  sampling.top_p = 0.999;
  kodama_stream *stream;
  status = kodama_stream_create(model, seed, 0, &sampling, &stream, &error);
  kodama_model_free(model); /* The stream keeps what it needs of it. */
  if (status != KODAMA_OK) return failed(status, &error);

  float *frame = malloc((channels + 1) * sizeof *frame); /* Room for something where there are no features, too. */
  if (frame == NULL) return perror("generate"), 71;
  int result = play(stream, frame, channels, samples);
  free(frame);
  kodama_stream_free(stream);
  return result;
}
