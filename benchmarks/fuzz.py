"""A stranger's files, made by chance: does every one end in an answer or in one clear refusal?

    python benchmarks/fuzz.py [--seconds 3600] [--seed 0] [--targets model checkpoint dataset config import]
    python benchmarks/fuzz.py --one model:1234          (a finding again, with its traceback)

A case is a target and a seed, and always the same. A file of ours is spoiled (bytes cut, changed, moved; values of a
structure replaced by what nobody expects; opcodes at random) and used as a user would: a model is inspected and
answers, a checkpoint goes on for two steps, a dataset is trained on, a config is resolved, a pickle is imported. What
is not refused with one line is a finding: another exception or a warning, a message of several lines or with control
characters, text that would command a terminal, JSON that is none, a file written elsewhere, too much time or memory,
a process that ends. Each target runs in a process of its own with a limit of its address space; the counts come last.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import os
import pickle
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unicodedata import category

import fuzz_material as material
import numpy as np

from seq2seq_cli.api.captioner import Captioner
from seq2seq_cli.api.load import load
from seq2seq_cli.api.train import new_session
from seq2seq_cli.api.translator import Translator
from seq2seq_cli.cli.import_ import import_
from seq2seq_cli.cli.inspect import inspect
from seq2seq_cli.cli.view.tables import print_settings
from seq2seq_cli.config import resolve
from seq2seq_cli.config.toml import read_config, write_config
from seq2seq_cli.errors import S2SError
from seq2seq_cli.inference.answer_options import AnswerOptions
from seq2seq_cli.model_file.content import read_model_file
from seq2seq_cli.model_file.provenance import dataset_of
from seq2seq_cli.training.session import Session, resume

CPU_SECONDS = 20
"""Of one case."""
MEMORY = 400
"""Megabytes that a process may have beyond what it needs to start."""
LINES = ["1+2 of It's", "", "two \u4e2d\u6587", "4+4"]


class Finding(Exception):  # noqa: N818  # it is what is looked for
    """Something that should not be."""


class Overtime(BaseException):
    """A case took too long. No Exception, so that nothing turns it into a refusal."""


# --- what is done with a file -----------------------------------------------------------------------------


def use_model(draw: random.Random, given: Path, folder: Path) -> None:
    """Inspect a model, let it answer, make its data again."""
    path = folder / "m.pkl"
    path.write_bytes(_spoiled_model(draw, given / f"{draw.choice(list(material.VARIANTS))}.pkl"))
    inspect(path)
    inspect(path, as_json=True)
    loaded = load(path)
    if isinstance(loaded, Translator):
        most = None if loaded.file.config.target_width else 20
        answers = loaded.answers(LINES, AnswerOptions(max_length=most, scores=True))
        _check_answers([answer.text for answer in answers])
    elif isinstance(loaded, Captioner):
        config = loaded.file.config
        shape = (config.image_size,) * 2 + (3,) if loaded.reads_images else (1, config.source_features)
        image = np.zeros(shape, dtype=np.uint8 if loaded.reads_images else np.float32)
        _check_answers([answer.text for answer in loaded.answers([image, None], AnswerOptions(max_length=20))])
    else:
        texts = loaded.generate(["the", ""], length=8)
        print(json.dumps([text.text for text in texts], ensure_ascii=False))
        loaded.score(LINES)
    dataset_of(loaded.file)


def _check_answers(answers: list[str]) -> None:
    if any("\n" in answer for answer in answers):
        raise Finding("an answer of two lines")
    print(json.dumps(answers, ensure_ascii=False))


def use_checkpoint(draw: random.Random, given: Path, folder: Path) -> None:
    """Go on from a checkpoint for two steps."""
    path = folder / "m.checkpoint"
    path.write_bytes(_spoiled_model(draw, given / f"{draw.choice(list(material.VARIANTS))}.checkpoint"))
    _two_steps(resume(path)[0])


def use_dataset(draw: random.Random, given: Path, folder: Path) -> None:
    """Begin to train on a dataset."""
    kind = draw.choice(material.KINDS)
    place = folder / "data"
    shutil.copytree(given / kind, place)
    if draw.random() < 0.2:
        part = draw.choice([path for path in place.iterdir() if path.suffix != ".json"])
        part.write_bytes(material.spoil_bytes(draw, part.read_bytes()))
    else:
        description = place / "dataset.json"
        content = description.read_bytes()
        if draw.random() < 0.4:
            description.write_bytes(material.spoil_bytes(draw, content))
        else:
            description.write_bytes(material.json_bytes(material.spoil(draw, json.loads(content))))
    book = {"padding": "symbol"} if kind == "pairs" and draw.random() < 0.3 else {}
    patches = {"patch_size": 4} if kind == "images" else {}
    options = {"hidden_size": 4, "embedding_size": 4, "epochs": 1, "batch_size": 8, **book, **patches}
    preset = "char-lm" if kind == "text" else None
    before = Path.cwd()
    os.chdir(folder)  # the model gets a name of its own there
    try:
        _two_steps(new_session(place, preset=preset, options=options)[0])
    finally:
        os.chdir(before)


def use_config(draw: random.Random, given: Path, folder: Path) -> None:
    """Read a file of options, and resolve them."""
    kind, preset = draw.choice((("pairs", None), ("pairs", "book-addition"), ("text", "char-lm")))
    lines = [
        line
        for line in write_config(resolve(kind, preset), given / kind).splitlines()
        if line and not line.startswith("#")
    ]
    for _ in range(draw.choice((1, 1, 2, 5))):
        place = draw.randrange(len(lines))
        name, _, _ = lines[place].partition(" = ")
        strange = f"{json.dumps(draw.choice(material.TEXTS))} = 1"
        lines[place] = strange if draw.random() < 0.1 else f"{name} = {_toml(draw)}"
    data = "\n".join(lines).encode("utf-8", "surrogatepass")
    path = folder / "c.toml"
    path.write_bytes(material.spoil_bytes(draw, data) if draw.random() < 0.4 else data)
    config = read_config(path)
    settings = resolve(kind, config.preset, *([config.layer] if config.layer else []), made_in_memory=False)
    print_settings(settings)
    path.write_text(write_config(settings), encoding="utf-8")
    read_config(path)  # what was written can be read again


def use_import(draw: random.Random, given: Path, folder: Path) -> None:
    """Import a pickle of the book's, and read what was made."""
    path, vocab = folder / "book.pkl", folder / "book.txt"
    shutil.copy(given / "book.txt", vocab)
    data = (given / "book.pkl").read_bytes()
    how = draw.random()
    if how < 0.5:
        data = material.spoil_bytes(draw, data)
    elif how < 0.6:
        data = material.opcode_soup(draw)
    elif how < 0.7:
        vocab.write_bytes(material.spoil_bytes(draw, vocab.read_bytes()))
    else:
        data = _spoiled_arrays(draw, data)
    path.write_bytes(data)
    variant = draw.choice(("seq2seq", "seq2seq", "peeky", "attention", "rnnlm"))
    reverse = draw.choice((True, False, None)) if variant != "rnnlm" else None
    import_(path, variant, vocab, folder / "m.pkl", reverse, False)
    read_model_file(folder / "m.pkl")


