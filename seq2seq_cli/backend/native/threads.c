/* See threads.h.
 *
 * Parts are claimed one by one from a counter. A thread that another job keeps from its core claims few, and the others
 * do what it leaves: a busy machine costs a share of the time and no collapse. The caller works too, so that work is
 * done even if no other thread ever runs.
 *
 * After its part a worker looks for more for a while before it sleeps: the next kernel of a training step follows within
 * some microseconds, and waking a sleeper takes 30.
 */
#include "threads.h"

#include <fenv.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { MOST_THREADS = 256, LOOKS = 4000, LOOKS_BEFORE_YIELDING = 400 };

static struct {
  Work work;
  void *what;
  size parts;
  atomic_ptrdiff_t next;     /* the first part that nobody has claimed */
  atomic_int open;           /* whether there is work that a thread may enter */
  atomic_int inside;         /* threads that have entered */
  atomic_uint number;        /* of this piece of work: changes when there is a new one */
  atomic_int sleepers;
} job;

static pthread_mutex_t in_use = PTHREAD_MUTEX_INITIALIZER; /* by the caller whose work it is */
static pthread_mutex_t bed = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t bell = PTHREAD_COND_INITIALIZER;
static int wanted = 1, workers = 0;

static void pause_briefly(int looks) {
  if (looks > LOOKS_BEFORE_YIELDING) sched_yield();
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

/* The processor keeps a flag a thread for it. */
static atomic_int overflowed;

static void note_overflow(void) {
  if (fetestexcept(FE_OVERFLOW)) atomic_store(&overflowed, 1);
}

int s2s_take_overflow(void) { return atomic_exchange(&overflowed, 0); }

static void do_parts(void) {
  feclearexcept(FE_OVERFLOW);
  for (size part; (part = atomic_fetch_add(&job.next, 1)) < job.parts;) job.work(job.what, part);
  note_overflow();
}

static void *stand_by(void *mine) {
  const int index = (int)(intptr_t)mine;
  unsigned seen = 0;
  for (;;) {
    for (int looks = 0; atomic_load(&job.number) == seen && looks < LOOKS; looks++) pause_briefly(looks);
    if (atomic_load(&job.number) == seen) {
      pthread_mutex_lock(&bed);
      atomic_fetch_add(&job.sleepers, 1);
      while (atomic_load(&job.number) == seen) pthread_cond_wait(&bell, &bed);
      atomic_fetch_sub(&job.sleepers, 1);
      pthread_mutex_unlock(&bed);
    }
    seen = atomic_load(&job.number);
    /* Enter first and ask then: whoever closes the job asks in the other order. */
    atomic_fetch_add(&job.inside, 1);
    if (atomic_load(&job.open) > index) do_parts();
    atomic_fetch_sub(&job.inside, 1);
  }
  return NULL;
}

/* A forked child has none of its parent's threads. */
static void forget_workers(void) {
  workers = 0;
  atomic_store(&job.open, 0);
  atomic_store(&job.inside, 0);
  atomic_store(&job.sleepers, 0);
  pthread_mutex_init(&in_use, NULL);
  pthread_mutex_init(&bed, NULL);
  pthread_cond_init(&bell, NULL);
}

static void hire(void) {
  static int told = 0;
  if (!told) told = pthread_atfork(NULL, NULL, forget_workers) == 0;
  pthread_attr_t detached;
  if (pthread_attr_init(&detached)) return;
  pthread_attr_setdetachstate(&detached, PTHREAD_CREATE_DETACHED);
  for (; workers + 1 < wanted; workers++) {
    pthread_t thread;
    if (pthread_create(&thread, &detached, stand_by, (void *)(intptr_t)(workers + 1))) break;
  }
  pthread_attr_destroy(&detached);
}

int s2s_threads(void) { return wanted; }

void s2s_set_threads(int count) {
  pthread_mutex_lock(&in_use);
  wanted = count < 1 ? 1 : count > MOST_THREADS ? MOST_THREADS : count;
  pthread_mutex_unlock(&in_use);
}

void s2s_in_parts(Work work, void *what, size parts) {
  if (parts == 1 || wanted == 1 || pthread_mutex_trylock(&in_use)) {
    /* Another Python thread has the pool: do it alone. */
    feclearexcept(FE_OVERFLOW);
    for (size part = 0; part < parts; part++) work(what, part);
    note_overflow();
    return;
  }
  if (workers + 1 < wanted) hire();
  job.work = work, job.what = what, job.parts = parts;
  atomic_store(&job.next, 0);
  atomic_store(&job.open, wanted);
  atomic_fetch_add(&job.number, 1);
  if (atomic_load(&job.sleepers)) {
    pthread_mutex_lock(&bed);
    pthread_cond_broadcast(&bell);
    pthread_mutex_unlock(&bed);
  }
  do_parts();
  atomic_store(&job.open, 0);
  for (int looks = 0; atomic_load(&job.inside); looks++) pause_briefly(looks);
  pthread_mutex_unlock(&in_use);
}
