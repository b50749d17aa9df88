"""Models: an encoder that makes a memory, a context that gives it to the decoder, and the decoder."""
