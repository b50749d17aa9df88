/* See product.h. */
#include "product.h"

#include "threads.h"

/* So many rows of a panel are used at once: 128 KB, which stay in the second-level cache while all rows of the left
 * operands pass by. */
enum { DEPTH = 512 };

/* So many rows of a left operand are packed at once: 384 KB, which stay there while some panels pass by. */
enum { BLOCK = 192 };

void s2s_pack_panel(const float *b, size row, size column, size depth, size columns, float *panel) {
  if (columns < PANEL) memset(panel, 0, (size_t)(depth * PANEL) * sizeof(float));
  if (column == 1) {
    for (size k = 0; k < depth; k++) memcpy(panel + k * PANEL, b + k * row, (size_t)columns * sizeof(float));
    return;
  }
  /* Read along what lies together, a little at a time so that what is written stays in the first-level cache. */
  enum { BLOCK = 32 };
  for (size start = 0; start < depth; start += BLOCK) {
    const size end = at_most(start + BLOCK, depth);
    for (size n = 0; n < columns; n++)
      for (size k = start; k < end; k++) panel[k * PANEL + n] = b[k * row + n * column];
  }
}

/* Some rows times some vectors of a panel, of which `columns` numbers are there. */
INLINE void multiply_rows(const Left *left, const float *panel, size depth, const float *bias, int add, size columns,
                          int rows, int vectors) {
  V sums[ROWS][VECTORS];
  float *out = left->out;
  for (int m = 0; m < rows; m++)
    for (int n = 0; n < vectors; n++) {
      const size at = n * LANES;
      sums[m][n] = add ? load(out + m * left->out_row + at, columns - at) : bias ? load(bias + at, columns - at) : (V){};
    }
  tile(sums, left->a, left->row, left->along, panel, depth, rows, vectors);
  for (int m = 0; m < rows; m++)
    for (int n = 0; n < vectors; n++) store(out + m * left->out_row + n * LANES, sums[m][n], columns - n * LANES);
}

/* Rows [row, end) of a left operand times a panel. `strips` holds them packed, or is NULL. */
static void multiply_tiles(const Product *p, const Left *left, size row, size end, size column, size k, size depth,
                           const float *panel, const float *strips) {
  const size columns = at_most(p->columns - column, PANEL);
  const int add = p->add || k;
  for (size first = row, step; row < end; row += step) {
    step = next_rows(end - row);
    Left rows_here = {left->a + row * left->row + k * left->along, left->row, left->along, step, NULL, left->out_row};
    if (strips) {
      const size strip = (row - first) / ROWS, inside = (row - first) % ROWS;
      rows_here.a = strips + strip * depth * ROWS + inside, rows_here.row = 1, rows_here.along = ROWS;
    }
    for (size n = 0, taken; n < columns; n += taken * LANES) {
      taken = next_vectors(in_units_of(columns - n, LANES));
      const float *bias = p->bias ? p->bias + column + n : NULL;
      rows_here.out = left->out + row * left->out_row + column + n;
      WITH_ROWS(step, WITH_VECTORS(taken, multiply_rows(&rows_here, panel + n, depth, bias, add, columns - n, rows, vectors)));
    }
  }
}

/* What a part of a product is: some rows of the left operands, dealt out by tiles, and some panels. */
typedef struct {
  size row_part, row_parts, first_panel, panels;
} Part;

static size first_row(const Left *left, size part, size parts) {
  return at_most(in_units_of(left->rows, ROWS) * part / parts * ROWS, left->rows);
}

/* A left operand that lies along k and is large is fetched line by line for a few numbers of each; it is packed. */
static int is_packed(const Product *p, const Left *left) {
  enum { LARGE = 1 << 18 };
  return left->along > 1 && left->rows * p->depth > LARGE && p->columns > PANEL;
}

/* Copy rows [row, end) into strips of ROWS, each (depth, ROWS). */
static void pack_strips(const Left *left, size row, size end, size k, size depth, float *strips) {
  for (; row < end; row += ROWS, strips += depth * ROWS) {
    const float *a = left->a + row * left->row + k * left->along;
    const size there = at_most(ROWS, end - row);
    for (size d = 0; d < depth; d++)
      for (size m = 0; m < there; m++) strips[d * ROWS + m] = a[m * left->row + d * left->along];
  }
}

static void multiply(const Product *p, Part part) {
  static _Thread_local float panel[DEPTH * PANEL] __attribute__((aligned(64)));
  static _Thread_local float strips[DEPTH * BLOCK] __attribute__((aligned(64)));
  for (size k = 0; k == 0 || k < p->depth; k += DEPTH) {
    const size depth = at_most(DEPTH, p->depth - k);
    const Left *packed = NULL;
    for (size number = part.first_panel; number < part.first_panel + part.panels; number++) {
      const size column = number * PANEL;
      s2s_pack_panel(p->b + k * p->row + column * p->column, p->row, p->column, depth, at_most(p->columns - column, PANEL),
                     panel);
      for (const Left *left = p->lefts; left < p->lefts + p->count; left++) {
        const size row = first_row(left, part.row_part, part.row_parts);
        const size end = first_row(left, part.row_part + 1, part.row_parts);
        const int use_strips = is_packed(p, left) && end - row <= BLOCK;
        if (use_strips && packed != left) pack_strips(left, row, end, k, depth, strips), packed = left;
        multiply_tiles(p, left, row, end, column, k, depth, panel, use_strips ? strips : NULL);
      }
    }
  }
}

typedef struct {
  const Product *product;
  size row_parts, panels, panels_a_part;
} Shares;

static void multiply_part(void *what, size number) {
  const Shares *s = what;
  const size first = number / s->row_parts * s->panels_a_part;
  multiply(s->product, (Part){number % s->row_parts, s->row_parts, first, at_most(s->panels_a_part, s->panels - first)});
}

void s2s_product(const Product *p) {
  Shares s = {p, 1, in_units_of(p->columns, PANEL), 1};
  size rows = 0, packs = 0;
  for (const Left *left = p->lefts; left < p->lefts + p->count; left++) {
    rows = at_least(rows, left->rows);
    packs |= is_packed(p, left);
  }
  const size threads = s2s_threads(), wanted = threads > 1 ? 4 * threads : 1;
  if (packs) {
    /* Blocks of rows that are packed once and meet as many panels as leaves enough parts. */
    s.row_parts = in_units_of(rows, BLOCK - ROWS);
    s.panels_a_part = at_least(1, s.panels / in_units_of(wanted, s.row_parts));
  } else if (s.panels < wanted) {
    /* A part is a panel. Where there are few, their rows are divided too; each part packs the panel anew. */
    s.row_parts = at_least(1, at_most(in_units_of(2 * threads, at_least(s.panels, 1)), rows / (4 * ROWS)));
    if (threads == 1) s.row_parts = 1;
  }
  s2s_in_parts(multiply_part, &s, in_units_of(s.panels, s.panels_a_part) * s.row_parts);
}

typedef struct {
  const Product *first;
  size a_apart, b_apart, out_apart;
} Products;

static void multiply_one(void *what, size part) {
  const Products *all_of = what;
  Product product = *all_of->first;
  Left left = product.lefts[0];
  left.a += part * all_of->a_apart, left.out += part * all_of->out_apart;
  product.lefts = &left, product.b += part * all_of->b_apart;
  multiply(&product, (Part){0, 1, 0, in_units_of(product.columns, PANEL)});
}

void s2s_products(const Product *first, size count, size a_apart, size b_apart, size out_apart) {
  Products products = {first, a_apart, b_apart, out_apart};
  s2s_in_parts(multiply_one, &products, count);
}
