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
  float *dgates;                  /* (R, 4H), before the nonlinearities */
  float *dh, *dc;                 /* (N, H) of the first state */
  float *dstatic;                 /* (N, 4H), or NULL */
} Backward;

/* Pack (D, 4H) and (H, 4H) into the forward's panels: for each LANES units, for each k the units' columns of the four
 * gates. Units that are missing in the last panel are 0. */
void s2s_lstm_pack(const float *input, size inputs, const float *recurrent, size units, float *panels);
/* Pack (H, 4H) into the backward's panels. */
void s2s_lstm_pack_transposed(const float *recurrent, size units, float *panels);

void s2s_lstm_forward(const Forward *layer);
void s2s_lstm_backward(const Backward *layer);

#endif
