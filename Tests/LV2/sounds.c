/* Makes and compares sounds:

     sounds make FILE.wav CHANNELS
     sounds compare A.wav CHANNEL B.wav CHANNEL SKIP TOLERANCE

   A made sound has one second at 48 kHz in 32-bit floats: a chord that dies away, other on each channel. Two channels,
   counted from 0, are alike where they have as many frames and no sample behind the first SKIP differs by more than a
   tolerance; a sound of no more than SKIP frames, or of silence, is like none. */

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int make(const char *path, int channels) {
  SF_INFO info = {.samplerate = 48000, .channels = channels, .format = SF_FORMAT_WAV | SF_FORMAT_FLOAT};
  SNDFILE *file = sf_open(path, SFM_WRITE, &info);
  if (file == NULL) return fprintf(stderr, "%s: %s\n", path, sf_strerror(NULL)), 73;
  for (int i = 0; i < info.samplerate; i++) {
    float frame[2];
    for (int c = 0; c < channels; c++) {
      double time = i / 48000.0, sum = 0;
      for (int k = 1; k <= 4; k++) sum += sin(2 * 3.14159265358979 * (110 + 27 * c) * k * k * time) / k;
      frame[c] = (float)(0.3 * exp(-2 * time) * sum);
    }
    if (sf_writef_float(file, frame, 1) != 1) return fprintf(stderr, "%s: %s\n", path, sf_strerror(file)), 74;
  }
  return sf_close(file) == 0 ? 0 : 74;
}

typedef struct Sound {
  float *samples;
  sf_count_t frames;
} Sound;

static Sound channel(const char *path, int number) {
  SF_INFO info = {0};
  SNDFILE *file = sf_open(path, SFM_READ, &info);
  if (file == NULL || number >= info.channels) {
    fprintf(stderr, "%s: %s\n", path, file == NULL ? sf_strerror(NULL) : "has fewer channels");
    exit(66);
  }
  float *frames = malloc((size_t)(info.frames * info.channels + 1) * sizeof *frames);
  Sound sound = {frames, sf_readf_float(file, frames, info.frames)};
  for (sf_count_t i = 0; i < sound.frames; i++) frames[i] = frames[i * info.channels + number];
  sf_close(file);
  return sound;
}

static int compare(char **arguments) {
  Sound a = channel(arguments[0], atoi(arguments[1])), b = channel(arguments[2], atoi(arguments[3]));
  sf_count_t skip = atoi(arguments[4]);
  double tolerance = atof(arguments[5]), largest = 0, peak = 0;
  if (a.frames != b.frames || a.frames <= skip) {
    return fprintf(stderr, "%ld and %ld frames\n", (long)a.frames, (long)b.frames), 1;
  }
  for (sf_count_t i = skip; i < a.frames; i++) {
    double difference = fabs((double)a.samples[i] - b.samples[i]);
    if (!(difference <= largest)) largest = difference;
    peak = fmax(peak, fabs((double)a.samples[i]));
  }
  if (largest <= tolerance && peak > 1e-3) return 0;
  return fprintf(stderr, "a difference of %g, and a peak of %g\n", largest, peak), 1;
}

int main(int argc, char **argv) {
  if (argc == 4 && strcmp(argv[1], "make") == 0) return make(argv[2], atoi(argv[3]) > 1 ? 2 : 1);
  if (argc == 8 && strcmp(argv[1], "compare") == 0) return compare(argv + 2);
  fprintf(stderr, "usage: sounds make FILE CHANNELS, or sounds compare A CHANNEL B CHANNEL SKIP TOLERANCE\n");
  return 64;
}
