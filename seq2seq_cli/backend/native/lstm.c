/* See lstm.h.
 *
 * With i, f, o the sigmoid gates and g the tanh gate of step t (Hochreiter & Schmidhuber 1997, Gers et al. 2000; "Deep
 * Learning from Scratch 2", 6.2):
 *
 *     c[t] = f * c[t-1] + i * g          h[t] = o * tanh(c[t])
 *
 * A row of a batch needs nothing of the others, so the rows are dealt out and each thread runs all steps of its own: they
 * never wait for each other. A panel of weights holds the four gates of some units side by side. So a tile's sums are all
 * that these units need, and the gates are computed while the sums are still at hand.
 *
 * The gradient runs back in the same way: the product of step t+1 gives the gradient of h[t], and at once it is turned
 * into that of the gates of step t. The weights' gradients are products over all steps, made afterwards.
 */
#include "lstm.h"

#include "functions.h"
#include "half.h"
#include "product.h"
#include "threads.h"

enum { GATES = 4 };
_Static_assert(GATES * LANES == PANEL, "a panel holds the four gates of as many units as a vector has lanes");

/* --- packing --------------------------------------------------------------------------------------------------- */

typedef struct {
  const float *input, *recurrent;
  size inputs, units;
  int half;
  float *panels;
} Packed;

/* How many words a row of numbers is. */
INLINE size words_of(size numbers, int half) { return half ? in_units_of(numbers, 2) : numbers; }

/* Rows (count, 4H) of a matrix into a panel of some units; return where the panel goes on. */
static float *pack_rows(const float *matrix, size count, size units, size unit, int half, float *panel) {
  const size lanes = units - unit, columns = GATES * units;
  for (size k = 0; k < count; k += 1 + half, panel += PANEL)
    for (int gate = 0; gate < GATES; gate++) {
      const float *here = matrix + k * columns + gate * units + unit;
      V numbers = load(here, lanes);
      if (half) numbers = paired(numbers, k + 1 < count ? load(here + columns, lanes) : (V){});
      *(V *)(panel + gate * LANES) = numbers;
    }
  return panel;
}

static void pack_gates(void *what, size part) {
  const Packed *p = what;
  const size unit = part * LANES;
  float *panel = p->panels + part * (words_of(p->inputs, p->half) + words_of(p->units, p->half)) * PANEL;
  panel = pack_rows(p->input, p->inputs, p->units, unit, p->half, panel);
  pack_rows(p->recurrent, p->units, p->units, unit, p->half, panel);
}

void s2s_lstm_pack(const float *input, size inputs, const float *recurrent, size units, int64_t half, float *panels) {
  Packed packed = {input, recurrent, inputs, units, (int)half, panels};
  s2s_in_parts(pack_gates, &packed, in_units_of(units, LANES));
}

static void pack_transposed(void *what, size part) {
  const Packed *p = what;
  const size columns = GATES * p->units, first = part * PANEL; /* number (k, n) is recurrent[n][k] */
  s2s_pack_panel(p->recurrent + first * columns, 1, columns, columns, at_most(PANEL, p->units - first), p->half,
                 p->panels + part * words_of(columns, p->half) * PANEL);
}

void s2s_lstm_pack_transposed(const float *recurrent, size units, int64_t half, float *panels) {
  Packed packed = {NULL, recurrent, 0, units, (int)half, panels};
  s2s_in_parts(pack_transposed, &packed, in_units_of(units, PANEL));
}

/* --- rows ------------------------------------------------------------------------------------------------------ */

/* Rows are dealt out by tiles, in turn: a batch is sorted by length, and so each part has long rows and short ones. */
static size parts_of(size rows) { return at_least(1, at_most(2 * s2s_threads(), in_units_of(rows, 2 * ROWS))); }

/* --- forward --------------------------------------------------------------------------------------------------- */

/* What is added to the products of step t: bias and input, and what is the same at every step. */
static void begin_sums(const Forward *l, Sums sums, size here, size row, size rows, size unit) {
  const size H = l->units, lanes = H - unit;
  for (size m = 0; m < rows; m++)
    for (int gate = 0; gate < GATES; gate++) {
      const size column = gate * H + unit;
      V sum = load(l->projected ? l->projected + (here + m) * GATES * H + column : l->bias + column, lanes);
      if (l->static_input) sum += load(l->static_input + (row + m) * GATES * H + column, lanes);
      *(V *)(sums[m] + gate * LANES) = sum;
    }
}

