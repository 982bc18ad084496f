// Mixtures of logistic or Gaussian distributions over the cells of a grid: a network's output for a sample that is not
// one of a few classes.
//
// A grid of L levels has the numbers x_k = gain (2 k - L) / L for k from 0 to L - 1, and cells that reach gain / L to
// both sides of them; the first cell reaches to -infinity and the last to infinity, so that the cells hold everything.
// A row has 3 K numbers for K components: the logits of their weights w, their means m, and the logarithms of their
// scales s, which are not taken below a floor.
//
//     p(k) = sum over i of softmax(w)_i (F((x_k + gain / L - m_i) / s_i) - F((x_k - gain / L - m_i) / s_i))
//
// with F the logistic function or the distribution function of a standard normal number. All is computed in double
// precision, in forms that lose no digits in far tails and at scales of any size.

#ifndef KODAMA_MIXTURES_H
#define KODAMA_MIXTURES_H

#include <stddef.h>
#include <stdint.h>

// The most components of a mixture.
#define KODAMA_MIXTURE_COMPONENTS 64

typedef enum {
  KODAMA_LOGISTIC,
  KODAMA_GAUSSIAN,
} kodama_mixture_kind;

typedef struct {
  kodama_mixture_kind kind;
  size_t components;
  int32_t levels;
  double gain;
  double log_scale_floor;
} kodama_mixture;

// The sum over rows of weight * -ln p(target), in nats. A row of weight 0 adds nothing. Where `gradient` is not NULL it
// becomes the gradient of that sum; it may be `x`. A log scale below the floor has a gradient of 0.
double kodama_mixture_loss_f32(const kodama_mixture *mixture, size_t rows, const float *x, const int32_t *targets,
                               const float *weights, float *gradient);
double kodama_mixture_loss_f64(const kodama_mixture *mixture, size_t rows, const double *x, const int32_t *targets,
                               const double *weights, double *gradient);

#endif
