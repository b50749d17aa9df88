/* See update.h. One pass over memory does all of an update. Sums are made in an order that is fixed by the sizes alone,
 * so that they don't depend on how many threads there are. */
#include "update.h"

#include <math.h>

#include "functions.h"
#include "threads.h"

enum { NUMBERS_A_PART = 1 << 14 };

/* --- optimisers -------------------------------------------------------------------------------------------------- */

INLINE V square_root(V x) {
  for (int lane = 0; lane < LANES; lane++) x[lane] = sqrtf(x[lane]); /* one instruction: the compiler sees it */
  return x;
}

/* The changes of LANES numbers from n on; `lanes` of them are there. The kind is a constant. */
INLINE void change(const Update *u, size n, size lanes, int kind) {
  V value = load(u->value + n, lanes), gradient = load(u->gradient + n, lanes) * all(u->scale);
  const V decay = u->decay_of_each ? load(u->decay_of_each + n, lanes) : all(u->decay);
  if (kind == ADAMW)
    value *= all(1.0f) - all(u->plain_rate) * decay; /* Loshchilov & Hutter 2019 */
  else
    gradient += value * decay;
  V step = gradient;
  if (kind == MOMENTUM) {
    step = load(u->first + n, lanes) * all(u->beta1) + gradient;
    store(u->first + n, step, lanes);
  } else if (kind >= ADAM) {
    /* m and v follow g and g² at 1 - beta1 and 1 - beta2 (Kingma & Ba 2015) */
    V mean = load(u->first + n, lanes), square = load(u->second + n, lanes);
    mean += all(1.0f - u->beta1) * (gradient - mean);
    square += all(1.0f - u->beta2) * (gradient * gradient - square);
    store(u->first + n, mean, lanes), store(u->second + n, square, lanes);
    step = mean / (square_root(square) + all(u->epsilon));
  }
  store(u->value + n, value - all(u->rate) * step, lanes);
}

static void update_part(void *what, size part) {
  const Update *u = what;
  const size start = part * NUMBERS_A_PART, end = at_most(start + NUMBERS_A_PART, u->count);
  switch (u->optimizer) {
    case SGD:
      for (size n = start; n < end; n += LANES) change(u, n, end - n, SGD);
      break;
    case MOMENTUM:
      for (size n = start; n < end; n += LANES) change(u, n, end - n, MOMENTUM);
      break;
    case ADAM:
      for (size n = start; n < end; n += LANES) change(u, n, end - n, ADAM);
      break;
    default:
      for (size n = start; n < end; n += LANES) change(u, n, end - n, ADAMW);
  }
}

void s2s_update(const Update *update) {
  s2s_in_parts(update_part, (void *)update, in_units_of(update->count, NUMBERS_A_PART));
}

/* --- sums -------------------------------------------------------------------------------------------------------- */

enum { MOST_PARTS = 4096 };

typedef struct {
  const float *numbers;
  size count, numbers_a_part;
  double sums[MOST_PARTS];
} Squares;

static void squares_of_part(void *what, size part) {
  Squares *s = what;
  const size end = at_most((part + 1) * s->numbers_a_part, s->count);
  double sum = 0;
  for (size start = part * s->numbers_a_part; start < end; start += 64 * LANES) {
    V squares = {};
    for (size n = start; n < at_most(start + 64 * LANES, end); n += LANES) {
      const V x = load(s->numbers + n, end - n);
      squares += x * x;
    }
    for (int lane = 0; lane < LANES; lane++) sum += squares[lane];
  }
  s->sums[part] = sum;
}

double s2s_squared_sum(const float *numbers, size count) {
  Squares squares = {.numbers = numbers, .count = count};
  squares.numbers_a_part = at_least(NUMBERS_A_PART, in_units_of(count, MOST_PARTS));
  const size parts = in_units_of(count, squares.numbers_a_part);
  s2s_in_parts(squares_of_part, &squares, parts);
  double sum = 0;
  for (size part = 0; part < parts; part++) sum += squares.sums[part];
  return sum;
}

typedef struct {
  const float *numbers;
  size rows, columns;
  float *sums;
} Columns;

static void columns_of_part(void *what, size part) {
  const Columns *c = what;
  const size column = part * PANEL, columns = at_most(PANEL, c->columns - column);
  for (size n = 0; n < columns; n += LANES) {
    const size lanes = columns - n;
    V sum = {};
    for (size r = 0; r < c->rows; r++) sum += load(c->numbers + r * c->columns + column + n, lanes);
    store(c->sums + column + n, load(c->sums + column + n, lanes) + sum, lanes);
  }
}

void s2s_add_column_sums(const float *numbers, size rows, size columns, float *sums) {
  Columns all_of = {numbers, rows, columns, sums};
  s2s_in_parts(columns_of_part, &all_of, in_units_of(columns, PANEL));
}

typedef struct {
  float *target;
  size width, count, columns;
  const int64_t *ids;
  const float *rows;
} Scattered;

static void scatter_part(void *what, size part) {
  const Scattered *s = what;
  const size start = part * s->columns, end = at_most(start + s->columns, s->width);
  for (size r = 0; r < s->count; r++) {
    float *to = s->target + s->ids[r] * s->width;
    const float *from = s->rows + r * s->width;
    for (size n = start; n < end; n += LANES) store(to + n, load(to + n, end - n) + load(from + n, end - n), end - n);
  }
}

void s2s_scatter_add(float *target, size width, const int64_t *ids, const float *rows, size count) {
  /* By columns, so that no two threads ever add to one number. */
  Scattered all_of = {target, width, count, at_least(PANEL, in_units_of(width, 4 * LANES) * LANES), ids, rows};
  s2s_in_parts(scatter_part, &all_of, in_units_of(width, all_of.columns));
}
