"""Files: whole or not there, and pickles that cannot run code.

A pickle of ours is one of protocol 4 that holds builtins only, each array as its dtype, shape and bytes.
Plain `pickle.load` reads it with no s2s installed; s2s itself never calls it, but interprets the few
opcodes that such a file needs (`pickle_reader`).
"""
