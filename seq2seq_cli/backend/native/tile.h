/* The register tile that every product here is made of, and the vectors it is made of.
 *
 * A tile is ROWS x VECTORS vectors of sums that stay in registers while k runs along the products. B lies packed in
 * panels: for each k the VECTORS * LANES numbers of the panel's columns, one behind the other. Then a step of k is
 * VECTORS loads, ROWS broadcasts and ROWS * VECTORS multiply-adds, and nothing waits for memory.
 *
 * The sizes are those that fit the registers. AVX-512 has 32 of 16 floats: 6 x 4 sums, 4 of B and one broadcast are 29.
 * AVX2 has 16 of 8 floats: 3 x 4 sums, 3 broadcasts and one of B. NEON has 32 of 4 floats.
 */
#ifndef S2S_TILE_H
#define S2S_TILE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__AVX512F__)
enum { LANES = 16, ROWS = 6 };
#elif defined(__AVX2__)
enum { LANES = 8, ROWS = 3 };
#else
enum { LANES = 4, ROWS = 6 };
#endif
enum { VECTORS = 4, PANEL = VECTORS * LANES };

typedef ptrdiff_t size;
typedef float V __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef int32_t I __attribute__((vector_size(4 * LANES), aligned(4), may_alias));

#define INLINE static inline __attribute__((always_inline))

INLINE size at_most(size a, size b) { return a < b ? a : b; }
INLINE size at_least(size a, size b) { return a > b ? a : b; }
INLINE size in_units_of(size count, size unit) { return (count + unit - 1) / unit; }

#if defined(__x86_64__)
#include <immintrin.h>
#endif

INLINE V all(float number) { return number - (V){}; }

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

/* sums[m][n] += sum over k of a[m * row + k * along] * b[k][n], for `rows` rows and `vectors` vectors of columns. Both
 * are constants wherever this is inlined, so that the loops over them are unrolled and the sums are registers. */
INLINE void tile(V sums[ROWS][VECTORS], const float *a, size row, size along, const float *b, size depth, int rows,
                 int vectors) {
  for (size k = 0; k < depth; k++, b += PANEL) {
    V right[VECTORS];
    for (int n = 0; n < vectors; n++) right[n] = *(const V *)(b + n * LANES);
    for (int m = 0; m < rows; m++) {
      const V left = all(a[m * row + k * along]);
      for (int n = 0; n < vectors; n++) sums[m][n] += left * right[n];
    }
  }
}

/* How many of `count` rows the next tile takes: few sizes, since each is compiled on its own. */
INLINE int next_rows(size count) { return count >= ROWS ? ROWS : ROWS > 4 && count >= 4 ? 4 : count >= 2 ? 2 : 1; }

/* Run a statement with `rows` as a constant: `count`, one of those. */
#define WITH_ROWS(count, statement)                       \
  switch (count) {                                        \
    case 1: { enum { rows = 1 }; statement; } break;      \
    case 2: { enum { rows = 2 }; statement; } break;      \
    case 4: { enum { rows = ROWS > 4 ? 4 : 1 }; statement; } break; \
    default: { enum { rows = ROWS }; statement; } break;  \
  }

/* The same with `vectors`: all of a panel's, or one. */
#define WITH_VECTORS(count, statement)                              \
  switch (count) {                                                  \
    case VECTORS: { enum { vectors = VECTORS }; statement; } break; \
    default: { enum { vectors = 1 }; statement; } break;            \
  }

/* How many of a panel's `count` vectors are taken together. */
INLINE int next_vectors(size count) { return count >= VECTORS ? VECTORS : 1; }

#endif
