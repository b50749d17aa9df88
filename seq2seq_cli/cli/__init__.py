"""The `s2s` command: one file a command, thin; `console.py` is the only file that draws."""
