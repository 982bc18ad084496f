// Steps of optimizers over parameters that lie in one run of memory.

#ifndef KODAMA_UPDATES_H
#define KODAMA_UPDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum : int32_t {
  KODAMA_DESCENT,   // gradient descent; momentum in the first slot where it is above 0
  KODAMA_ADAGRAD,   // sums of squares in the first slot
  KODAMA_RMSPROP,   // mean squares in the first slot
  KODAMA_ADAM,      // means and mean squares
} kodama_update_rule;

typedef struct {
  kodama_update_rule rule;
  float rate;
  // The gradient gets coupled_decay times the parameter; the parameter is multiplied by `kept` before the step.
  float coupled_decay, kept;
  // Momentum or the decay of means, and the decay of mean squares.
  float decay1, decay2;
  float epsilon;
  // For Adam: the divisor of the means in this step, and the square root of that of the mean squares.
  float correction1, correction2;
  bool is_nesterov, is_first_step;
} kodama_update;

void kodama_update_f32(const kodama_update *update, size_t n, float *parameters, const float *gradient, float *slot1,
                       float *slot2);

#endif
