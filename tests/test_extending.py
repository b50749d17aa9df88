"""The examples of docs/extending.md, put into a copy of the package and run there."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import seq2seq_cli

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
BLOCK = re.compile(r"```python\n# (\S+?)(?:: (\w+))?\n(.*?)```", re.S)

CHECK = """
import numpy as np
from gradients import relative_errors
from helpers import small_batch, small_model, training_run
from seq2seq_cli.backend import Workspace
from strict_backend import StrictBackend

VARIANTS = [
    {"cell": "elman", "layers": 2, "bidirectional": True, "peeky": True, "attention": "scaled", "dropout": 0.3},
    {"cell": "elman", "bridge": "h", "weight_drop": 0.3},
    {"cell": "lstm", "attention": "scaled"},
]
for variant in VARIANTS:
    model, batch, workspace = small_model(**variant), small_batch(), Workspace(np, np.dtype("float64"))

    def run():
        return model.loss(batch, training_run(model.backend, dropout=True, workspace=workspace))

    _, backward = run()
    model.parameters.clear_gradients()
    backward()
    arrays = {name: (entry.value, entry.gradient.copy()) for name, entry in model.parameters.items()}
    errors = relative_errors(lambda: float(run()[0][0]), arrays)
    assert max(errors.values()) < 1e-6, errors
    strict = small_model(StrictBackend(), **variant)
    (loss, _), backward = strict.loss(batch, training_run(strict.backend, dropout=True))
    backward()
    np.testing.assert_allclose(strict.backend.to_host(loss), run()[0][0], rtol=1e-12)

import seq2seq_cli
from seq2seq_cli.config import ModelConfig, options_of
assert options_of(ModelConfig)["cell"].choices == ("lstm", "gru", "elman")
"""


@pytest.fixture(scope="module")
def extended(tmp_path_factory) -> Path:
    """Return a folder with a copy of the package, its new files and lines added."""
    folder = tmp_path_factory.mktemp("extended")
    package = folder / "seq2seq_cli"
    shutil.copytree(Path(seq2seq_cli.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    for path, table, code in BLOCK.findall((ROOT / "docs" / "extending.md").read_text(encoding="utf-8")):
        file = folder / path
        if not table:
            assert not file.exists()
            file.write_text(code, encoding="utf-8")
            continue
        text = file.read_text(encoding="utf-8")
        if table == "KINDS":
            name = code.partition(" ")[0]
            known = re.search(r"^KINDS = \[(.*)\]$", text, re.M)
            assert known
            file.write_text(text.replace(known[0], f"{code}\n\nKINDS = [{known[1]}, {name}]"), "utf-8")
            continue
        start = re.search(rf"^{table} = \{{\n", text, re.M)
        assert start, f"{path} has no table {table}"
        assert len(code.splitlines()) == 1  # one line, as the document says
        file.write_text(text[: start.end()] + _last(text[start.end() :], code), encoding="utf-8")
    return folder


def _last(rest: str, line: str) -> str:
    """Put a line at the end of a table."""
    inside, closing, after = rest.partition("\n}\n")
    return f"{inside}\n    {line.strip()}{closing}{after}"


def run(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(folder), str(ROOT / "tests")))}
    done = subprocess.run([sys.executable, *arguments], cwd=folder, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_new_cell_and_a_new_score_are_whole_parts_of_models(extended) -> None:
    run(extended, "-c", CHECK)


def test_a_model_of_new_parts_is_trained_saved_and_loaded(extended) -> None:
    code = """
import seq2seq_cli
pairs = [(a + b, b + a) for a in "abcdef" for b in "abcdef"]
from seq2seq_cli.data.folder import describe
from seq2seq_cli.data.formats import PAIRS_FORMAT
dataset = describe(PAIRS_FORMAT, "swap", {"train": pairs, "valid": pairs[:6]}, {})
options = {"cell": "elman", "attention": "scaled", "epochs": 2, "hidden_size": 8, "batch_size": 8}
list(seq2seq_cli.train(dataset, output="swap.pkl", **options))
print(seq2seq_cli.load("swap.pkl").model.config.cell)
"""
    assert run(extended, "-c", code).split() == ["elman"]


def test_a_new_kind_of_data_is_trained_on_evaluated_and_resumed(extended, tmp_path) -> None:
    folder = tmp_path / "swaps"
    folder.mkdir()
    rows = [f'{{"source": "{a}{b}", "target": "{b}{a}"}}' for a in "abcdef" for b in "abcdef"]
    for part, chosen in (("train", rows), ("valid", rows[:6]), ("test", rows[6:12])):
        (folder / f"{part}.jsonl").write_text("\n".join([*chosen, "no object", ""]), encoding="utf-8")
    small = ["--hidden", "8", "--batch-size", "8", "--epochs", "2"]
    run(extended, "-m", "seq2seq_cli", "train", str(folder), *small, "-o", str(tmp_path / "m.pkl"))
    said = run(extended, "-m", "seq2seq_cli", "evaluate", "-m", str(tmp_path / "m.pkl"), "--json")
    assert '"rows": 6' in said
    code = f"""
from seq2seq_cli.api.train import new_session
from seq2seq_cli.data.folder import read_folder, write_folder
from seq2seq_cli.kinds import KINDS, kind_of_place
from pathlib import Path
from seq2seq_cli.training.session import resume
kind = kind_of_place(Path({str(folder)!r}))
dataset, warnings = read_folder(Path({str(folder)!r}), kind.format())
write_folder(Path({str(tmp_path / "again")!r}), dataset)
assert read_folder(Path({str(tmp_path / "again")!r}), kind.format())[0].parts == dataset.parts
session, _, _ = new_session({str(folder)!r}, output={str(tmp_path / "n.pkl")!r}, options={{"epochs": 2}})
list(session.run(lambda: True))
session, _ = resume(session.files.checkpoint)
print(kind.name, len(warnings), list(session.run())[-1].what)
"""
    assert run(extended, "-c", code).split() == ["json-lines", "4", "model"]
