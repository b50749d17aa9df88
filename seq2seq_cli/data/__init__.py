"""Text, vocabularies, batches, dataset folders, and a small file for each generator and reader."""
