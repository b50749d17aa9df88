/* See tile.h. */
#include "tile.h"

#include "half.h"

/* `half`, `rows` and `vectors` are constants wherever this is inlined, so that the loops over them are unrolled and the
 * sums are registers. */
INLINE void multiply(float (*places)[PANEL], const float *a, size row, size along, const float *b, size depth, int half,
                     int rows, int vectors) {
  Register sums[ROWS][VECTORS];
  for (int m = 0; m < rows; m++)
    for (int n = 0; n < vectors; n++) sums[m][n] = *(const V *)(places[m] + n * LANES);
  for (size k = 0; k < depth; k++, b += PANEL) {
    Register right[VECTORS];
    for (int n = 0; n < vectors; n++) right[n] = *(const V *)(b + n * LANES);
    for (int m = 0; m < rows; m++) {
      const Register left = all_of(a + m * row + k * along);
      for (int n = 0; n < vectors; n++)
        if (half)
          sums[m][n] = add_pairs(sums[m][n], left, right[n]);
        else
          sums[m][n] += left * right[n];
    }
  }
  for (int m = 0; m < rows; m++)
    for (int n = 0; n < vectors; n++) *(V *)(places[m] + n * LANES) = sums[m][n];
}

/* A whole panel's columns, or one vector of them. */
INLINE void multiply_columns(float (*places)[PANEL], const float *a, size row, size along, const float *b, size depth,
                             int half, int rows, size columns) {
  if (columns > PANEL - LANES) {
    multiply(places, a, row, along, b, depth, half, rows, VECTORS);
    return;
  }
  for (size n = 0; n < columns; n += LANES)
    multiply((float (*)[PANEL])(places[0] + n), a, row, along, b + n, depth, half, rows, 1);
}

/* As many rows as there are, in tiles of a few sizes: each size is compiled on its own. */
INLINE void multiply_rows(float (*places)[PANEL], const float *a, size row, size along, const float *b, size depth,
                          int half, size rows, size columns) {
  if (rows == ROWS) {
    multiply_columns(places, a, row, along, b, depth, half, ROWS, columns);
    return;
  }
  enum { FEW = ROWS > 4 ? 4 : 2 };
  for (; rows >= FEW; rows -= FEW, places += FEW, a += FEW * row)
    multiply_columns(places, a, row, along, b, depth, half, FEW, columns);
  if (FEW > 2 && rows >= 2) {
    multiply_columns(places, a, row, along, b, depth, half, 2, columns);
    rows -= 2, places += 2, a += 2 * row;
  }
  if (rows) multiply_columns(places, a, row, along, b, depth, half, 1, columns);
}

void s2s_tile(Sums sums, const float *a, size row, size along, const float *b, size depth, int half, size rows,
              size columns) {
  if (half)
    multiply_rows(sums, a, row, along, b, depth, 1, rows, columns);
  else
    multiply_rows(sums, a, row, along, b, depth, 0, rows, columns);
}
