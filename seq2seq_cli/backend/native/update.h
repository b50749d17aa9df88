/* The optimisers over one flat buffer of parameters, and sums over arrays. */
#ifndef S2S_UPDATE_H
#define S2S_UPDATE_H

#include "tile.h"

typedef struct {
  int64_t optimizer; /* of OPTIMIZERS */
  size count;
  float *value, *gradient;
  float *first, *second;       /* the moments that the optimiser has */
  const float *decay_of_each;  /* (count,), or NULL */
  float decay;                 /* of all, where there is no `decay_of_each` */
  float scale;                 /* of the gradient: what clips it */
  float rate;                  /* of Adam with the bias correction in it */
  float plain_rate;            /* without it */
  float beta1, beta2, epsilon;
} Update;

enum { SGD, MOMENTUM, ADAM, ADAMW };

void s2s_update(const Update *update);

/* The sum of squares, summed in double precision. */
double s2s_squared_sum(const float *numbers, size count);

/* sums (columns,) += the sum of the rows (rows, columns). */
void s2s_add_column_sums(const float *numbers, size rows, size columns, float *sums);

/* target[ids[r]] += rows[r]; (·, width) both, and ids repeat. */
void s2s_scatter_add(float *target, size width, const int64_t *ids, const float *rows, size count);

#endif