TARGETS: dict[str, Callable[[random.Random, Path, Path], None]] = {
    "model": use_model,
    "checkpoint": use_checkpoint,
    "dataset": use_dataset,
    "config": use_config,
    "import": use_import,
}


def _spoiled_model(draw: random.Random, path: Path) -> bytes:
    how = draw.random()
    if how < 0.05:
        return material.spoil_bytes(draw, path.read_bytes())  # with its digest, which tells
    if how < 0.1:
        return material.opcode_soup(draw)
    content = material.content_of(path)
    if how < 0.4:
        return material.spoil_bytes(draw, material.pickled(content))
    return material.pickled(material.spoil(draw, content))


def _spoiled_arrays(draw: random.Random, data: bytes) -> bytes:
    arrays: list[Any] = pickle.loads(data)
    for _ in range(draw.choice((1, 2, 5))):
        place = draw.randrange(len(arrays))
        array = arrays[place]
        if not isinstance(array, np.ndarray) or draw.random() < 0.2:
            arrays[place] = material.nasty(draw)
        elif array.dtype.kind == "f" and draw.random() < 0.3:
            arrays[place] = array * np.float64(draw.choice((0.0, 1e4, 1e39, float("nan"))))
        elif array.dtype.kind == "f":
            other = draw.choice((array.T, array.ravel(), array[:0], array[..., :1], array[None], array[::-1]))
            with np.errstate(all="ignore"):
                arrays[place] = other.astype(draw.choice(("f2", "f4", "f8", ">f4", "i4", "i8", "c8", "U3", "O")))
    return pickle.dumps(arrays, protocol=draw.choice((0, 2, 3, 4, 5)))


def _toml(draw: random.Random) -> str:
    """Write a value that nobody expects as TOML."""
    value = material.nasty(draw)
    if isinstance(value, (bool, str, int)):
        return json.dumps(value, ensure_ascii=draw.random() < 0.5)
    if isinstance(value, float):
        return repr(value)
    depth = draw.choice((1, 3, 20, 5000))
    return draw.choice(("[" * depth + "]" * depth, "{a = " * depth + "1" + "}" * depth, "1979-05-27", "''", "0x_"))


def _two_steps(session: Session) -> None:
    stops = iter([False, False])
    list(session.run(lambda: next(stops, True)))
    for path in (session.files.model, session.files.checkpoint):
        if path.exists():
            read_model_file(path)  # what was written can be read again


# --- cases ------------------------------------------------------------------------------------------------