/* The gates of one row and the units of a panel, and what they make of c. */
static void through_gates(const Forward *l, const float *sums, size here, const float *c_before, size unit) {
  const size H = l->units, lanes = H - unit;
  const V *z = (const V *)sums;
  const V i = sigmoid(z[0]), f = sigmoid(z[1]), o = sigmoid(z[2]), g = tangent(z[3]);
  const V c = f * load(c_before + unit, lanes) + i * g;
  const V h = o * tangent(c);
  float *gates = l->gates + here * GATES * H + unit;
  store(gates, i, lanes), store(gates + H, f, lanes), store(gates + 2 * H, o, lanes), store(gates + 3 * H, g, lanes);
  store(l->cells + here * H + unit, c, lanes);
  store(l->y + here * H + unit, h, lanes);
  if (l->half) store_halves((uint16_t *)(l->y_words + here * words_of(H, 1)) + unit, h, lanes);
}

/* Step t of `rows` rows from `row` on, of the units of one panel. */
static void advance(const Forward *l, size t, size row, size rows, size unit) {
  const size H = l->units, D = l->x ? l->inputs : 0;
  const size here = l->starts[t] + row, before = t ? l->starts[t - 1] + row : row;
  const int half = (int)l->half;
  const size x_words = words_of(D, half), words = words_of(H, half);
  const float *h = half ? (t ? l->y_words : l->h_words) : (t ? l->y : l->h), *c = t ? l->cells : l->c;
  const float *panel = l->weights + unit / LANES * (x_words + words) * PANEL;
  Sums sums;
  begin_sums(l, sums, here, row, rows, unit);
  if (D) s2s_tile(sums, l->x + here * x_words, x_words, 1, panel, x_words, half, rows, PANEL);
  s2s_tile(sums, h + before * words, words, 1, panel + x_words * PANEL, words, half, rows, PANEL);
  for (size m = 0; m < rows; m++) through_gates(l, sums[m], here + m, c + (before + m) * H, unit);
}

typedef struct {
  const void *layer;
  size parts;
} Rows;

static void forward_part(void *what, size part) {
  const Rows *dealt = what;
  const Forward *l = dealt->layer;
  const size H = l->units, apart = dealt->parts * ROWS;
  for (size t = 0; t < l->steps; t++) {
    const size count = l->counts[t], after = t + 1 < l->steps ? l->counts[t + 1] : 0;
    /* Panels outside and rows inside: a panel comes from far away once a step. */
    for (size unit = 0; unit < H; unit += LANES)
      for (size row = part * ROWS; row < count; row += apart) advance(l, t, row, at_most(ROWS, count - row), unit);
    for (size row = part * ROWS; row < count; row += apart)
      for (size r = at_least(row, after); r < at_most(row + ROWS, count); r++) { /* these end here */
        memcpy(l->last_h + r * H, l->y + (l->starts[t] + r) * H, (size_t)H * sizeof(float));
        memcpy(l->last_c + r * H, l->cells + (l->starts[t] + r) * H, (size_t)H * sizeof(float));
      }
  }
}

void s2s_lstm_forward(const Forward *layer) {
  Rows dealt = {layer, parts_of(layer->rows)};
  s2s_in_parts(forward_part, &dealt, dealt.parts);
}

/* --- backward -------------------------------------------------------------------------------------------------- */

/* Turn the gradient of h[t] into that of the gates, and the gradient of c[t] into that of c[t-1], of LANES units of a
 * row. */
