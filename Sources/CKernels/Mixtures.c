// Probabilities of cells under mixtures, and their gradients. Scalar code in double precision: beside the products of a
// network it takes little time, and every form here is chosen for the digits that it keeps.

#include "Mixtures.h"

#include <math.h>

// ln p of one component's cell, and its derivatives.
typedef struct {
  double log_p, by_mean, by_log_scale;
} term;

// Where a cell is in the units of a component: its middle, its width and the logarithm of that, and 1 / scale.
typedef struct {
  double middle, width, log_width, inverse_scale;
} cell;

typedef enum { FIRST = -1, INNER = 0, LAST = 1 } place;

// Beyond this no square can be formed. Nothing that has been trained comes near.
#define FARTHEST 1e100

#define LOG_2 0.69314718055994530942
#define SQRT_HALF 0.70710678118654752440
#define SQRT_2_OVER_PI 0.79788456080286535588
#define LOG_SQRT_2_PI 0.91893853320467274178

// e^x, and 0 where that is too small to matter beside anything here: numbers that are all but 0 cost processors a
// hundred times what others do.
static inline double decay(double x) { return x < -700 ? 0 : exp(x); }

// ln(1 + e^x), and the logistic function of x.
static inline double softplus(double x, double *logistic) {
  double e = decay(-fabs(x));
  *logistic = x >= 0 ? 1 / (1 + e) : e / (1 + e);
  return fmax(x, 0) + log1p(e);
}

// ln of a logistic variable's probability between the ends a < b of a cell: with l the logistic function,
// l(b) - l(a) = l(b) l(-a) (1 - e^-(b - a)), a product without differences.
static inline term logistic_term(cell c, place place) {
  double a = c.middle - c.width / 2, b = c.middle + c.width / 2;
  double below = 0, above = 0; // l(a) and l(-b)
  term t = {0, 0, 0};
  if (place != FIRST) t.log_p -= softplus(a, &below);
  if (place != LAST) t.log_p -= softplus(-b, &above);
  t.by_mean = c.inverse_scale * (below - above);
  t.by_log_scale = a * below - b * above;
  if (place == INNER) {
    if (c.width < 1e-3) {
      t.log_p += c.log_width - c.width / 2 + c.width * c.width / 24;
      t.by_log_scale -= 1 - c.width / 2 + c.width * c.width / 12;
    } else {
      t.log_p += log(-expm1(-c.width));
      t.by_log_scale -= c.width / expm1(c.width);
    }
  }
  return t;
}

// e^(x^2) erfc(x) for x >= 0: from 12 on by its asymptotic series, whose next term is below 3e-15.
static inline double scaled_erfc(double x) {
  if (x < 12) return exp(x * x) * erfc(x);
  double t = 0.5 / (x * x);
  double sum = 1 - t * (1 - t * (3 - t * (15 - t * (105 - t * (945 - t * (10395 - t * (135135 - t * 2027025)))))));
  return 0.56418958354775628695 / x * sum;
}

// The first or last cell: everything below b. Derivatives need the density over the probability.
static inline term gaussian_tail(double b, double inverse_scale) {
  term t;
  double density;
  if (b > 0) {
    double outside = b > 38 ? 0 : 0.5 * erfc(b * SQRT_HALF);
    t.log_p = log1p(-outside);
    density = decay(-0.5 * b * b - LOG_SQRT_2_PI) / (1 - outside);
  } else {
    double scaled = scaled_erfc(-b * SQRT_HALF);
    t.log_p = -0.5 * b * b - LOG_2 + log(scaled);
    density = SQRT_2_OVER_PI / scaled;
  }
  t.by_mean = -inverse_scale * density;
  t.by_log_scale = -b * density;
  return t;
}

// The integral of the density over a narrow cell, over its width times the density in its middle: the mean of
// e^(-m u - u^2 / 2) over the cell, by Gauss and Legendre's rule of five points. Within 1e-12 for width < 0.5 and
// |m| * width < 0.25.
static inline double narrow_mean(double middle, double width) {
  static const double nodes[2] = {0.53846931010568309104, 0.90617984593866399280};
  static const double weights[2] = {0.47862867049936646804, 0.23692688505618908751};
  double sum = 0.28444444444444444444;
  for (int i = 0; i < 2; i++) {
    double u = 0.5 * width * nodes[i];
    sum += weights[i] * cosh(middle * u) * exp(-0.5 * u * u);
  }
  return sum;
}

