/* See softmax.h. A row is gone through three times while it is in the cache: for its greatest number, for the sum of the
 * exponentials, for what comes out. */
#include "softmax.h"

#include <math.h>

#include "functions.h"
#include "threads.h"

enum { NUMBERS_A_PART = 1 << 15 };

INLINE float greatest(const float *row, size count) {
  V most = all(row[0]);
  size n = 0;
  for (; n + LANES <= count; n += LANES) {
    const V here = load(row + n, LANES);
    most = choose(here > most, here, most);
  }
  float result = row[0];
  for (int lane = 0; lane < LANES; lane++)
    if (most[lane] > result) result = most[lane];
  for (; n < count; n++)
    if (row[n] > result) result = row[n];
  return result;
}

/* `lanes` numbers less the greatest, and 0 in the other lanes. */
INLINE V below(const float *from, V most, size lanes) {
  const V shifted = load(from, lanes) - most;
  return lanes < LANES ? load((const float *)&shifted, lanes) : shifted;
}

typedef struct {
  float *logits, *out;
  size rows, symbols, rows_a_part;
  const int64_t *targets;
  int64_t gradient;
  float smoothing, *losses;
} Softmax;

static void cross_entropy(void *what, size part) {
  const Softmax *s = what;
  const size symbols = s->symbols, end = at_most((part + 1) * s->rows_a_part, s->rows);
  for (size r = part * s->rows_a_part; r < end; r++) {
    float *row = s->logits + r * symbols;
    const V most = all(greatest(row, symbols));
    const float of_target = row[s->targets[r]] - most[0];
    V total = {}, plain = {};
    for (size n = 0; n < symbols; n += LANES) {
      const size lanes = symbols - n;
      const V shifted = below(row + n, most, lanes), power = exponential(shifted);
      if (s->smoothing != 0) plain += shifted;
      total += lanes < LANES ? load((const float *)&power, lanes) : power;
      store(row + n, power, lanes);
    }
    const float sum = sum_of(total), smoothing = s->smoothing;
    const float right = smoothing != 0 ? (1 - smoothing) * of_target + smoothing * sum_of(plain) / (float)symbols : of_target;
    s->losses[r] = logf(sum) - right;
    if (!s->gradient) continue;
    /* d mean loss / d logits = (p - 1 at the target) / R, or minus the smoothed distribution */
    const V share = all(1 / (sum * (float)s->rows)), spread = all(smoothing / ((float)symbols * (float)s->rows));
    for (size n = 0; n < symbols; n += LANES) store(row + n, load(row + n, symbols - n) * share - spread, symbols - n);
    row[s->targets[r]] -= (1 - smoothing) / (float)s->rows;
  }
}

static void log_softmax(void *what, size part) {
  const Softmax *s = what;
  const size symbols = s->symbols, end = at_most((part + 1) * s->rows_a_part, s->rows);
  for (size r = part * s->rows_a_part; r < end; r++) {
    const float *row = s->logits + r * symbols;
    const V most = all(greatest(row, symbols));
    V total = {};
    for (size n = 0; n < symbols; n += LANES) {
      const size lanes = symbols - n;
      const V power = exponential(below(row + n, most, lanes));
      total += lanes < LANES ? load((const float *)&power, lanes) : power;
    }
    const V less = most + all(logf(sum_of(total)));
    for (size n = 0; n < symbols; n += LANES)
      store(s->out + r * symbols + n, load(row + n, symbols - n) - less, symbols - n);
  }
}

static void by_rows(Work work, Softmax softmax) {
  softmax.rows_a_part = at_least(1, NUMBERS_A_PART / softmax.symbols);
  s2s_in_parts(work, &softmax, in_units_of(softmax.rows, softmax.rows_a_part));
}

void s2s_softmax_cross_entropy(float *logits, size rows, size symbols, const int64_t *targets, int64_t gradient,
                               float smoothing, float *losses) {
  by_rows(cross_entropy, (Softmax){.logits = logits, .rows = rows, .symbols = symbols, .targets = targets,
                                   .gradient = gradient, .smoothing = smoothing, .losses = losses});
}

void s2s_log_softmax(const float *logits, size rows, size symbols, float *log_probabilities) {
  by_rows(log_softmax, (Softmax){.logits = (float *)logits, .out = log_probabilities, .rows = rows, .symbols = symbols});
}
