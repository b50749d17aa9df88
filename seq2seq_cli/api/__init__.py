"""What programs use: `train`, `load`, and the objects that `load` returns. The commands use the same."""
