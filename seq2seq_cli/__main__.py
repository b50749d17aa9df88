"""`python -m seq2seq_cli` is the `s2s` command, and this is where both begin."""

import signal


def main() -> None:
    """Run the command line.

    Until a command runs, Ctrl-C ends the process as it ends any other, and not with a traceback of imports.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from seq2seq_cli.cli.main import main as command_line

    command_line()


if __name__ == "__main__":
    main()
