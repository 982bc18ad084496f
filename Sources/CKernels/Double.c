// The double-precision entry, for gradient checks: the template with the C library's functions.

#include "CKernels.h"
#include <math.h>

#define REAL double
#define TABLE kodama_kernels_f64
#define NAME(x) x##_f64_portable
#define EXP exp
#define TANH tanh
#define ENTRY "portable"
#define LANES 8
#include "Template.inc"

const kodama_kernels_f64 *kodama_kernels_f64_portable(void) { return &table_f64_portable; }
