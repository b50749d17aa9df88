/* A pool that deals out the parts of a piece of work. */
#ifndef S2S_THREADS_H
#define S2S_THREADS_H

#include "vectors.h"

typedef void (*Work)(void *what, size part);

/* Call work(what, 0), ..., work(what, parts - 1), each once, by whoever is free; return when all are done. Which thread
 * does a part must not matter: a result never depends on how many there are. */
void s2s_in_parts(Work work, void *what, size parts);

/* Whether a result was too large for a float since this was last asked, in any thread. */
int s2s_take_overflow(void);

/* How many threads there are, the caller's among them. */
int s2s_threads(void);
void s2s_set_threads(int count);

#endif
