/* See lstm.h.
 *
 * With i, f, o the sigmoid gates and g the tanh gate of step t (Hochreiter & Schmidhuber 1997, Gers et al. 2000; "Deep
 * Learning from Scratch 2", 6.2):
 *
 *     c[t] = f * c[t-1] + i * g          h[t] = o * tanh(c[t])
 *
 * A row of a batch needs nothing of the others, so the rows are dealt out and each thread runs all steps of its own: they
 * never wait for each other. A panel of weights holds the four gates of some units side by side. So a tile's sums are all
 * that these units need, and the gates are computed from the registers, before anything is written.
 *
 * The gradient runs back in the same way: the product of step t+1 gives the gradient of h[t] in registers, and there it
 * is turned into that of the gates of step t. The weights' gradients are products over all steps, made afterwards.
 */
#include "lstm.h"

#include "functions.h"
#include "product.h"
#include "threads.h"

enum { GATES = 4 };
_Static_assert(GATES * LANES == PANEL, "a panel holds the four gates of as many units as a vector has lanes");

/* --- packing --------------------------------------------------------------------------------------------------- */

typedef struct {
  const float *input, *recurrent;
  size inputs, units;
  float *panels;
} Packed;

static void pack_gates(void *what, size part) {
  const Packed *p = what;
  const size unit = part * LANES, lanes = at_most(LANES, p->units - unit), columns = GATES * p->units;
  float *panel = p->panels + part * (p->inputs + p->units) * PANEL;
  for (size k = 0; k < p->inputs + p->units; k++, panel += PANEL) {
    const float *from = k < p->inputs ? p->input + k * columns : p->recurrent + (k - p->inputs) * columns;
    for (int gate = 0; gate < GATES; gate++) *(V *)(panel + gate * LANES) = load(from + gate * p->units + unit, lanes);
  }
}

void s2s_lstm_pack(const float *input, size inputs, const float *recurrent, size units, float *panels) {
  Packed packed = {input, recurrent, inputs, units, panels};
  s2s_in_parts(pack_gates, &packed, in_units_of(units, LANES));
}

static void pack_transposed(void *what, size part) {
  const Packed *p = what;
  const size columns = GATES * p->units, first = part * PANEL; /* number (k, n) is recurrent[n][k] */
  s2s_pack_panel(p->recurrent + first * columns, 1, columns, columns, at_most(PANEL, p->units - first),
                 p->panels + part * columns * PANEL);
}

void s2s_lstm_pack_transposed(const float *recurrent, size units, float *panels) {
  Packed packed = {NULL, recurrent, 0, units, panels};
  s2s_in_parts(pack_transposed, &packed, in_units_of(units, PANEL));
}

/* --- rows ------------------------------------------------------------------------------------------------------ */

/* Rows are dealt out by tiles, in turn: a batch is sorted by length, and so each part has long rows and short ones. */
static size parts_of(size rows) { return at_least(1, at_most(2 * s2s_threads(), in_units_of(rows, 2 * ROWS))); }

/* --- forward --------------------------------------------------------------------------------------------------- */

