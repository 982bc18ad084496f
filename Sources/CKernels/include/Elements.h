// The operations of elementwise kernels and reductions: the functions of one element, the operations of two, and the
// reductions of many.

#ifndef KODAMA_ELEMENTS_H
#define KODAMA_ELEMENTS_H

#include <stdint.h>

// Functions of one element x, with two constants p and q.
typedef enum : int32_t {
  KODAMA_EXP,         // e^x
  KODAMA_LOG,         // ln x
  KODAMA_SQRT,        // square root
  KODAMA_ABS,         // |x|; its derivative at 0 is 0
  KODAMA_SQUARE,      // x^2
  KODAMA_POWER,       // x^p
  KODAMA_RECIPROCAL,  // 1 / x
  KODAMA_CLAMP,       // x limited to p..q; hard tanh is p = -1, q = 1
  KODAMA_TANH,        // tanh x
  KODAMA_SIGMOID,     // 1 / (1 + e^-x)
  KODAMA_LEAKY_RELU,  // x, or p x where x < 0; ReLU is p = 0
  KODAMA_ELU,         // x, or p (e^x - 1) where x < 0
  KODAMA_SILU,        // x sigmoid(x)
  KODAMA_GELU,        // x (1 + erf(x / sqrt 2)) / 2
  KODAMA_HARD_SWISH,  // x clamp(x + 3, 0, 6) / 6
  KODAMA_SOFTPLUS,    // ln(1 + e^(p x)) / p
  KODAMA_HUBER,       // x^2 / 2, or p (|x| - p / 2) where |x| > p
} kodama_unary;

// Operations of two elements a and b. Comparisons give 1 or 0.
typedef enum : int32_t {
  KODAMA_ADD,
  KODAMA_SUBTRACT,
  KODAMA_MULTIPLY,
  KODAMA_DIVIDE,
  KODAMA_POW,
  KODAMA_MAXIMUM,  // NaN where one is NaN
  KODAMA_MINIMUM,  // NaN where one is NaN
  KODAMA_GREATER,
  KODAMA_EQUAL,
} kodama_binary;

// Reductions of a row of elements to one.
typedef enum : int32_t {
  KODAMA_SUM,
  KODAMA_LARGEST,      // NaN where one is NaN
  KODAMA_LOG_SUM_EXP,  // ln of the sum of e^x
} kodama_reduction;

#endif
