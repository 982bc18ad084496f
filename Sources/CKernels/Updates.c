#include "Updates.h"

#include <math.h>

// Bound by reading and writing memory, so there is one entry for all instruction sets; products and sums are rounded one
// by one everywhere.
#pragma clang fp contract(off)

static void descend(const kodama_update *u, size_t n, float *p, const float *gradient, float *momentum) {
  for (size_t i = 0; i < n; i++) {
    float g = gradient[i] + u->coupled_decay * p[i];
    if (momentum) {
      momentum[i] = u->is_first_step ? g : u->decay1 * momentum[i] + g;
      g = u->is_nesterov ? g + u->decay1 * momentum[i] : momentum[i];
    }
    p[i] -= u->rate * g;
  }
}

void kodama_update_f32(const kodama_update *u, size_t n, float *restrict p, const float *restrict gradient,
                       float *restrict slot1, float *restrict slot2) {
  kodama_update c = *u;
  if (c.kept != 1)
    for (size_t i = 0; i < n; i++) p[i] *= c.kept;
  switch (c.rule) {
  case KODAMA_DESCENT: descend(&c, n, p, gradient, slot1); break;
  case KODAMA_ADAGRAD:
    for (size_t i = 0; i < n; i++) {
      float g = gradient[i] + c.coupled_decay * p[i];
      slot1[i] += g * g;
      p[i] -= c.rate * g / (sqrtf(slot1[i]) + c.epsilon);
    }
    break;
  case KODAMA_RMSPROP:
    for (size_t i = 0; i < n; i++) {
      float g = gradient[i] + c.coupled_decay * p[i];
      slot1[i] = c.decay1 * slot1[i] + (1 - c.decay1) * g * g;
      p[i] -= c.rate * g / (sqrtf(slot1[i]) + c.epsilon);
    }
    break;
  case KODAMA_ADAM:
    for (size_t i = 0; i < n; i++) {
      float g = gradient[i] + c.coupled_decay * p[i];
      slot1[i] = c.decay1 * slot1[i] + (1 - c.decay1) * g;
      slot2[i] = c.decay2 * slot2[i] + (1 - c.decay2) * g * g;
      p[i] -= c.rate / c.correction1 * slot1[i] / (sqrtf(slot2[i]) / c.correction2 + c.epsilon);
    }
    break;
  }
}
