/* bf16: the upper half of a float32. Operands of products may be bf16; sums are float32 all the same.
 *
 * Two of them, neighbours along k, share a word of 32 bits. So a row of words is half as long as a row of numbers, and
 * all that moves numbers moves words.
 */
#ifndef S2S_HALF_H
#define S2S_HALF_H

#include "vectors.h"

typedef uint32_t U __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef uint16_t Halves __attribute__((vector_size(2 * LANES), aligned(2), may_alias));

/* The nearest bf16 of each number, in the upper halves; of two that are equally near, the even one. What is not a number
 * stays so. */
INLINE U rounded(V x) {
  const U bits = (U)x, odd = (bits >> 16) & 1, nearest = bits + 0x7FFF + odd;
  const U unordered = (U)(x != x);
  return ((unordered & (bits | 0x400000)) | (~unordered & nearest)) & 0xFFFF0000;
}

/* Words of numbers that are neighbours: `first` in the lower halves. */
INLINE V paired(V first, V second) { return (V)((rounded(first) >> 16) | rounded(second)); }

INLINE void store_halves(uint16_t *to, V x, size lanes) {
  const Halves halves = __builtin_convertvector(rounded(x) >> 16, Halves);
  if (lanes >= LANES)
    *(Halves *)to = halves;
  else
    memcpy(to, &halves, (size_t)at_least(lanes, 0) * sizeof(uint16_t));
}

/* Write a row of numbers as words; an odd one has a neighbour of 0. */
INLINE void to_words(const float *from, size count, float *words) {
  uint16_t *halves = (uint16_t *)words;
  if (count % 2) halves[count] = 0;
  for (size n = 0; n < count; n += LANES) store_halves(halves + n, load(from + n, count - n), count - n);
}

/* sum + the products of both pairs: the one in the lower halves first. */
INLINE Register add_pairs(Register sum, Register left, Register right) {
#if defined(__AVX512BF16__)
  return (Register)_mm512_dpbf16_ps((__m512)sum, (__m512bh)left, (__m512bh)right);
#else
  sum += (Register)((U)left << 16) * (Register)((U)right << 16);
  return sum + (Register)((U)left & 0xFFFF0000) * (Register)((U)right & 0xFFFF0000);
#endif
}

#endif