static inline term gaussian_term(cell c, place place) {
  if (place == FIRST) return gaussian_tail(c.middle + c.width / 2, c.inverse_scale);
  // On the other side of the mean all is the same but for the sign of the mean's derivative.
  double side = c.middle < 0 ? -1 : 1, m = fabs(c.middle);
  if (place == LAST) {
    term t = gaussian_tail(c.width / 2 - c.middle, c.inverse_scale);
    t.by_mean = -t.by_mean;
    return t;
  }
  double a = m - c.width / 2, b = m + c.width / 2;
  double drop = m * c.width;     // the density at b is e^-drop times that at a
  double lost = -expm1(-drop);
  term t;
  if (c.width < 0.5 && drop < 0.25) {
    double mean = narrow_mean(m, c.width);
    // The density at a over that in the middle, over the mean: times 1 / width it is the density over the probability.
    double ratio = exp(drop / 2 - c.width * c.width / 8) / mean;
    // m * lost / width, which is m^2 where the width is 0.
    double slope = drop > 0 ? m * m * (lost / drop) : m * m;
    t.log_p = c.log_width - 0.5 * m * m - LOG_SQRT_2_PI + log(mean);
    t.by_mean = side * ratio * c.inverse_scale * (drop > 0 ? m * (lost / drop) : m);
    t.by_log_scale = ratio * (slope - 0.5 * (2 - lost));
    return t;
  }
  double density; // at a, over the probability
  if (a < 0) {
    double p = 0.5 * (erf(b * SQRT_HALF) + erf(-a * SQRT_HALF));
    t.log_p = log(p);
    density = decay(-0.5 * a * a - LOG_SQRT_2_PI) / p;
  } else {
    double p = scaled_erfc(a * SQRT_HALF) - decay(-drop) * scaled_erfc(b * SQRT_HALF);
    t.log_p = -0.5 * a * a - LOG_2 + log(p);
    density = SQRT_2_OVER_PI / p;
  }
  t.by_mean = side * c.inverse_scale * density * lost;
  t.by_log_scale = density * (a - b * (1 - lost));
  return t;
}

// A row of 3 K numbers: -ln p of its target, and where wanted the derivatives.
static inline double row_loss(const kodama_mixture *mixture, const double *x, int32_t target, double *gradient) {
  size_t count = mixture->components;
  double levels = mixture->levels;
  double sample = mixture->gain * (2.0 * target - levels) / levels;
  place place = target == 0 ? FIRST : target == mixture->levels - 1 ? LAST : INNER;
  const double *logits = x, *means = x + count, *log_scales = x + 2 * count;

  double largest = logits[0];
  for (size_t i = 1; i < count; i++) largest = logits[i] > largest ? logits[i] : largest;
  term terms[KODAMA_MIXTURE_COMPONENTS];
  double joint[KODAMA_MIXTURE_COMPONENTS], prior[KODAMA_MIXTURE_COMPONENTS];
  double likeliest = -INFINITY, total = 0;
  double cell_width = 2 * mixture->gain / levels, log_cell_width = log(cell_width);
  for (size_t i = 0; i < count; i++) {
    double log_scale = log_scales[i] < mixture->log_scale_floor ? mixture->log_scale_floor : log_scales[i];
    cell c;
    c.inverse_scale = exp(-log_scale);
    c.width = cell_width * c.inverse_scale;
    c.log_width = log_cell_width - log_scale;
    c.middle = (sample - means[i]) * c.inverse_scale;
    c.middle = c.middle < -FARTHEST ? -FARTHEST : c.middle > FARTHEST ? FARTHEST : c.middle;
    terms[i] = mixture->kind == KODAMA_LOGISTIC ? logistic_term(c, place) : gaussian_term(c, place);
    joint[i] = logits[i] - largest + terms[i].log_p;
    likeliest = joint[i] > likeliest ? joint[i] : likeliest;
    prior[i] = decay(logits[i] - largest);
    total += prior[i];
  }
  double sum = 0;
  for (size_t i = 0; i < count; i++) sum += joint[i] = decay(joint[i] - likeliest);
  if (gradient) {
    for (size_t i = 0; i < count; i++) {
      double posterior = joint[i] / sum;
      gradient[i] = prior[i] / total - posterior;
      gradient[count + i] = -posterior * terms[i].by_mean;
      gradient[2 * count + i] =
          log_scales[i] < mixture->log_scale_floor ? 0 : -posterior * terms[i].by_log_scale;
    }
  }
  return log(total) - likeliest - log(sum);
}

#define MIXTURE_LOSS(NAME, REAL)                                                                                       \
  double NAME(const kodama_mixture *mixture, size_t rows, const REAL *x, const int32_t *targets, const REAL *weights,  \
              REAL *gradient) {                                                                                        \
    size_t width = 3 * mixture->components;                                                                            \
    double values[3 * KODAMA_MIXTURE_COMPONENTS], derivatives[3 * KODAMA_MIXTURE_COMPONENTS];                          \
    double loss = 0;                                                                                                   \
    for (size_t r = 0; r < rows; r++) {                                                                                \
      double weight = weights[r];                                                                                      \
      if (weight == 0) {                                                                                               \
        if (gradient)                                                                                                  \
          for (size_t i = 0; i < width; i++) gradient[r * width + i] = 0;                                              \
        continue;                                                                                                      \
      }                                                                                                                \
      for (size_t i = 0; i < width; i++) values[i] = x[r * width + i];                                                 \
      loss += weight * row_loss(mixture, values, targets[r], gradient ? derivatives : NULL);                           \
      if (gradient)                                                                                                    \
        for (size_t i = 0; i < width; i++) gradient[r * width + i] = (REAL)(weight * derivatives[i]);                  \
    }                                                                                                                  \
    return loss;                                                                                                       \
  }

MIXTURE_LOSS(kodama_mixture_loss_f32, float)
MIXTURE_LOSS(kodama_mixture_loss_f64, double)
