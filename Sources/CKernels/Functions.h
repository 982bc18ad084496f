// Single-precision functions without branches or tables, so that a loop over them vectorises. Each is a handful of
// multiply-adds, within 4e-7 of the exact value over the whole range (held by a test).

#ifndef KODAMA_FUNCTIONS_H
#define KODAMA_FUNCTIONS_H

#include <math.h>
#include <stdint.h>
#include <string.h>

// e^x for x <= 88; NaN stays NaN. x = n ln 2 + r with |r| <= ln 2 / 2; e^r by a polynomial; 2^n by its exponent bits:
// adding 1.5 * 2^23 leaves n in the lowest bits of the sum.
// Below -87 the result is 0 or as good as 0.
#define KODAMA_EXPF(NAME)                                                                                              \
  static inline float NAME(float x) {                                                                                  \
    x = x < -87.0f ? -87.0f : x;                                                                                       \
    float shifted = x * 1.44269504f + 12582912.0f;                                                                     \
    float n = shifted - 12582912.0f;                                                                                   \
    float r = x - n * 0.693359375f + n * 2.12194440e-4f;                                                               \
    float p = 1.0f + r * (1.0f + r * (0.5f + r * (0.166666667f + r * (0.0416666667f +                                  \
              r * (0.00833333333f + r * 0.00138888889f)))));                                                           \
    uint32_t bits, exponent;                                                                                           \
    memcpy(&bits, &p, 4);                                                                                              \
    memcpy(&exponent, &shifted, 4);                                                                                    \
    bits += exponent << 23;                                                                                            \
    memcpy(&p, &bits, 4);                                                                                              \
    return x == x ? p : x;                                                                                             \
  }

// tanh x = P / Q as a ratio of polynomials of degree 13 and 6, after Eigen (generic_fast_tanh_float): its coefficients,
// a fit on [-7.9, 7.9]; beyond, the value is 1 within single precision. NaN stays NaN.
#define KODAMA_TANH_END 7.90531111f

// Of numbers between the ends, scalars or vectors.
#define KODAMA_TANH_RATIO(TYPE, INPUT, P, Q)                                                                           \
  {                                                                                                                    \
    TYPE x_ = (INPUT), s_ = x_ * x_;                                                                                   \
    TYPE p_ = 2.00018790482477e-13f + s_ * -2.76076847742355e-16f;                                                     \
    p_ = -8.60467152213735e-11f + s_ * p_;                                                                             \
    p_ = 5.12229709037114e-08f + s_ * p_;                                                                              \
    p_ = 1.48572235717979e-05f + s_ * p_;                                                                              \
    p_ = 6.37261928875436e-04f + s_ * p_;                                                                              \
    p_ = 4.89352455891786e-03f + s_ * p_;                                                                              \
    TYPE q_ = 1.18534705686654e-04f + s_ * 1.19825839466702e-06f;                                                      \
    q_ = 2.26843463243900e-03f + s_ * q_;                                                                              \
    q_ = 4.89352518554385e-03f + s_ * q_;                                                                              \
    P = x_ * p_;                                                                                                       \
    Q = q_;                                                                                                            \
  }

// tanh(scale x) = P / Q for what is rounded to eight bits: a ratio of polynomials of degree 5 and 4, fitted to the least
// largest relative error on [-5, 5], 5.2e-5; with the value at the end beyond, 9.1e-5. `scale` is a constant.
#define KODAMA_COARSE_TANH_END 5.0f
#define KODAMA_COARSE_TANH_RATIO(TYPE, SCALE, INPUT, P, Q)                                                             \
  {                                                                                                                    \
    TYPE x_ = (INPUT), s_ = x_ * x_;                                                                                   \
    TYPE p_ = SCALE * SCALE * SCALE * 0.102417579f + s_ * (SCALE * SCALE * SCALE * SCALE * SCALE * 0.000670561939f);   \
    p_ = SCALE * 0.999948046f + s_ * p_;                                                                               \
    TYPE q_ = SCALE * SCALE * 0.435432365f + s_ * (SCALE * SCALE * SCALE * SCALE * 0.0128198525f);                     \
    P = x_ * p_;                                                                                                       \
    Q = 1.0f + s_ * q_;                                                                                                \
  }

#define KODAMA_TANHF(NAME)                                                                                             \
  static inline float NAME(float x) {                                                                                  \
    x = x < -KODAMA_TANH_END ? -KODAMA_TANH_END : x;                                                                   \
    x = x > KODAMA_TANH_END ? KODAMA_TANH_END : x;                                                                     \
    float p, q;                                                                                                        \
    KODAMA_TANH_RATIO(float, x, p, q)                                                                                  \
    return p / q;                                                                                                      \
  }

#endif
