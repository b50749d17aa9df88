/* Which instruction set the kernels may be loaded for: compiled for any processor, unlike them. */
#if defined(__x86_64__)
int s2s_instruction_set(void) {
  __builtin_cpu_init();
  const int v3 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const int v4 = v3 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                 __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                 __builtin_cpu_supports("avx512vl");
  if (v4 && __builtin_cpu_supports("avx512bf16")) return 5;
  return v4 ? 4 : v3 ? 3 : 0;
}
#else
int s2s_instruction_set(void) { return 1; }
#endif
