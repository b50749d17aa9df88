"""What imports what: the order of the layers, and what a quick command must not load."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import seq2seq_cli

PACKAGE = Path(seq2seq_cli.__file__).parent

ORDER = [
    {"_version", "errors"},
    {"types"},
    {"config"},
    {"files"},
    {"backend"},
    {"nn"},
    {"text", "data"},
    {"models"},
    {"model_file"},
    {"inference", "evaluation"},
    {"training"},
    {"api"},
    {"cli"},
]
"""Each may import only what stands in its own line or above."""


def level(name: str) -> int:
    return next(number for number, names in enumerate(ORDER) if name in names)


def test_imports_go_one_way() -> None:
    wrong = []
    for path in PACKAGE.rglob("*.py"):
        relative = path.relative_to(PACKAGE)
        if relative.name in ("__init__.py", "__main__.py") and len(relative.parts) == 1:
            continue  # the package's front door
        own = relative.parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            for name in names:
                parts = name.split(".")
                if parts[0] == "seq2seq_cli" and len(parts) > 1 and level(parts[1]) > level(own):
                    wrong.append(f"{relative} imports {name}")
    assert not wrong


def loaded(code: str) -> set[str]:
    """Return the top-level modules that a fresh process has after some code."""
    code += "\nimport sys; print(*{name.split('.')[0] for name in sys.modules})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.splitlines()[-1].split())


def test_all_but_the_command_line_runs_without_its_libraries() -> None:
    names = [
        ".".join(("seq2seq_cli", *path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in ("cli", "__main__.py")
    ]
    assert len(names) > 40
    assert not loaded("\n".join(f"import {name}" for name in names)) & {"typer", "rich", "cupy", "babel", "num2words"}


def test_help_imports_no_numpy() -> None:
    code = "from seq2seq_cli.cli.main import main\nimport sys\nsys.argv = ['s2s', '--help']\n"
    modules = loaded(code + "try:\n    main()\nexcept SystemExit:\n    pass")
    assert not modules & {"numpy", "rich"}
    assert "typer" in modules


def test_every_folder_is_a_package() -> None:
    """A folder without `__init__.py` works in the source tree and is left out of what is installed."""
    folders = {path.parent for path in PACKAGE.rglob("*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").is_file()] == []


def test_benchmarks_import_what_is_there() -> None:
    """They run by hand, so nothing else would notice a name that has moved."""
    missing, seen = [], 0
    for path in (Path(__file__).parent.parent / "benchmarks").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("seq2seq_cli"):
                module = import_module(str(node.module))
                seen += len(node.names)
                missing += [f"{path.name}: {alias.name}" for alias in node.names if not hasattr(module, alias.name)]
    assert seen > 20
    assert not missing
