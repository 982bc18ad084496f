/* Plays blocks of any length through amplifiers as an audio thread does, and counts what such a thread must not do.

       real-time BLOCKS LENGTH MODEL.nam...

   While blocks run, their thread may only read, write and end: the operating system ends it at any other system call
   (seccomp, strict). Calls that allocate or release memory, and locks, are counted by functions of the same names, which
   the library calls instead of those of libc. Blocks are of LENGTH frames, now and then shorter, and models are reset and
   change their size on the way. Exit status 0 where nothing was counted. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <kodama.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <linux/seccomp.h>

/* Whether the calling thread plays. */
static _Thread_local volatile int counting;
static volatile unsigned long allocations, locks;

void *__libc_malloc(size_t);
void *__libc_calloc(size_t, size_t);
void *__libc_realloc(void *, size_t);
void *__libc_memalign(size_t, size_t);
void __libc_free(void *);

static void *counted(void *memory) {
  if (counting) allocations++;
  return memory;
}

void *malloc(size_t size) { return counted(__libc_malloc(size)); }
void *calloc(size_t count, size_t size) { return counted(__libc_calloc(count, size)); }
void *realloc(void *old, size_t size) { return counted(__libc_realloc(old, size)); }
void *aligned_alloc(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }
void *memalign(size_t alignment, size_t size) { return counted(__libc_memalign(alignment, size)); }
int posix_memalign(void **memory, size_t alignment, size_t size) {
  *memory = counted(__libc_memalign(alignment, size));
  return *memory ? 0 : 12;
}
void free(void *memory) {
  counted(memory);
  __libc_free(memory);
}

static int (*real_lock)(pthread_mutex_t *);
int pthread_mutex_lock(pthread_mutex_t *mutex) {
  if (counting) locks++;
  if (!real_lock) *(void **)&real_lock = dlsym(RTLD_NEXT, "pthread_mutex_lock");
  return real_lock(mutex);
}

enum { MOST = 4096, MODELS = 256 };

static int complain(const char *what) {
  fprintf(stderr, "%s\n", what);
  return 1;
}

typedef struct {
  unsigned long blocks, length;
  int models;
  kodama_amplifier *amplifiers[MODELS];
  float input[2][MOST], output[2][MOST];
  double sum;
  int ended;
} playing;

static void *play(void *context) {
  playing *p = context;
  const float *in[] = {p->input[0], p->input[1]};
  float *out[] = {p->output[0], p->output[1]};
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)) return NULL;
  counting = 1;
  for (unsigned long block = 0; block < p->blocks; block++) {
    const unsigned long frames = block % 7 ? p->length : 1 + block % p->length;
    for (int i = 0; i < p->models; i++) {
      if (block % 1000 == 500) kodama_amplifier_reset(p->amplifiers[i]);
      if (block % 1000 == 750) kodama_amplifier_set_size(p->amplifiers[i], (double)(block / 1000 % 5) / 4);
      kodama_amplifier_process(p->amplifiers[i], in, out, frames);
      p->sum += p->output[0][0];
    }
  }
  counting = 0;
  p->ended = 1;
  /* As the strict mode allows: without the work of pthread_exit. */
  syscall(SYS_exit, 0);
  return NULL;
}

int main(int argc, char **argv) {
  static playing p;
  if (argc < 4) return complain("usage: real-time BLOCKS LENGTH MODEL.nam...");
  p.blocks = strtoul(argv[1], NULL, 10), p.length = strtoul(argv[2], NULL, 10), p.models = argc - 3;
  if (p.blocks == 0 || p.length == 0 || p.length > MOST || p.models > MODELS)
    return complain("give blocks, frames and models");
  for (int i = 0; i < p.models; i++) {
    kodama_error error;
    if (kodama_amplifier_load(argv[3 + i], &p.amplifiers[i], &error)) return complain(error.message);
    if (kodama_amplifier_inputs(p.amplifiers[i]) > 2 || kodama_amplifier_outputs(p.amplifiers[i]) > 2)
      return complain("a model has more than two channels");
  }
  for (int c = 0; c < 2; c++)
    for (int t = 0; t < MOST; t++)
      p.input[c][t] = 0.3f * sinf(0.02f * (float)(t + 100 * c)) * sinf(0.0013f * (float)t);
  /* The first lock finds the address of libc's. */
  pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  pthread_mutex_unlock(&mutex);

  pthread_t thread;
  if (pthread_create(&thread, NULL, play, &p) || pthread_join(thread, NULL)) return complain("there is no thread");
  counting = 0;
  if (!p.ended) return complain("the thread that played was ended: it called the system, or may not be confined here");
  printf("%lu blocks of %lu frames of %d models: %lu allocations, %lu locks, no system call\n", p.blocks, p.length,
         p.models, allocations, locks);
  if (!isfinite(p.sum)) return complain("what was played is no number");
  return allocations || locks;
}
