#ifdef KODAMA_LV2

#include "Player.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* In seconds. */
static const double fade_length = 0.02;

void player_init(Player *player, Model *model, uint32_t channels, double sample_rate) {
  memset(player, 0, sizeof *player);
  player->channels = channels;
  player->fade_frames = (uint32_t)fmax(1, round(fade_length * sample_rate));
  player->current = &model->voices[0];
  ramp_jump(&player->input_gain, 1);
  ramp_jump(&player->output_gain, 1);
  player->is_fresh = true;
}

static void discard(Player *player, Model *model) {
  model->next = player->discarded;
  player->discarded = model;
}

/* Ends a crossfade: what was faded to plays. */
static void end_fade(Player *player) {
  if (player->current->model != player->next->model) discard(player, player->current->model);
  player->current = player->next;
  player->next = NULL;
}

void player_activate(Player *player) {
  if (player->next != NULL) end_fade(player);
  voice_reset(player->current);
  player->is_fresh = true;
}

void player_accept(Player *player, Model *model) {
  if (model->number < player->newest) {
    discard(player, model);
    return;
  }
  player->newest = model->number;
  if (player->waiting != NULL) discard(player, player->waiting);
  player->waiting = model;
}

const Model *player_model(const Player *player) {
  if (player->waiting != NULL) return player->waiting;
  return (player->next != NULL ? player->next : player->current)->model;
}

static float level(const Voice *voice, const Controls *controls) {
  return controls->normalizes ? voice->model->normalizing_gain : 1;
}

static void begin_fade(Player *player, Voice *voice, const Controls *controls) {
  voice_set_size(voice, controls->size);
  ramp_jump(&voice->level, level(voice, controls));
  player->next = voice;
  player->faded = 0;
  if (player->is_fresh) end_fade(player);
}

/* Begins a crossfade where there is a reason for one, and none under way. */
static void choose_voice(Player *player, const Controls *controls) {
  if (player->next != NULL) return;
  if (player->waiting != NULL) {
    Model *model = player->waiting;
    player->waiting = NULL;
    begin_fade(player, &model->voices[0], controls);
    return;
  }
  Model *model = player->current->model;
  if (model->voice_count == 1 || player->current->size == controls->size) return;
  begin_fade(player, &model->voices[player->current == &model->voices[0]], controls);
}

static void move_gain(Player *player, Ramp *gain, float *decibels, float wanted) {
  if (wanted != *decibels) {
    *decibels = wanted;
    ramp_move(gain, (float)pow(10, wanted / 20), player->fade_frames);
  }
  if (player->is_fresh) ramp_jump(gain, gain->target);
}

static void follow_controls(Player *player, const Controls *controls) {
  move_gain(player, &player->input_gain, &player->input_decibels, controls->input_gain);
  move_gain(player, &player->output_gain, &player->output_decibels, controls->output_gain);
  Voice *voices[] = {player->current, player->next};
  for (int i = 0; i < 2 && voices[i] != NULL; i++) {
    ramp_move(&voices[i]->level, level(voices[i], controls), player->fade_frames);
    if (player->is_fresh) ramp_jump(&voices[i]->level, voices[i]->level.target);
  }
}

/* What a voice makes of a channel. */
static void render(Player *player, Voice *voice, uint32_t channel, const float *level, float *output, uint32_t frames) {
  if (voice->channels[channel] == NULL) {
    memcpy(output, player->dry[channel], frames * sizeof *output);
    return;
  }
  const float *const input[] = {player->driven};
  float *const outputs[] = {output};
  kodama_amplifier_process(voice->channels[channel], input, outputs, frames);
  for (uint32_t i = 0; i < frames; i++) output[i] *= level[i];
}

/* Processes at most player_block frames, and no more than the crossfade has left. */
static void run_block(Player *player, const float *const *inputs, float *const *outputs, uint32_t start,
                      uint32_t frames) {
  ramp_next(&player->input_gain, player->drive, frames);
  ramp_next(&player->output_gain, player->volume, frames);
  ramp_next(&player->current->level, player->old_level, frames);
  if (player->next != NULL) ramp_next(&player->next->level, player->new_level, frames);
  /* All inputs are read before an output is written, which may be any of them. */
  for (uint32_t c = 0; c < player->channels; c++) {
    for (uint32_t i = 0; i < frames; i++) {
      float sample = inputs[c][start + i];
      /* What is not finite would stay in the state of a recurrent network. */
      player->dry[c][i] = fabsf(sample) <= FLT_MAX ? sample : 0;
    }
  }
  for (uint32_t c = 0; c < player->channels; c++) {
    for (uint32_t i = 0; i < frames; i++) player->driven[i] = player->dry[c][i] * player->drive[i];
    render(player, player->current, c, player->old_level, player->old, frames);
    if (player->next != NULL) {
      render(player, player->next, c, player->new_level, player->new, frames);
      for (uint32_t i = 0; i < frames; i++) {
        float share = (float)(player->faded + i + 1) / (float)player->fade_frames;
        player->old[i] += share * (player->new[i] - player->old[i]);
      }
    }
    for (uint32_t i = 0; i < frames; i++) outputs[c][start + i] = player->old[i] * player->volume[i];
  }
  if (player->next != NULL && (player->faded += frames) == player->fade_frames) end_fade(player);
}

void player_run(Player *player, const Controls *controls, const float *const *inputs, float *const *outputs,
                uint32_t frames) {
  if (frames == 0) return;
  for (uint32_t start = 0; start < frames;) {
    choose_voice(player, controls);
    follow_controls(player, controls);
    player->is_fresh = false;
    uint32_t most = player_block, count = frames - start;
    if (player->next != NULL && player->fade_frames - player->faded < most) most = player->fade_frames - player->faded;
    if (count > most) count = most;
    run_block(player, inputs, outputs, start, count);
    start += count;
  }
}

#endif