static void through_cell(const Backward *l, size here, const float *c_before, size row, size unit, V dh) {
  const size H = l->units, lanes = H - unit;
  const float *gates = l->gates + here * GATES * H + unit;
  float *dgates = l->dgates + here * GATES * H + unit, *dc_place = l->dc + row * H + unit;
  const V i = load(gates, lanes), f = load(gates + H, lanes), o = load(gates + 2 * H, lanes), g = load(gates + 3 * H, lanes);
  const V one = all(1.0f), tanh_c = tangent(load(l->cells + here * H + unit, lanes));
  if (l->dy) dh += load(l->dy + here * H + unit, lanes);
  /* h = o * tanh(c) */
  const V dc = load(dc_place, lanes) + dh * o * (one - tanh_c * tanh_c);
  const V d_o = dh * tanh_c;
  /* c = f * c_before + i * g */
  const V d_i = dc * g, d_f = dc * load(c_before + unit, lanes), d_g = dc * i;
  store(dc_place, dc * f, lanes);
  /* the slope of a sigmoid s is s (1 - s), that of a tanh 1 - g² */
  const V before_gates[GATES] = {d_i * i * (one - i), d_f * f * (one - f), d_o * o * (one - o), d_g * (one - g * g)};
  uint16_t *halves = l->half ? (uint16_t *)(l->dgates_words + here * 2 * H) + unit : NULL;
  for (int gate = 0; gate < GATES; gate++) {
    store(dgates + gate * H, before_gates[gate], lanes);
    if (l->half) store_halves(halves + gate * H, before_gates[gate], lanes);
  }
}

/* Step t of some rows, of the units of one panel. The gradient of h[t] is what step t+1 sends back, or for rows that end
 * here what came for the last state. Before the first step, t = -1, there are no gates: the gradient of the first h is
 * what is wanted. */
static void go_back(const Backward *l, size t, size row, size rows, size unit, int goes_on) {
  const size H = l->units, columns = at_most(PANEL, H - unit), words = words_of(GATES * H, (int)l->half);
  Sums sums;
  for (size m = 0; m < rows; m++)
    for (size n = 0; n < columns; n += LANES)
      *(V *)(sums[m] + n) =
          !goes_on && l->dlast_h ? load(l->dlast_h + (row + m) * H + unit + n, columns - n) : (V){};
  if (goes_on)
    s2s_tile(sums, (l->half ? l->dgates_words : l->dgates) + (l->starts[t + 1] + row) * words, words, 1,
             l->weights + unit / PANEL * words * PANEL, words, (int)l->half, rows, columns);
  for (size m = 0; m < rows; m++)
    for (size n = 0; n < columns; n += LANES) {
      const V dh = *(const V *)(sums[m] + n);
      if (t < 0)
        store(l->dh + (row + m) * H + unit + n, dh, columns - n);
      else
        through_cell(l, l->starts[t] + row + m, t ? l->cells + (l->starts[t - 1] + row + m) * H : l->c + (row + m) * H,
                     row + m, unit + n, dh);
    }
}

static void backward_part(void *what, size part) {
  const Rows *dealt = what;
  const Backward *l = dealt->layer;
  const size H = l->units, apart = dealt->parts * ROWS;
  for (size row = part * ROWS; row < l->rows; row += apart) {
    const size there = at_most(ROWS, l->rows - row), bytes = there * H * (size)sizeof(float);
    if (l->dlast_c)
      memcpy(l->dc + row * H, l->dlast_c + row * H, (size_t)bytes);
    else
      memset(l->dc + row * H, 0, (size_t)bytes);
  }
  for (size t = l->steps - 1; t >= -1; t--)
    for (size unit = 0; unit < H; unit += PANEL) {
      const size count = t >= 0 ? l->counts[t] : l->rows, going_on = t + 1 < l->steps ? l->counts[t + 1] : 0;
      for (size row = part * ROWS; row < count; row += apart) {
        const size end = at_most(row + ROWS, count), border = at_least(row, at_most(going_on, end));
        if (row < border) go_back(l, t, row, border - row, unit, 1);
        if (border < end) go_back(l, t, border, end - border, unit, 0); /* these end here */
      }
    }
  if (!l->dstatic) return;
  for (size row = part * ROWS; row < l->rows; row += apart)
    for (size r = row; r < at_most(row + ROWS, l->rows); r++) {
      float *sum = l->dstatic + r * GATES * H;
      memset(sum, 0, (size_t)(GATES * H) * sizeof(float));
      for (size t = 0; t < l->steps && r < l->counts[t]; t++) {
        const float *dgates = l->dgates + (l->starts[t] + r) * GATES * H;
        for (size column = 0; column < GATES * H; column++) sum[column] += dgates[column];
      }
    }
}

void s2s_lstm_backward(const Backward *layer) {
  Rows dealt = {layer, parts_of(layer->rows)};
  s2s_in_parts(backward_part, &dealt, dealt.parts);
}
