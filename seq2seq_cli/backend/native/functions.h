/* tanh, the sigmoid and exp on vectors. Not-a-number goes in and comes out: each comparison is written so that it keeps
 * what it can't compare. */
#ifndef S2S_FUNCTIONS_H
#define S2S_FUNCTIONS_H

#include "vectors.h"

INLINE V choose(I condition, V yes, V no) { return (V)((condition & (I)yes) | (~condition & (I)no)); }

/* The lesser and the greater of x and a limit. Of x86's minimum the second operand is what comes out if one is not a
 * number. */
#if defined(__AVX512F__)
INLINE V not_above(V x, float limit) { return (V)_mm512_min_ps((__m512)all(limit), (__m512)x); }
INLINE V not_below(V x, float limit) { return (V)_mm512_max_ps((__m512)all(limit), (__m512)x); }
#elif defined(__AVX2__)
INLINE V not_above(V x, float limit) { return (V)_mm256_min_ps((__m256)all(limit), (__m256)x); }
INLINE V not_below(V x, float limit) { return (V)_mm256_max_ps((__m256)all(limit), (__m256)x); }
#else
INLINE V not_above(V x, float limit) { return choose(x > all(limit), all(limit), x); }
INLINE V not_below(V x, float limit) { return choose(x < all(limit), all(limit), x); }
#endif

/* tanh as a quotient of polynomials of degree 13 and 6, within 3e-7 (the coefficients are Eigen's). Beyond 7.9 it is
 * 1 in float32. */
INLINE V tangent(V x) {
  x = not_below(not_above(x, 7.90531110763549805f), -7.90531110763549805f);
  const V s = x * x;
  V p = s * all(-2.76076847742355e-16f) + all(2.00018790482477e-13f);
  p = p * s + all(-8.60467152213735e-11f);
  p = p * s + all(5.12229709037114e-08f);
  p = p * s + all(1.48572235717979e-05f);
  p = p * s + all(6.37261928875436e-04f);
  p = p * s + all(4.89352455891786e-03f);
  V q = s * all(1.19825839466702e-06f) + all(1.18534705686654e-04f);
  q = q * s + all(2.26843463243900e-03f);
  q = q * s + all(4.89352518554385e-03f);
  return x * p / q;
}

/* A sigmoid is half a tanh of the half. */
INLINE V sigmoid(V x) { return all(0.5f) * tangent(all(0.5f) * x) + all(0.5f); }

/* e to the x: 2 to the whole number nearest to x / ln 2, times a polynomial of what is left. 0 below -87.3 and infinite
 * above 88.7, where float32's normal numbers end. */
INLINE V exponential(V x) {
  const float low = -87.3365447505f, high = 88.7228391117f;
  const I under = x < all(low), over = x > all(high);
  const V clamped = not_below(not_above(x, high), low);
  const V scaled = clamped * all(1.44269504088896341f);
  const V shifted = scaled + all(12582912.0f); /* adding 1.5 * 2^23 rounds to a whole number */
  const V whole = shifted - all(12582912.0f);
  V rest = clamped - whole * all(0.693359375f);
  rest = rest - whole * all(-2.12194440e-4f);
  V p = all(1.9875691500e-4f) * rest + all(1.3981999507e-3f);
  p = p * rest + all(8.3334519073e-3f);
  p = p * rest + all(4.1665795894e-2f);
  p = p * rest + all(1.6666665459e-1f);
  p = p * rest + all(5.0000001201e-1f);
  p = p * rest * rest + rest + all(1.0f);
  /* Half of the power now and half after, so that 2^128 is never written down. */
  const I power = (I)shifted - 0x4B400000, half = power >> 1;
  const V first = (V)((half + 127) << 23), second = (V)((power - half + 127) << 23);
  V result = p * first * second;
  result = choose(under, (V){}, result);
  result = choose(over, all(__builtin_inff()), result);
  return choose(x != x, x, result);
}

INLINE float sum_of(V x) {
  float total = 0;
  for (int lane = 0; lane < LANES; lane++) total += x[lane];
  return total;
}

#endif