def run_case(target: str, seed: int, given: Path) -> str:
    """Run a case in this process.

    Returns:
        ``read``, or ``refused`` and why.

    Raises:
        Finding: it ended otherwise.
    """
    draw = random.Random(f"{target}:{seed}")
    written = io.StringIO()
    with tempfile.TemporaryDirectory() as name, warnings.catch_warnings():
        warnings.simplefilter("error")
        # Weights that are huge and finite overflow in use; what training does then is to stop, with a sentence.
        warnings.filterwarnings("ignore", "(overflow|invalid value|divide by zero) encountered", RuntimeWarning)
        folder = Path(name) / "case"
        folder.mkdir()
        try:
            with contextlib.redirect_stdout(written), contextlib.redirect_stderr(written):
                TARGETS[target](draw, given, folder)
            outcome = "read"
        except S2SError as error:
            outcome = f"refused {error}"
            if not str(error):
                raise Finding(f"a {type(error).__name__} without a word") from None
        strangers = [entry.name for entry in Path(name).iterdir() if entry != folder]
        if strangers:
            raise Finding(f"written elsewhere: {strangers}")
    _check_shown(written.getvalue())
    return outcome


def _check_shown(text: str) -> None:
    """Check what was shown: nothing in it commands a terminal, and JSON is JSON."""
    for line in text.split("\n"):
        if line[:1] in ("{", "["):
            with contextlib.suppress(json.JSONDecodeError):
                json.loads(line, parse_constant=_refuse)
        elif bad := [character for character in line if category(character) in ("Cc", "Cs") and character != "\t"]:
            raise Finding(f"shown as it is: {bad[0]!r} in {line[:200]!r}")


def _refuse(constant: str) -> None:
    raise Finding(f"JSON with {constant}")


def _overtime(number: int, frame: object) -> None:
    raise Overtime


def work(target: str, first: int, given: Path, memory: int) -> None:
    """Run cases from a seed on, for ever, and print a line for each."""
    run_case(target, first, given)  # whatever is imported late is there
    if sys.platform == "linux":
        used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (used + memory * 1_000_000,) * 2)
    signal.signal(signal.SIGPROF, _overtime)
    seed = first
    while True:
        signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)
        begun = time.process_time()
        try:
            outcome = run_case(target, seed, given)
        except (Exception, Overtime) as error:
            text = " ".join(str(error).split())[:300]
            outcome = f"finding {type(error).__name__}: {text.encode('unicode_escape').decode()}"
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        if not outcome.startswith("finding"):
            outcome = outcome.partition(" ")[0]
        print(f"{seed}\t{time.process_time() - begun:.3f}\t{outcome}", file=sys.__stdout__, flush=True)
        seed += 1


def fuzz(target: str, first: int, seconds: float, given: Path, memory: int) -> tuple[Counter[str], list[str], float]:
    """Run a target for a time; a process that ends is a finding, and another one goes on behind it.

    Returns:
        The counts of outcomes, the findings, and the seconds of the slowest case.
    """
    counts, findings, slowest = Counter[str](), list[str](), 0.0
    end, seed = time.monotonic() + seconds, first
    while time.monotonic() < end:
        command = [
            sys.executable,
            __file__,
            "--work",
            f"{target}:{seed}",
            "--given",
            str(given),
            "--memory",
            str(memory),
        ]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            timer = time.monotonic()
            assert process.stdout is not None
            assert process.stderr is not None
            os.set_blocking(process.stdout.fileno(), True)
            for line in process.stdout:
                number, took, outcome = line.rstrip("\n").split("\t", 2)
                seed, timer = int(number) + 1, time.monotonic()
                counts[outcome.partition(" ")[0]] += 1
                slowest = max(slowest, float(took))
                if outcome.startswith("finding"):
                    findings.append(f"{target}:{number} {outcome.removeprefix('finding ')}")
                    print(findings[-1], flush=True)
                if timer > end:
                    break
            else:
                last = process.stderr.read().strip().splitlines()[-1:]
                counts["finding"] += 1
                findings.append(f"{target}:{seed} the process ended with {process.wait()}: {' '.join(last)[:300]}")
                print(findings[-1], flush=True)
                seed += 1
            process.kill()
    return counts, findings, slowest


def main() -> None:
    """Run all targets for a while, or one case again."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=3600, help="of all targets together")
    parser.add_argument("--seed", type=int, default=0, help="of the first case of each target")
    parser.add_argument("--targets", nargs="+", choices=TARGETS, default=list(TARGETS))
    parser.add_argument("--memory", type=int, default=MEMORY, help="megabytes beyond the start")
    parser.add_argument("--one", metavar="TARGET:SEED", help="run one case here, with its traceback")
    parser.add_argument("--work", help=argparse.SUPPRESS)
    parser.add_argument("--given", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.work:
        target, _, seed = options.work.partition(":")
        work(target, int(seed), options.given, options.memory)
        return
    with tempfile.TemporaryDirectory() as name:
        given = Path(name) / "given"
        material.make_material(given)
        if options.one:
            target, _, seed = options.one.partition(":")
            print(run_case(target, int(seed), given))
            return
        found = 0
        for target in options.targets:
            begun = time.monotonic()
            counts, findings, slowest = fuzz(
                target, options.seed, options.seconds / len(options.targets), given, options.memory
            )
            found += len(findings)
            told = {"target": target, "seed": options.seed, "cases": counts.total(), **counts}
            told |= {"seconds": round(time.monotonic() - begun), "slowest": round(slowest, 2)}
            print(json.dumps(told), flush=True)
        sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
