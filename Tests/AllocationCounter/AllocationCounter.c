// The program's own malloc family stands before the C library's, so that every caller in the process comes here, the
// Swift runtime and OpenBLAS included. The work is handed on to glibc's functions under their other names.

#include "AllocationCounter.h"
#include <errno.h>
#include <stdlib.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED // Sanitizers have a malloc of their own.
#endif
#endif

#if defined(__GLIBC__) && !defined(SANITIZED)

static _Thread_local size_t count __attribute__((tls_model("initial-exec")));

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void *__libc_memalign(size_t, size_t);
extern void __libc_free(void *);

void *malloc(size_t size) {
  count++;
  return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
  count++;
  return __libc_calloc(n, size);
}

void *realloc(void *pointer, size_t size) {
  count++;
  return __libc_realloc(pointer, size);
}

void free(void *pointer) {
  if (pointer) count++;
  __libc_free(pointer);
}

void *memalign(size_t alignment, size_t size) {
  count++;
  return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void **out, size_t alignment, size_t size) {
  void *pointer = memalign(alignment, size);
  if (!pointer) return ENOMEM;
  *out = pointer;
  return 0;
}

size_t allocations_of_this_thread(void) { return count; }
int allocations_are_counted(void) { return 1; }

#else

size_t allocations_of_this_thread(void) { return 0; }
int allocations_are_counted(void) { return 0; }

#endif
