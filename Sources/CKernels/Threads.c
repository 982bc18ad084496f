#if defined(__linux__)
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#endif

#include "Threads.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

void kodama_pause(void) {
#if defined(__x86_64__)
  _mm_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

int kodama_processor(void) {
#if defined(__linux__)
  return sched_getcpu();
#else
  return -1;
#endif
}

void kodama_leave_processor(int number) {
#if defined(__linux__)
  cpu_set_t allowed, others;
  if (number < 0 || number >= CPU_SETSIZE) return;
  if (pthread_getaffinity_np(pthread_self(), sizeof allowed, &allowed) != 0) return;
  others = allowed;
  CPU_CLR(number, &others);
  if (CPU_COUNT(&others) == 0) return;
  if (pthread_setaffinity_np(pthread_self(), sizeof others, &others) == 0)
    pthread_setaffinity_np(pthread_self(), sizeof allowed, &allowed);
#else
  (void)number;
#endif
}

int kodama_allowed_processors(void) {
#if defined(__linux__)
  // Room for more processors than a machine has: a mask that is too short for the system is refused.
  cpu_set_t allowed[64];
  if (sched_getaffinity(0, sizeof allowed, allowed) != 0) return 0;
  return CPU_COUNT_S(sizeof allowed, allowed);
#else
  return 0;
#endif
}
