/* What the audio thread does with models: gains, and crossfades from one to the next. Nothing in it waits or takes
   memory, and models are only referred to. */

#ifndef KODAMA_LV2_PLAYER_H
#define KODAMA_LV2_PLAYER_H

#include "Model.h"
#include <stdbool.h>

/* Frames that are computed at once. */
enum { player_block = 256 };

/* What the host controls. */
typedef struct Controls {
  /* In dB. */
  float input_gain, output_gain;
  /* From 0 to 1. */
  float size;
  bool normalizes;
} Controls;

typedef struct Player {
  uint32_t channels;
  /* The frames of a crossfade, and of a change of a gain. */
  uint32_t fade_frames;
  /* What plays. Never NULL. */
  Voice *current;
  /* What it is faded to; NULL where there is no crossfade. */
  Voice *next;
  /* The frames of the crossfade that are done. */
  uint32_t faded;
  /* What plays after the crossfade. NULL, mostly. */
  Model *waiting;
  /* A list of models that are no longer used, which another thread is to release. */
  Model *discarded;
  /* The number of the last model that was accepted. */
  uint64_t newest;
  /* In dB, what the ramps of the gains lead to. */
  float input_decibels, output_decibels;
  Ramp input_gain, output_gain;
  /* Whether nothing was played since activation, so that gains need no ramp. */
  bool is_fresh;
  float dry[max_channels][player_block];
  float driven[player_block], old[player_block], new[player_block];
  float drive[player_block], volume[player_block], old_level[player_block], new_level[player_block];
} Player;

/* Plays a model first. */
void player_init(Player *player, Model *model, uint32_t channels, double sample_rate);

/* Sets what plays to the state after silence. Real time. */
void player_activate(Player *player);

/* Plays a model from the next block on, after a crossfade; one that is older than the last is discarded. Real time. */
void player_accept(Player *player, Model *model);

/* The model that plays, or will after a crossfade. Real time. */
const Model *player_model(const Player *player);

/* Processes any number of frames. Outputs may be inputs. Real time. */
void player_run(Player *player, const Controls *controls, const float *const *inputs, float *const *outputs,
                uint32_t frames);

#endif
