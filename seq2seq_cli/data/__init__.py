"""Data: dataset folders, a small file for each reader and generator, splits, and batches."""
