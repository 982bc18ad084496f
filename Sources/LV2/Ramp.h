/* A number that moves to its target in a straight line. */

#ifndef KODAMA_LV2_RAMP_H
#define KODAMA_LV2_RAMP_H

#include <stdint.h>

typedef struct Ramp {
  float value, target, step;
  /* The frames until it is at its target. */
  uint32_t remaining;
} Ramp;

static inline void ramp_jump(Ramp *ramp, float target) { *ramp = (Ramp){target, target, 0, 0}; }

/* Moves to a target in a number of frames, from where it is. */
static inline void ramp_move(Ramp *ramp, float target, uint32_t frames) {
  if (target == ramp->target) return;
  *ramp = (Ramp){ramp->value, target, (target - ramp->value) / (float)frames, frames};
}

/* The numbers of the next frames. */
static inline void ramp_next(Ramp *ramp, float *values, uint32_t frames) {
  for (uint32_t i = 0; i < frames; i++) {
    if (ramp->remaining > 0) ramp->value = --ramp->remaining > 0 ? ramp->value + ramp->step : ramp->target;
    values[i] = ramp->value;
  }
}

#endif
