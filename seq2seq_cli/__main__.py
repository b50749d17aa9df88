"""`python -m seq2seq_cli` is the `s2s` command, and this is where both begin."""

import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line, and exit with its code.

    Until a command runs, Ctrl-C ends the process as it ends any other, and not with a traceback of imports.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from seq2seq_cli.cli.main import run

    sys.exit(run())


if __name__ == "__main__":
    main()
