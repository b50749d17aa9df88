"""What ends a run from outside: signals, a terminal or a pipe that goes away, a second Ctrl-C."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from process import ENVIRONMENT, S2S, s2s

from seq2seq_cli.model_file.content import read_head

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform == "win32", reason="signals are Unix's"),
]

SIZES = ["--hidden", "8", "--embedding", "4", "--batch-size", "16"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    s2s("prep", "addition", "--digits", 2, "--train", 600, "--valid", 20, "--test", 20, "-o", "sums", cwd=folder)
    return folder


RUNNING: list[subprocess.Popen[bytes]] = []


@pytest.fixture(autouse=True)
def _nothing_is_left_running():
    yield
    while RUNNING:
        process = RUNNING.pop()
        if process.poll() is None:
            process.kill()
        process.communicate()


def start(folder: Path, *options: object, **how: object) -> subprocess.Popen[bytes]:
    """Begin a run that would take long, and wait for its first epoch."""
    command = [*S2S, "train", "sums", *SIZES, "--epochs", "100000", *map(str, options)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=folder, env=ENVIRONMENT, bufsize=0, **how)
    RUNNING.append(process)
    while b"epoch 1/" not in process.stderr.readline():
        assert process.poll() is None
    return process


def ended(process: subprocess.Popen[bytes]) -> tuple[int, list[str]]:
    _, said = process.communicate(timeout=60)
    assert b"Traceback" not in said
    return process.returncode, said.decode().splitlines()


@pytest.mark.parametrize(
    ("signals", "code"),
    [
        ([signal.SIGHUP], 129),
        ([signal.SIGINT, signal.SIGINT], 130),
        ([signal.SIGTERM, signal.SIGTERM], 143),
        ([signal.SIGTERM, signal.SIGINT, signal.SIGHUP], 143),
    ],
    ids=str,
)
def test_a_run_saves_and_says_how_to_go_on(folder, signals, code) -> None:
    name = f"signals-{'-'.join(str(int(number)) for number in signals)}"
    process = start(folder, "-o", f"{name}.pkl")
    for number in signals:
        process.send_signal(number)
    # Of signals that wait together the system delivers the one with the lowest number first.
    assert ended(process)[0] in (code, 128 + min(signals))
    process = start(folder, "-o", f"{name}.pkl", "--force")
    for number in signals:
        process.send_signal(number)
        time.sleep(0.02)
    returned, said = ended(process)
    assert (returned, said[-1]) == (code, f"s2s: interrupted; go on with: s2s train --resume {name}.checkpoint")
    assert read_head(folder / f"{name}.checkpoint").checkpoint is not None


def test_a_signal_that_nohup_ignores(folder) -> None:
    process = start(folder, "-o", "nohup.pkl", preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    assert b"epoch" in process.stderr.readline()
    process.send_signal(signal.SIGTERM)
    assert ended(process)[0] == 143


def test_a_second_ctrl_c_that_is_meant_stops_at_once(folder) -> None:
    """A validation that takes for ever, in the second epoch."""
    code = """if True:
        import sys, time
        from seq2seq_cli.training import pairs_task
        real = pairs_task.PairsTask.validate
        def slow(self, epoch):
            if epoch:
                print("waiting", file=sys.stderr, flush=True)
                time.sleep(600)
            return real(self, epoch)
        pairs_task.PairsTask.validate = slow
        from seq2seq_cli.__main__ import main
        main()
    """
    command = [sys.executable, "-c", code, "train", "sums", *SIZES, "-o", "twice.pkl"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=folder, env=ENVIRONMENT, bufsize=0)
    while b"waiting" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    time.sleep(1.2)
    assert process.poll() is None
    process.send_signal(signal.SIGINT)
    returned, said = ended(process)
    assert (returned, said[-1]) == (130, "s2s: interrupted; go on with: s2s train --resume twice.checkpoint")
    assert read_head(folder / "twice.checkpoint").checkpoint["state"]["epoch"] == 1


def test_nobody_reads_the_progress(folder) -> None:
    """As in `train 2>&1 | head -1`: the run goes on to its end."""
    command = [*S2S, "train", "sums", *SIZES, "--epochs", "4", "-o", "head.pkl"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=folder, env=ENVIRONMENT, bufsize=0)
    assert process.stderr.readline()
    process.stderr.close()
    assert process.wait(timeout=60) == 0
    assert len(read_head(folder / "head.pkl").history) == 4
    assert not (folder / "head.checkpoint").exists()
    with Path("/dev/full").open("wb") as full:
        command = [*S2S, "train", "sums", *SIZES, "--epochs", "2", "-o", "full.pkl"]
        assert subprocess.run(command, stderr=full, cwd=folder, env=ENVIRONMENT).returncode == 0
    assert len(read_head(folder / "full.pkl").history) == 2


def test_a_terminal_that_is_closed(folder) -> None:
    """With its bar drawn; the kernel sends HUP, and writing to the terminal fails from then on."""
    import pty

    pid, terminal = pty.fork()
    if pid == 0:
        os.chdir(folder)
        command = [*S2S, "train", "sums", *SIZES, "--epochs", "100000", "-o", "closed.pkl"]
        os.execve(sys.executable, command, ENVIRONMENT)
    shown, until = b"", time.monotonic() + 60
    while b"epoch 2/" not in shown and time.monotonic() < until:
        shown += os.read(terminal, 65536)
    os.close(terminal)
    _, status = os.waitpid(pid, 0)
    assert os.waitstatus_to_exitcode(status) == 129
    assert read_head(folder / "closed.checkpoint").checkpoint is not None


def test_ctrl_c_while_a_run_begins(folder) -> None:
    """At any moment of the start there is no traceback and no litter; what Python does before is its own."""
    code = (
        "import signal, sys\nimport seq2seq_cli.__main__ as s2s\nset_signal = signal.signal\n"
        "def told(*given):\n    set_signal(*given)\n    signal.signal = set_signal\n"
        "    print(file=sys.stderr, flush=True)\nsignal.signal = told\ns2s.main()"
    )
    command = [sys.executable, "-c", code, "train", "sums", *SIZES, "--epochs", "100000", "-o", "early.pkl"]
    for wait in (0.001, 0.02, 0.08, 0.15, 0.3, 0.5):
        process = subprocess.Popen(command, stderr=subprocess.PIPE, cwd=folder, env=ENVIRONMENT, bufsize=0)
        assert process.stderr.readline() == b"\n"
        time.sleep(wait)
        process.send_signal(signal.SIGINT)
        returned, said = ended(process)
        assert returned in (130, -signal.SIGINT)
        assert not list(folder.glob(".s2s-*"))
        assert all(line.startswith("s2s: ") for line in said)
        for path in folder.glob("early.*"):
            path.unlink()
