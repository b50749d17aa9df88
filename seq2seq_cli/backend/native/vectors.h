/* Vectors of the compiler's own, as many floats as the processor has in a register. */
#ifndef S2S_VECTORS_H
#define S2S_VECTORS_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#if defined(__AVX512F__)
enum { LANES = 16 };
#elif defined(__AVX2__)
enum { LANES = 8 };
#else
enum { LANES = 4 };
#endif

typedef ptrdiff_t size;
typedef float V __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float Register __attribute__((vector_size(4 * LANES))); /* a V that is never in memory */
typedef int32_t I __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE size at_most(size a, size b) { return a < b ? a : b; }
INLINE size at_least(size a, size b) { return a > b ? a : b; }
INLINE size in_units_of(size count, size unit) { return (count + unit - 1) / unit; }

INLINE V all(float number) { return number - (V){}; }

/* A word in all lanes, whatever it is. */
INLINE V all_of(const float *word) {
  int32_t bits;
  memcpy(&bits, word, sizeof bits);
  return (V)(bits + (I){});
}

/* `lanes` numbers, and 0 in the other lanes. */
INLINE V load(const float *from, size lanes) {
  if (lanes >= LANES) return *(const V *)from;
  V vector = {};
  memcpy(&vector, from, (size_t)at_least(lanes, 0) * sizeof(float));
  return vector;
}

INLINE void store(float *to, V vector, size lanes) {
  if (lanes >= LANES)
    *(V *)to = vector;
  else
    memcpy(to, &vector, (size_t)at_least(lanes, 0) * sizeof(float));
}

#endif
