#ifdef KODAMA_LV2

#include "Model.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* In dB, what players bring models to. */
static const double target_loudness = -18;

Model *model_empty(const char *path) {
  size_t bytes = strlen(path) + 1;
  Model *model = calloc(1, sizeof *model + bytes);
  if (model == NULL) return NULL;
  model->normalizing_gain = 1;
  model->voice_count = 1;
  for (int i = 0; i < 2; i++) {
    model->voices[i].model = model;
    model->voices[i].size = 1;
    ramp_jump(&model->voices[i].level, 1);
  }
  memcpy(model->path, path, bytes);
  return model;
}

/* Whether the plug-in can play an amplifier. */
static int fits(const kodama_amplifier *amplifier, const char *path, double sample_rate, kodama_error *error) {
  uint32_t inputs = kodama_amplifier_inputs(amplifier), outputs = kodama_amplifier_outputs(amplifier);
  double rate = kodama_amplifier_sample_rate(amplifier);
  if (inputs != 1 || outputs != 1) {
    snprintf(error->message, sizeof error->message,
             "%s has %u inputs and %u outputs, and the plug-in plays models with one of each", path, inputs, outputs);
    return 0;
  }
  if (rate != sample_rate) {
    snprintf(error->message, sizeof error->message,
             "%s is for %.10g Hz, and the host runs at %.10g Hz; run the host at the model's rate", path, rate,
             sample_rate);
    return 0;
  }
  return 1;
}

Model *model_load(const char *path, uint32_t channels, double sample_rate, kodama_error *error) {
  Model *model = model_empty(path);
  if (model == NULL) {
    snprintf(error->message, sizeof error->message, "there is no memory for %s", path);
    return NULL;
  }
  if (path[0] == '\0') return model;
  for (uint32_t v = 0; v < model->voice_count; v++) {
    for (uint32_t c = 0; c < channels; c++) {
      kodama_amplifier **amplifier = &model->voices[v].channels[c];
      if (kodama_amplifier_load(path, amplifier, error) != KODAMA_OK || !fits(*amplifier, path, sample_rate, error)) {
        model_free(model);
        return NULL;
      }
    }
    if (kodama_amplifier_sizes(model->voices[0].channels[0]) > 1) model->voice_count = 2;
  }
  double loudness = kodama_amplifier_loudness(model->voices[0].channels[0]);
  float gain = (float)pow(10, (target_loudness - loudness) / 20);
  if (isfinite(gain)) model->normalizing_gain = gain;
  return model;
}

void model_free(Model *model) {
  if (model == NULL) return;
  for (int v = 0; v < 2; v++) {
    for (int c = 0; c < max_channels; c++) kodama_amplifier_free(model->voices[v].channels[c]);
  }
  free(model);
}

void voice_reset(Voice *voice) {
  for (int c = 0; c < max_channels; c++) kodama_amplifier_reset(voice->channels[c]);
}

void voice_set_size(Voice *voice, float size) {
  voice->size = size;
  for (int c = 0; c < max_channels; c++) kodama_amplifier_set_size(voice->channels[c], size);
  voice_reset(voice);
}

#endif
