/* Matrix products. */
#ifndef S2S_PRODUCT_H
#define S2S_PRODUCT_H

#include "tile.h"

/* One left operand and where its product goes: out (rows, columns) = a (rows, depth) times the right operand. Number
 * (m, k) of a is a[m * row + k * along], so that a transpose is nothing but another pair of steps. */
typedef struct {
  const float *a;
  size row, along, rows;
  float *out;
  size out_row;
} Left;

/* Several left operands share a right one, which is then packed once. Number (k, n) of it is b[k * row + n * column]. */
typedef struct {
  const Left *lefts;
  size count;
  const float *b;
  size row, column, depth, columns;
  const float *bias; /* (columns,) that every row begins with, or NULL */
  int64_t add;       /* whether to add to what `out` holds; then there is no bias */
  int64_t half;      /* whether the operands are rounded to bf16 */
} Product;

void s2s_product(const Product *product);

/* `count` products of one shape each, of operands that lie so far apart: a (count, rows, depth), b, out. */
void s2s_products(const Product *first, size count, size a_apart, size b_apart, size out_apart);

/* Copy numbers b[k * row + n * column], k < depth, n < columns <= PANEL, into a panel (depth, PANEL), or with `half` into
 * words (half of depth, PANEL); what is missing is 0. */
void s2s_pack_panel(const float *b, size row, size column, size depth, size columns, int half, float *panel);

/* Write rows of numbers as rows of words; see half.h. */
void s2s_to_words(const float *from, size rows, size columns, float *words);

#endif
