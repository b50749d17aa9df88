/* See product.h. */
#include "product.h"

#include "half.h"
#include "threads.h"

/* So many words along k are used at once: of a panel 128 KB, which stay in the second-level cache while the rows of the
 * left operands pass by. */
enum { DEPTH = 512 };

/* So many rows of left operands are packed at once: 384 KB, which stay there while some panels pass by. */
enum { BLOCK = 192, MOST_LEFTS = 4 };

/* --- packing ----------------------------------------------------------------------------------------------------- */

static void pack_along_columns(const float *b, size row, size depth, size columns, int half, float *panel) {
  if (!half) {
    for (size k = 0; k < depth; k++) memcpy(panel + k * PANEL, b + k * row, (size_t)columns * sizeof(float));
    return;
  }
  for (size k = 0; k < depth; k += 2, panel += PANEL)
    for (size n = 0; n < columns; n += LANES) {
      const float *here = b + k * row + n;
      const V below = k + 1 < depth ? load(here + row, columns - n) : (V){};
      *(V *)(panel + n) = paired(load(here, columns - n), below);
    }
}

/* Read along k, a little at a time so that what is written stays in the first-level cache. */
static void pack_along_k(const float *b, size column, size depth, size columns, int half, float *panel) {
  enum { TOGETHER = 2 * LANES };
  float words[TOGETHER];
  for (size k = 0; k < depth; k += TOGETHER) {
    const size numbers = at_most(TOGETHER, depth - k), count = half ? in_units_of(numbers, 2) : numbers;
    float *rows = panel + (half ? k / 2 : k) * PANEL;
    for (size n = 0; n < columns; n++) {
      const float *from = b + k + n * column;
      if (half) to_words(from, numbers, words), from = words;
      for (size w = 0; w < count; w++) memcpy(rows + w * PANEL + n, from + w, sizeof(float));
    }
  }
}

void s2s_pack_panel(const float *b, size row, size column, size depth, size columns, int half, float *panel) {
  if (columns < PANEL) memset(panel, 0, (size_t)((half ? in_units_of(depth, 2) : depth) * PANEL) * sizeof(float));
  if (column == 1)
    pack_along_columns(b, row, depth, columns, half, panel);
  else
    pack_along_k(b, column, depth, columns, half, panel);
}

typedef struct {
  const float *from;
  size rows, columns;
  float *words;
} Rounded;

enum { ROWS_A_PART = 64 };

static void round_part(void *what, size part) {
  const Rounded *r = what;
  for (size row = part * ROWS_A_PART; row < at_most((part + 1) * ROWS_A_PART, r->rows); row++)
    to_words(r->from + row * r->columns, r->columns, r->words + row * in_units_of(r->columns, 2));
}

void s2s_to_words(const float *from, size rows, size columns, float *words) {
  Rounded rounded_rows = {from, rows, columns, words};
  s2s_in_parts(round_part, &rounded_rows, in_units_of(rows, ROWS_A_PART));
}

/* Some rows of a left operand, some of it along k: as it lies, or packed. */
typedef struct {
  const float *a;
  size row, along;
} Block;

/* Pack `rows` rows from `from` on. What lies along k stays so, in words if `half`; else k is outside, as in a transpose. */
static Block pack_block(const float *from, const Left *left, size rows, size depth, int half, float *to) {
  if (half && left->along == 1) {
    for (size m = 0; m < rows; m++) to_words(from + m * left->row, depth, to + m * DEPTH);
    return (Block){to, DEPTH, 1};
  }
  const size apart = in_units_of(rows, LANES) * LANES;
  for (size k = 0; k < depth; k += 1 + half)
    for (size m = 0; m < rows; m += LANES) {
      float *word = to + (half ? k / 2 : k) * apart + m;
      V numbers[2] = {};
      for (int next = 0; next < 1 + half && k + next < depth; next++) {
        const float *here = from + m * left->row + (k + next) * left->along;
        if (left->row == 1)
          numbers[next] = load(here, rows - m);
        else
          for (size lane = 0; lane < at_most(LANES, rows - m); lane++) numbers[next][lane] = here[lane * left->row];
      }
      *(V *)word = half ? paired(numbers[0], numbers[1]) : numbers[0];
    }
  return (Block){to, 1, apart};
}

/* --- multiplying ------------------------------------------------------------------------------------------------- */

/* The rows of a block times a panel of `columns` columns; `out` is where its first number goes. */
static void multiply_block(Block block, size count, const float *panel, size depth, int half, float *out, size out_row,
                           const float *bias, int add, size columns) {
  Sums sums;
  for (size first = 0; first < count; first += ROWS) {
    const size rows = at_most(ROWS, count - first);
    for (size m = 0; m < rows; m++) {
      const float *begin = add ? out + (first + m) * out_row : bias;
      for (size n = 0; n < columns; n += LANES) *(V *)(sums[m] + n) = begin ? load(begin + n, columns - n) : (V){};
    }
    s2s_tile(sums, block.a + first * block.row, block.row, block.along, panel, depth, half, rows, columns);
    for (size m = 0; m < rows; m++)
      for (size n = 0; n < columns; n += LANES)
        store(out + (first + m) * out_row + n, *(const V *)(sums[m] + n), columns - n);
  }
}

