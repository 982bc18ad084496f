/* Writes sound from a model to standard output, as raw signed 16-bit little-endian samples:

     cc -std=c11 generate.c $(pkg-config --cflags --libs kodama) -lm -o generate
     ./generate checkpoints/demo 2 1 > two-seconds.raw */

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

/* Draws samples in blocks, as an audio thread would. */
static int play(kodama_stream *stream, uint64_t samples) {
  float block[block_size];
  unsigned char bytes[2 * block_size];
  while (samples > 0) {
    size_t count = samples < block_size ? (size_t)samples : block_size;
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

  uint64_t samples = (uint64_t)(seconds * kodama_model_sample_rate(model));
  uint64_t seed = strtoull(argv[3], NULL, 10);
  kodama_sampling sampling = KODAMA_SAMPLING_STANDARD;
  sampling.top_p = 0.999;
  kodama_stream *stream;
  status = kodama_stream_create(model, seed, 0, &sampling, &stream, &error);
  kodama_model_free(model); /* The stream keeps what it needs of it. */
  if (status != KODAMA_OK) return failed(status, &error);

  int result = play(stream, samples);
  kodama_stream_free(stream);
  return result;
}
