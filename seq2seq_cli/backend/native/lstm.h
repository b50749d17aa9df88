/* One LSTM layer over a packed batch, forward and backward. */
#ifndef S2S_LSTM_H
#define S2S_LSTM_H

#include "tile.h"

/* N rows, R packed rows, D numbers read and H units. Gates lie [i f o g] in all that is kept, (R, 4H). Step t holds the
 * packed rows from starts[t] on, counts[t] of them. */
typedef struct {
  size rows, steps, inputs, units;
  const int64_t *starts, *counts;
  const float *x;            /* (R, D), read in the steps themselves; or NULL, and then */
  const float *projected;    /* (R, 4H): x times its weights, with the bias; or NULL */
  const float *static_input; /* (N, 4H), added at every step; or NULL */
  const float *weights;      /* (units / LANES) panels (D + H, 4 LANES), see s2s_lstm_pack; D = 0 without x */
  int64_t half;              /* whether the products are of bf16: then x is words (R, D / 2), and the weights too */
  const float *h_words;      /* words (N, H / 2) of h, if `half` */
  float *y_words;            /* words (R, H / 2) of y, if `half` */
  const float *bias;         /* (4H,), where there is no `projected` */
  const float *h, *c;        /* (N, H) before the first step */
  float *y, *cells, *gates;  /* (R, H), (R, H), (R, 4H) */
  float *last_h, *last_c;    /* (N, H) after each row's own last step */
} Forward;

typedef struct {
  size rows, steps, units;
  const int64_t *starts, *counts;
  const float *gates, *cells, *c; /* as the forward left them */
  const float *dy;                /* (R, H), or NULL */
  const float *dlast_h, *dlast_c; /* (N, H), or NULL */
  const float *weights;           /* panels (4H, PANEL) of the transposed recurrent weights */
  int64_t half;                   /* whether the products are of bf16: then the weights are words (2H, PANEL) */
  float *dgates;                  /* (R, 4H), before the nonlinearities */
  float *dgates_words;            /* words (R, 2H) of the same, if `half` */
  float *dh, *dc;                 /* (N, H) of the first state */
  float *dstatic;                 /* (N, 4H), or NULL */
} Backward;

/* Pack (D, 4H) and (H, 4H) into the forward's panels: for each LANES units, for each k the units' columns of the four
 * gates; with `half` in words, D and H rounded up to pairs. Units that are missing in the last panel are 0. */
void s2s_lstm_pack(const float *input, size inputs, const float *recurrent, size units, int64_t half, float *panels);
/* Pack (H, 4H) into the backward's panels. */
void s2s_lstm_pack_transposed(const float *recurrent, size units, int64_t half, float *panels);

void s2s_lstm_forward(const Forward *layer);
void s2s_lstm_backward(const Backward *layer);

#endif
