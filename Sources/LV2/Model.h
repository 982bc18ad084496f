/* A model file, loaded for the channels of a plug-in. */

#ifndef KODAMA_LV2_MODEL_H
#define KODAMA_LV2_MODEL_H

#include "Ramp.h"
#include <kodama.h>
#include <stdint.h>

enum { max_channels = 2 };

typedef struct Model Model;

/* A copy of a model with its own state: an amplifier for each channel. */
typedef struct Voice {
  /* The model that it belongs to. */
  Model *model;
  /* NULL where there is nothing to play: the input is the output. */
  kodama_amplifier *channels[max_channels];
  /* From 0 to 1, as it was set. */
  float size;
  /* The gain that normalizes the loudness, or 1. */
  Ramp level;
} Voice;

struct Model {
  /* The next that is no longer used. */
  Model *next;
  /* The one that was loaded before, of all that are in memory. */
  Model *earlier;
  /* Later models have greater numbers. */
  uint64_t number;
  /* The gain that brings the model to -18 dB; 1 where its loudness is unknown. */
  float normalizing_gain;
  /* One, or two where the model has several sizes: one plays while the other changes its size. */
  uint32_t voice_count;
  Voice voices[2];
  /* Absolute; empty for no file. */
  char path[];
};

/* A model that plays nothing: the input passes. NULL where there is no memory. */
Model *model_empty(const char *path);

/* Loads a file for a number of channels at a sample rate in Hz. An empty path is an empty model. NULL where the file
   cannot be played, with the reason in `error`. */
Model *model_load(const char *path, uint32_t channels, double sample_rate, kodama_error *error);

/* Releases a model. Does nothing where it is NULL. */
void model_free(Model *model);

/* Sets a voice to the state after silence. Real time. */
void voice_reset(Voice *voice);

/* Chooses the network of a voice by its size, in the state after silence. Real time. */
void voice_set_size(Voice *voice, float size);

#endif
