// MPI without the C++ bindings, and its handles, which are macros, as functions.
#define OMPI_SKIP_MPICXX 1
#include <mpi.h>

static inline MPI_Comm kodama_mpi_world(void) { return MPI_COMM_WORLD; }
static inline MPI_Datatype kodama_mpi_byte(void) { return MPI_BYTE; }
static inline MPI_Datatype kodama_mpi_float(void) { return MPI_FLOAT; }
static inline MPI_Datatype kodama_mpi_double(void) { return MPI_DOUBLE; }
static inline MPI_Op kodama_mpi_sum(void) { return MPI_SUM; }
static inline const void *kodama_mpi_in_place(void) { return MPI_IN_PLACE; }

/* Whether a request has completed; it is void then. */
static inline int kodama_mpi_test(MPI_Request *request) {
  int done = 0;
  MPI_Test(request, &done, MPI_STATUS_IGNORE);
  return done;
}
