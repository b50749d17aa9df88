"""Models: an encoder that makes a memory, a conditioning that gives it to the decoder, and the decoder."""
