#include "CStartup.h"

#if defined(__linux__)

// OpenBLAS starts a thread for each further processor while it is loaded, and where the system gives none, it interrupts
// the process or goes on with threads that never answer. The command shares work between threads of its own and runs
// every product on one, so it tells OpenBLAS what OPENBLAS_NUM_THREADS=1 would, before OpenBLAS is initialized: the
// environment can only be changed too late, in main. Where these variables are not, it starts its threads.
extern int blas_cpu_number __attribute__((weak));
extern int blas_num_threads __attribute__((weak));

static void use_one_thread(void) {
  if (&blas_cpu_number && &blas_num_threads) blas_cpu_number = blas_num_threads = 1;
}

// Functions of this section run before the initializers of all libraries.
__attribute__((section(".preinit_array"), used)) static void (*const start)(void) = use_one_thread;

#endif
