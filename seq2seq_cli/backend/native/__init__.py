"""Kernels in C, and the backend that uses them where they could be compiled; see `library` for what is loaded.

The C is in this folder: `tile.h` (the register tile), `functions.h` (tanh, sigmoid, exp on vectors), `threads.c`,
`product.c`, `lstm.c`, `softmax.c`, `update.c`. `setup.py` compiles all of it once for each instruction set. NumPy is
the reference and does the work where there are no kernels.
"""
