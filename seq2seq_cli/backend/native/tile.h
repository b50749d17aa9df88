/* The register tile that every product here is made of.
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

#include "vectors.h"

#if defined(__AVX2__) && !defined(__AVX512F__)
enum { ROWS = 3 };
#else
enum { ROWS = 6 };
#endif
enum { VECTORS = 4, PANEL = VECTORS * LANES };

/* The sums of a tile while they are in memory: before its product and behind it, (ROWS, PANEL). */
typedef float Sums[ROWS][PANEL] __attribute__((aligned(64)));

/* sums[m][n] += sum over k of a[m * row + k * along] * b[k][n], for `rows` rows and `columns` columns of a panel; with
 * `half`, a and b hold words of two bf16. Columns beside those, up to whole vectors, come out as b has them. */
void s2s_tile(Sums sums, const float *a, size row, size along, const float *b, size depth, int half, size rows,
              size columns);

#endif
