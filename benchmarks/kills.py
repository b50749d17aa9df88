"""Is anything ever lost? Training and prep are killed at random moments, and two work on one output at once.

    python benchmarks/kills.py [--kills 200] [--seed 0]

Every command is a process that gets SIGKILL. After each kill every file that stands is read, and the run goes on as a
user would let it: `--resume` where there is a checkpoint, the same command where there is none. In the end the
model has the bits of one that was never interrupted, the log has each epoch once, and no file is left over. Prints one
JSON line a case with its counts; the exit code is 1 if a promise did not hold. Needs a system with `flock` and signals.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from commands import report

from seq2seq_cli.data.folder import read_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.errors import DataError
from seq2seq_cli.model_file.content import read_model_file
from seq2seq_cli.training.events import EpochDone, read_log

EPOCHS = 12
RUN = ["train", "sums", "--hidden", 8, "--embedding", 4, "--batch-size", 32, "--epochs", EPOCHS, "--keep", "last"]
PREP = ["prep", "addition", "--digits", 2, "--train", 2000, "--valid", 200, "--test", 200]

failures: list[str] = []


def expect(holds: bool, promise: str) -> None:
    if not holds:
        failures.append(promise)
        print(f"BROKEN: {promise}", file=sys.stderr)


def start(folder: Path, *arguments: object) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "seq2seq_cli", *map(str, arguments)]
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL)


def finish(folder: Path, *arguments: object) -> tuple[int, str]:
    process = start(folder, *arguments)
    _, said = process.communicate()
    expect(b"Traceback" not in said and b"s2s itself" not in said, f"an error is a sentence: {said.decode()}")
    return process.returncode, said.decode()


def kill_after(process: subprocess.Popen[bytes], seconds: float, *, begun: bool) -> bool:
    """Kill a process so long after it started, or after it says something; tell whether it was still there."""
    assert process.stderr is not None
    if begun:
        process.stderr.readline()
    time.sleep(seconds)
    there = process.poll() is None
    process.kill()
    process.communicate()
    return there


def bits(path: Path) -> dict[str, bytes]:
    return {name: array.tobytes() for name, array in read_model_file(path).weights.items()}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


# --- training ---------------------------------------------------------------------------------------------


class Chains:
    """Runs that are killed again and again until they come to their end."""

    def __init__(self, folder: Path, draw: random.Random) -> None:
        self.folder, self.draw, self.counts = folder, draw, Counter[str]()
        begun = time.perf_counter()
        expect(finish(folder, *RUN, "-o", "whole.pkl")[0] == 0, "a run that nobody kills ends well")
        self.duration = time.perf_counter() - begun
        self.whole = bits(folder / "whole.pkl")

    def run(self, name: str, kills: int) -> int:
        """Kill one run at most so often, then let it end; return how often it was hit."""
        model, checkpoint = self.folder / f"{name}.pkl", self.folder / f"{name}.checkpoint"
        hits = 0
        while True:
            fresh = not checkpoint.exists()
            arguments = [*RUN, "-o", model.name] if fresh else ["train", "--resume", checkpoint.name]
            self.counts["begun anew" if fresh else "gone on"] += 1
            if hits >= kills:
                break
            from_start = self.draw.random() < 0.3
            seconds = self.draw.uniform(0, self.duration * (0.7 if from_start else 0.4))
            if not kill_after(start(self.folder, *arguments), seconds, begun=not from_start):
                self.counts["came to its end before"] += 1
                break
            hits += 1
            self.counts["killed"] += 1
            self._read(model, checkpoint)
        if not model.exists() or checkpoint.exists():
            code, said = finish(self.folder, *arguments)
            expect(code == 0, f"a killed run goes on: {said}")
        self._ended(model)
        return hits

    def _read(self, *paths: Path) -> None:
        for path in paths:
            if path.exists():
                read_model_file(path)
                self.counts["files read after a kill"] += 1
            else:
                self.counts["not there yet"] += 1
        expect(
            paths[1].exists() or not paths[0].exists() or bits(paths[0]) == self.whole, "a model can go on or is done"
        )
        self.counts["litter after a kill"] += sum(name.startswith(".s2s") for name in names(self.folder))

    def _ended(self, model: Path) -> None:
        self.counts["runs that came to their end"] += 1
        expect(bits(model) == self.whole, f"{model.name}: resumed is equal to the bit")
        logged = [event.epoch for event in read_log(model.with_suffix(".jsonl")) if isinstance(event, EpochDone)]
        expect(logged == list(range(1, EPOCHS + 1)), f"{model.name}: the log has each epoch once, not {logged}")
        expect(not model.with_suffix(".checkpoint").exists(), f"{model.name}: no checkpoint is left over")
        expect(not [name for name in names(self.folder) if name.startswith(".")], "no temporary file is left over")


def kill_training(folder: Path, kills: int, draw: random.Random) -> None:
    chains = Chains(folder, draw)
    while chains.counts["killed"] < kills:
        left = kills - chains.counts["killed"]
        chains.run(f"run{chains.counts['runs that came to their end']}", min(left, draw.randint(1, 6)))
    report(case="training, killed", **chains.counts)


# --- prep -------------------------------------------------------------------------------------------------


def hashes(folder: Path) -> tuple[str, ...] | None:
    """Return what tells one whole dataset from another, None where there is none; a mixture has warnings."""
    if not folder.is_dir() or not names(folder):
        return None
    dataset, warnings = read_folder(folder, PAIRS_FORMAT)
    expect(not warnings, f"a dataset is of one piece: {warnings}")
    sums = dataset.description["sha256"]
    assert isinstance(sums, dict)
    return tuple(sums.values())


def kill_prep(folder: Path, kills: int, draw: random.Random) -> None:
    counts = Counter[str]()
    folder.mkdir()
    begun = time.perf_counter()
    known = []
    for seed in range(2):
        finish(folder, *PREP, "--seed", seed, "-o", f"known{seed}")
        known.append(hashes(folder / f"known{seed}"))
    duration = (time.perf_counter() - begun) / 2
    while counts["killed"] < kills:
        before = hashes(folder / "d")
        if draw.random() < 0.3 and before is not None:
            for path in (folder / "d").iterdir():
                path.unlink()
            (folder / "d").rmdir()
            before = None
        new = known[1] if before == known[0] else known[0]
        process = start(folder, *PREP, "--seed", known.index(new), "-o", "d", *(["--force"] if before else []))
        # The folder is written and put in place in the last moments.
        hit = kill_after(process, draw.uniform(0.3 if draw.random() < 0.7 else 0, 1.05) * duration, begun=False)
        counts["killed" if hit else "came to its end before"] += 1
        after = hashes(folder / "d")
        expect(after in (before, new), "a killed prep leaves the older dataset or the newer one")
        counts["the older one stands" if after == before else "the newer one stands"] += 1
        counts["litter after a kill"] += len(names(folder)) - 2 - (folder / "d").exists()
    code, said = finish(folder, *PREP, "--seed", 0, "-o", "d", *(["--force"] if hashes(folder / "d") else []))
    expect(code == 0, f"the next prep works: {said}")
    expect(names(folder) == ["d", "known0", "known1"], f"no litter after the next prep: {names(folder)}")
    report(case="prep, killed", **counts)


# --- two at once ------------------------------------------------------------------------------------------


def two_at_once(folder: Path, rounds: int) -> None:
    whole, counts = bits(folder / "whole.pkl"), Counter[str]()
    for number in range(rounds):
        for forced in ([], ["--force"]):
            name = f"two{number}{len(forced)}"
            runs = [start(folder, *RUN, "-o", f"{name}.pkl", *forced) for _ in range(2)]
            said = [run.communicate()[1].decode() for run in runs]
            codes = sorted(run.returncode for run in runs)
            # On a busy machine the second may begin when the first is done.
            late = "exists" in "".join(said) or (forced and codes == [0, 0])
            expect(codes == [0, 1] or bool(late), f"the second run is told: {codes} {said}")
            counts["runs refused" if codes == [0, 1] else "runs one after the other"] += 1
            expect(bits(folder / f"{name}.pkl") == whole, "two runs leave a whole model")
        preps = [start(folder, *PREP, "--seed", seed, "-o", f"d{number}") for seed in range(2)]
        said = [prep.communicate()[1].decode() for prep in preps]
        expect(sorted(prep.returncode for prep in preps) == [0, 1], f"the second prep is told: {said}")
        expect(hashes(folder / f"d{number}") is not None, "two preps leave a whole dataset")
        counts["preps refused"] += 1
    report(case="two at once", **counts)


def watched(stop: threading.Event, look: Callable[[], object]) -> Counter[str]:
    counts = Counter[str]()
    while not stop.is_set():
        counts["readings"] += 1
        found = look()
        counts[f"saw {found}"] += 1
        time.sleep(0.001)
    return counts


def reader_and_writer(folder: Path, rounds: int) -> None:
    known = [hashes(folder.parent / "preps" / f"known{seed}") for seed in range(2)]
    finish(folder, *PREP, "--seed", 0, "-o", "read")
    stop, found = threading.Event(), list[Counter[str]]()

    def look() -> str:
        try:
            return f"dataset {known.index(hashes(folder / 'read'))}"
        except (DataError, ValueError) as error:
            expect(False, f"a dataset is whole while it is replaced: {error}")
            return "none"

    def look_at_model() -> str:
        path = folder / "watched.pkl"
        return f"epoch {read_model_file(path).metrics['epoch']}" if path.exists() else "no model yet"

    for case, act, what in (
        ("prep --force, read meanwhile", [*PREP, "-o", "read", "--force", "--seed"], look),
        ("training, read meanwhile", [*RUN, "--force", "-o", "watched.pkl", "--seed"], look_at_model),
    ):
        stop.clear()
        reader = threading.Thread(target=lambda what=what: found.append(watched(stop, what)))
        reader.start()
        for number in range(rounds):
            code, said = finish(folder, *act, number % 2)
            expect(code == 0, said)
        stop.set()
        reader.join()
        report(case=case, written=rounds, **found.pop())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=200, help="of training, and as many of prep")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    draw, rounds = random.Random(arguments.seed), max(1, arguments.kills // 20)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "runs"
        folder.mkdir()
        finish(folder, *PREP, "-o", "sums")
        kill_training(folder, arguments.kills, draw)
        kill_prep(Path(name) / "preps", arguments.kills, draw)
        two_at_once(folder, rounds)
        reader_and_writer(folder, rounds)
    report(case="all", broken=len(failures))
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
