#include <cblas.h>
#include <stddef.h>

// LAPACK, which OpenBLAS contains: eigenvalues and eigenvectors of a symmetric matrix. The lengths of texts follow the
// other arguments, as Fortran compilers pass them.
void dsyev_(
    const char *job, const char *triangle, const int *order, double *matrix, const int *stride, double *eigenvalues,
    double *work, const int *work_length, int *status, size_t job_length, size_t triangle_length);