/* Step t of `rows` rows from `row` on, of the units of one panel. */
INLINE void advance(const Forward *l, size t, size row, size unit, int rows) {
  const size H = l->units, D = l->x ? l->inputs : 0, lanes = H - unit;
  const size here = l->starts[t] + row, before = t ? l->starts[t - 1] + row : row;
  const float *h = t ? l->y : l->h, *c = t ? l->cells : l->c;
  const float *panel = l->weights + unit / LANES * (D + H) * PANEL;
  V sums[ROWS][VECTORS];
  for (int m = 0; m < rows; m++)
    for (int gate = 0; gate < GATES; gate++) {
      const size column = gate * H + unit;
      sums[m][gate] = load(l->projected ? l->projected + (here + m) * GATES * H + column : l->bias + column, lanes);
      if (l->static_input) sums[m][gate] += load(l->static_input + (row + m) * GATES * H + column, lanes);
    }
  if (D) tile(sums, l->x + here * D, D, 1, panel, D, rows, GATES);
  tile(sums, h + before * H, H, 1, panel + D * PANEL, H, rows, GATES);
  for (int m = 0; m < rows; m++) {
    const V i = sigmoid(sums[m][0]), f = sigmoid(sums[m][1]), o = sigmoid(sums[m][2]), g = tangent(sums[m][3]);
    const V new_c = f * load(c + (before + m) * H + unit, lanes) + i * g;
    float *gates = l->gates + (here + m) * GATES * H + unit;
    store(gates, i, lanes), store(gates + H, f, lanes), store(gates + 2 * H, o, lanes), store(gates + 3 * H, g, lanes);
    store(l->cells + (here + m) * H + unit, new_c, lanes);
    store(l->y + (here + m) * H + unit, o * tangent(new_c), lanes);
  }
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
      for (size tile = part * ROWS; tile < count; tile += apart)
        for (size row = tile, end = at_most(tile + ROWS, count), taken; row < end; row += taken) {
          taken = next_rows(end - row);
          WITH_ROWS(taken, advance(l, t, row, unit, rows));
        }
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

/* The gradient of h[t] of some units: what step t+1 sends back to rows that go on, and to rows that end here what came
 * for the last state. */
INLINE void gradient_of_h(const Backward *l, size t, size row, size unit, int goes_on, V sums[ROWS][VECTORS], int rows,
                          int vectors) {
  const size H = l->units;
  for (int m = 0; m < rows; m++)
    for (int n = 0; n < vectors; n++) {
      const size at = unit + n * LANES;
      sums[m][n] = !goes_on && l->dlast_h ? load(l->dlast_h + (row + m) * H + at, H - at) : (V){};
    }
  if (goes_on)
    tile(sums, l->dgates + (l->starts[t + 1] + row) * GATES * H, GATES * H, 1,
         l->weights + unit / PANEL * GATES * H * PANEL + unit % PANEL, GATES * H, rows, vectors);
}

/* Turn the gradient of h[t] into that of the gates, and the gradient of c[t] into that of c[t-1]. */
INLINE void through_cell(const Backward *l, size here, size before, size row, size unit, const float *c, V dh) {
  const size H = l->units, lanes = H - unit;
  const float *gates = l->gates + here * GATES * H + unit;
  float *dgates = l->dgates + here * GATES * H + unit, *dc_place = l->dc + row * H + unit;
  const V i = load(gates, lanes), f = load(gates + H, lanes), o = load(gates + 2 * H, lanes), g = load(gates + 3 * H, lanes);
  const V one = all(1.0f), tanh_c = tangent(load(l->cells + here * H + unit, lanes));
  /* h = o * tanh(c) */
  const V dc = load(dc_place, lanes) + dh * o * (one - tanh_c * tanh_c);
  const V d_o = dh * tanh_c;
  /* c = f * c_before + i * g */
  const V d_i = dc * g, d_f = dc * load(c + before * H + unit, lanes), d_g = dc * i;
  store(dc_place, dc * f, lanes);
  /* the slope of a sigmoid s is s (1 - s), that of a tanh 1 - g² */
  store(dgates, d_i * i * (one - i), lanes), store(dgates + H, d_f * f * (one - f), lanes);
  store(dgates + 2 * H, d_o * o * (one - o), lanes), store(dgates + 3 * H, d_g * (one - g * g), lanes);
}

/* Step t of some rows and units. Before the first step, t = -1, there are no gates: the gradient of the first h is what
 * is wanted. */
INLINE void go_back(const Backward *l, size t, size row, size unit, int goes_on, int rows, int vectors) {
  const size H = l->units;
  V sums[ROWS][VECTORS];
  gradient_of_h(l, t, row, unit, goes_on, sums, rows, vectors);
  for (int m = 0; m < rows; m++)
    for (int n = 0; n < vectors; n++) {
      const size at = unit + n * LANES;
      if (t < 0) {
        store(l->dh + (row + m) * H + at, sums[m][n], H - at);
        continue;
      }
      const size here = l->starts[t] + row + m, before = t ? l->starts[t - 1] + row + m : row + m;
      V dh = sums[m][n];
      if (l->dy) dh += load(l->dy + here * H + at, H - at);
      through_cell(l, here, before, row + m, at, t ? l->cells : l->c, dh);
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
    for (size unit = 0, vectors_taken; unit < H; unit += vectors_taken * LANES) {
      vectors_taken = next_vectors(in_units_of(H - unit, LANES));
      const size count = t >= 0 ? l->counts[t] : l->rows, going_on = t + 1 < l->steps ? l->counts[t + 1] : 0;
      for (size tile = part * ROWS; tile < count; tile += apart)
        for (size row = tile, end = at_most(tile + ROWS, count), taken; row < end; row += taken) {
          const int goes_on = row < going_on; /* the rows of one tile all do, or none does */
          taken = next_rows((goes_on ? at_most(end, going_on) : end) - row);
          WITH_ROWS(taken, WITH_VECTORS(vectors_taken, go_back(l, t, row, unit, goes_on, rows, vectors)));
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
