/* The softmax, its logarithm and its cross entropy, row by row. */
#ifndef S2S_SOFTMAX_H
#define S2S_SOFTMAX_H

#include "tile.h"

/* Write the losses (rows,) of logits (rows, symbols): a target's negative natural log-probability, or the cross entropy
 * with a target of which `smoothing` is spread over all symbols (Szegedy et al. 2016). The logits become the gradient
 * of the losses' mean, if it is wanted. */
void s2s_softmax_cross_entropy(float *logits, size rows, size symbols, const int64_t *targets, int64_t gradient,
                               float smoothing, float *losses);

void s2s_log_softmax(const float *logits, size rows, size symbols, float *log_probabilities);

#endif
