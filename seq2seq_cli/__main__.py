"""`python -m seq2seq_cli` is the `s2s` command."""

from seq2seq_cli.cli.main import main

main()
