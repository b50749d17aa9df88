"""dataset.json is a stranger's word: every kind of nonsense in it is one refusal that names the file."""

from __future__ import annotations

import json

import pytest

from seq2seq_cli.api.train import new_session
from seq2seq_cli.data.description import LARGEST, check_description
from seq2seq_cli.data.folder import describe, read_folder, write_folder
from seq2seq_cli.data.formats import PAIRS_FORMAT
from seq2seq_cli.errors import DataError, S2SError

ROWS = [(f"{a}+{b}", str(a + b)) for a in range(6) for b in range(5)]
PARTS = {"train": ROWS[:20], "valid": ROWS[20:], "test": []}
SOUND = describe(PAIRS_FORMAT, "pairs", PARTS, {"seed": 0}, notes={"fixed_width": {"source": 5, "target": 3}})
DEEP = "[" * 100_000 + "]" * 100_000

HOSTILE = {
    "a kind that leads away": ({"kind": "../../x"}, "kind"),
    "a kind with a NUL": ({"kind": "a\0b"}, "kind"),
    "a kind of two lines": ({"kind": "a\nb"}, "kind"),
    "a kind with an escape": ({"kind": "\x1b[2J"}, "kind"),
    "a kind that is a list": ({"kind": ["pairs"]}, "kind"),
    "a kind without end": ({"kind": "x" * 65}, "kind"),
    "no kind": ({"kind": ""}, "kind"),
    "levels that are lists": ({"levels": {"source": ["char"]}}, "levels"),
    "levels of another sort": ({"levels": ["char"]}, "levels"),
    "no levels": ({"levels": {}}, "levels"),
    "hashes that are lists": ({"sha256": {"train": ["x"]}}, "sha256"),
    "hashes in a list": ({"sha256": ["x"]}, "sha256"),
    "options that are none": ({"options": 3}, "options"),
    "a form that is none": ({"form": {"ptb": 1}}, "form"),
    "a width that fills the memory": ({"fixed_width": {"source": 10**10}}, "fixed_width"),
    "a width below one": ({"fixed_width": {"target": 0}}, "fixed_width"),
    "a width that is text": ({"fixed_width": {"source": "5"}}, "fixed_width"),
    "a width that is true": ({"fixed_width": {"source": True}}, "fixed_width"),
    "widths in a list": ({"fixed_width": [5, 3]}, "fixed_width"),
    "a number of 100 digits": ({"seed": 10**100}, "63 bits"),
    "half of a surrogate pair": ({"rules": "\ud800"}, "surrogate"),
    "half of a pair in a name": ({"\udfff": 1}, "surrogate"),
    "what is nested": ({"notes": json.loads("[" * 20 + "]" * 20)}, "nested"),
}
RAW = {
    "deep": (f'{{"kind": {DEEP}}}', "nested too deep"),
    "no object": ("[1]", "not a JSON object"),
    "not JSON": ("{", "not JSON"),
    "NaN": ('{"levels": {"source": "char"}, "x": NaN}', "NaN is no number"),
    "a number without end": ('{"levels": {"source": "char"}, "x": 1e999}', "number without end"),
    "too much": ('{"levels": {"source": "char"}, "x": "%s"}' % ("x" * LARGEST), "bytes"),
}


def folder_with(tmp_path, text: str):
    write_folder(tmp_path / "d", SOUND)
    (tmp_path / "d" / "dataset.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    return tmp_path / "d"


@pytest.mark.parametrize("name", [*HOSTILE, *RAW])
def test_nonsense_is_refused_by_name(tmp_path, name) -> None:
    if name in HOSTILE:
        changes, message = HOSTILE[name]
        with pytest.raises(DataError):
            check_description({**SOUND.description, **changes})
        text = json.dumps({**SOUND.description, **changes})
    else:
        text, message = RAW[name]
    folder = folder_with(tmp_path, text)
    with pytest.raises(DataError, match=message) as caught:
        read_folder(folder, PAIRS_FORMAT)
    assert str(folder / "dataset.json") in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"d"}


def test_what_is_sound_is_read(tmp_path) -> None:
    """What the hostile ones change, so what is refused is the change."""
    write_folder(tmp_path / "d", SOUND)
    dataset, warnings = read_folder(tmp_path / "d", PAIRS_FORMAT)
    assert warnings == []
    assert dataset.description == SOUND.description


def test_what_could_not_be_read_again_is_not_written(tmp_path) -> None:
    dataset = describe(PAIRS_FORMAT, "pairs", PARTS, {"note": "\ud800"})
    with pytest.raises(DataError, match="surrogate"):
        write_folder(tmp_path / "d", dataset)
    assert not list(tmp_path.iterdir())


def test_widths_are_compared_with_the_rows(tmp_path, monkeypatch) -> None:
    description = {**SOUND.description, "fixed_width": {"source": 2, "target": 3}}
    folder = folder_with(tmp_path, json.dumps(description))
    small = {"padding": "symbol", "hidden_size": 4, "epochs": 1}
    with pytest.raises(DataError, match="a source has 3 symbols; the dataset's fixed_width says 2"):
        new_session(folder, output=tmp_path / "m.pkl", options=small)
    (folder / "dataset.json").write_text(json.dumps({**description, "fixed_width": {"source": 16384, "target": 3}}))
    monkeypatch.setattr("seq2seq_cli.training.setup.MOST_FILLED", 400_000)
    with pytest.raises(S2SError, match=r"30 rows filled to 16,384 and 3 symbols are 491,610.*`padding`"):
        new_session(folder, output=tmp_path / "m.pkl", options=small)
    assert {path.name for path in tmp_path.iterdir()} == {"d"}