/* What a part of a product is: a share of each left operand's rows, by tiles, and some panels. */
typedef struct {
  size row_part, row_parts, first_panel, panels;
} Part;

static size first_row(const Left *left, size part, size parts) {
  return at_most(in_units_of(left->rows, ROWS) * part / parts * ROWS, left->rows);
}

/* A left operand that lies along k and is large would be fetched line by line for a few numbers of each. */
static int is_packed(const Product *p, const Left *left) {
  enum { LARGE = 1 << 18 };
  return p->half || (left->along > 1 && left->rows * p->depth > LARGE && p->columns > PANEL);
}

static void multiply(const Product *p, Part part) {
  static _Thread_local float panel[DEPTH * PANEL] __attribute__((aligned(64)));
  static _Thread_local float packed[DEPTH * (BLOCK + MOST_LEFTS * LANES)] __attribute__((aligned(64)));
  const size numbers = p->half ? 2 * DEPTH : DEPTH; /* along k at once */
  for (size k = 0; k == 0 || k < p->depth; k += numbers) {
    const size depth = at_most(numbers, p->depth - k), words = p->half ? in_units_of(depth, 2) : depth;
    Block blocks[MOST_LEFTS];
    float *free_place = packed;
    for (size l = 0; l < p->count; l++) {
      const Left *left = p->lefts + l;
      const size row = first_row(left, part.row_part, part.row_parts);
      const size rows = first_row(left, part.row_part + 1, part.row_parts) - row;
      const float *from = left->a + row * left->row + k * left->along;
      blocks[l] = (Block){from, left->row, left->along};
      if (!is_packed(p, left)) continue;
      blocks[l] = pack_block(from, left, rows, depth, (int)p->half, free_place);
      free_place += in_units_of(rows, LANES) * LANES * DEPTH;
    }
    for (size number = part.first_panel; number < part.first_panel + part.panels; number++) {
      const size column = number * PANEL, columns = at_most(PANEL, p->columns - column);
      s2s_pack_panel(p->b + k * p->row + column * p->column, p->row, p->column, depth, columns, (int)p->half, panel);
      for (size l = 0; l < p->count; l++) {
        const Left *left = p->lefts + l;
        const size row = first_row(left, part.row_part, part.row_parts);
        const size rows = first_row(left, part.row_part + 1, part.row_parts) - row;
        multiply_block(blocks[l], rows, panel, words, (int)p->half, left->out + row * left->out_row + column,
                       left->out_row, p->bias ? p->bias + column : NULL, p->add || k, columns);
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

static Shares shares_of(const Product *p) {
  Shares s = {p, 1, in_units_of(p->columns, PANEL), 1};
  const size threads = s2s_threads(), wanted = threads > 1 ? 4 * threads : 1;
  size rows = 0;
  int packs = 0;
  for (size l = 0; l < p->count; l++) rows += p->lefts[l].rows, packs |= is_packed(p, p->lefts + l);
  if (packs) {
    /* Blocks of rows that are packed once and meet as many panels as leaves enough parts. */
    s.row_parts = at_least(1, in_units_of(rows, BLOCK - p->count * ROWS));
    s.panels_a_part = at_least(1, s.panels / in_units_of(wanted, s.row_parts));
  } else if (threads > 1 && s.panels < wanted) {
    /* A part is a panel. Where there are few, their rows are divided too; each part packs the panel anew. */
    s.row_parts = at_least(1, at_most(in_units_of(2 * threads, at_least(s.panels, 1)), rows / (4 * ROWS)));
  }
  return s;
}

void s2s_product(const Product *p) {
  Shares s = shares_of(p);
  s2s_in_parts(multiply_part, &s, in_units_of(s.panels, s.panels_a_part) * s.row_parts);
}

typedef struct {
  const Product *first;
  size a_apart, b_apart, out_apart;
} Products;

static void multiply_one(void *what, size part) {
  const Products *all_products = what;
  Product product = *all_products->first;
  Left left = product.lefts[0];
  left.a += part * all_products->a_apart, left.out += part * all_products->out_apart;
  product.lefts = &left, product.b += part * all_products->b_apart;
  const size row_parts = is_packed(&product, &left) ? at_least(1, in_units_of(left.rows, BLOCK - ROWS)) : 1;
  for (size row_part = 0; row_part < row_parts; row_part++)
    multiply(&product, (Part){row_part, row_parts, 0, in_units_of(product.columns, PANEL)});
}

void s2s_products(const Product *first, size count, size a_apart, size b_apart, size out_apart) {
  Products products = {first, a_apart, b_apart, out_apart};
  s2s_in_parts(multiply_one, &products, count);
}
