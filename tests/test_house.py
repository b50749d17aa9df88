"""The house: what imports what, how long things may be, and what a quick command must not load."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from collections import Counter
from importlib import import_module
from pathlib import Path

import seq2seq_cli

PACKAGE = Path(seq2seq_cli.__file__).parent

ORDER = [
    "_version",
    "errors",
    "types",
    "utf8",
    "kinds",
    "config",
    "files",
    "backend",
    "nn",
    "text",
    "data",
    "models",
    "model_file",
    "inference",
    "evaluation",
    "training",
    "api",
    "cli",
]
"""What stands in the package's root. Each may import only itself and what stands above it."""

LONG_FILES = {"files/pickle_reader.py": 450}
"""Files that may be longer than `LINES`; docs/architecture.md gives the reasons."""
LINES, FUNCTION_LINES, PARAMETERS = 300, 50, 8

TREES = {path.relative_to(PACKAGE): ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}


def module_of(path: Path) -> str:
    return ".".join(("seq2seq_cli", *path.with_suffix("").parts)).removesuffix(".__init__")


def imported(path: Path, *, lazy: bool = True) -> set[str]:
    """Return the package's modules that a file imports; without `lazy`, those of its first level alone."""
    found: set[str] = set()
    nodes = ast.walk(TREES[path]) if lazy else ast.iter_child_nodes(TREES[path])
    for node in nodes:
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("seq2seq_cli"):
            # `from package import module` names the module.
            names = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= {name if Path(*name.split(".")[1:]).with_suffix(".py") in TREES else node.module for name in names}
        elif isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names if alias.name.startswith("seq2seq_cli.")}
    return {str(name) for name in found}


def test_imports_go_one_way() -> None:
    """Between packages. What `kinds` names, it imports when it is asked for it: that is what it is for."""
    wrong = []
    for path in TREES:
        own = path.parts[0].removesuffix(".py")
        if own in ("__init__", "__main__"):
            continue  # the package's front door
        for name in imported(path, lazy=own != "kinds"):
            parts = name.split(".")
            if len(parts) > 1 and ORDER.index(parts[1]) > ORDER.index(own):
                wrong.append(f"{path} imports {name}")
    assert not wrong


def test_no_module_imports_itself_by_way_of_others() -> None:
    """Types count too, and what is imported late. The front door and `kinds` hand on names of everything."""
    doors = ("__init__", "__main__", "kinds", "config/__init__")
    graph = {module_of(path): imported(path) for path in TREES if path.with_suffix("").as_posix() not in doors}
    done: set[str] = set()

    def visit(name: str, way: tuple[str, ...]) -> None:
        assert name not in way, " → ".join((*way, name))
        if name not in done:
            for other in sorted(graph.get(name, ())):
                visit(other, (*way, name))
            done.add(name)

    for name in graph:
        visit(name, ())


def test_the_root_holds_only_what_is_named() -> None:
    there = {path.parts[0].removesuffix(".py") for path in TREES} - {"__init__", "__main__"}
    assert there == set(ORDER)


def test_names_of_test_files_are_unique() -> None:
    """pytest imports them by their names alone, so two of one name end the whole run."""
    names = Counter(path.name for path in Path(__file__).parent.rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == []


def test_files_and_functions_are_short() -> None:
    """Reasons for the exceptions stand in docs/architecture.md. A command's signature is its list of options."""
    wrong = []
    for path, tree in TREES.items():
        lines = len((PACKAGE / path).read_text(encoding="utf-8").splitlines())
        if lines > LONG_FILES.get(path.as_posix(), LINES):
            wrong.append(f"{path}: {lines} lines")
        for node in ast.walk(tree):
            is_command = (
                path.parts[0] == "cli"
                and isinstance(node, ast.FunctionDef)
                and "Example: " in (ast.get_docstring(node) or "")
            )
            if isinstance(node, ast.FunctionDef) and not is_command:
                length = (node.end_lineno or 0) - node.lineno + 1
                taken = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
                parameters = sum(argument.arg not in ("self", "cls") for argument in taken)
                if length > FUNCTION_LINES or parameters > PARAMETERS:
                    wrong.append(f"{path}:{node.lineno} {node.name}: {length} lines, {parameters} parameters")
    assert not wrong


BRANCHES = re.compile(
    r"""\.kind\b\s*(==|!=|in\b)|["'](seq2seq|lm)["']\s*(==|!=)|(?<!format )(==|!=)\s*["'](seq2seq|lm|pairs|text)["']"""
)


def test_no_branch_on_the_kind_outside_its_table() -> None:
    wrong = [
        f"{path}:{number}: {line.strip()}"
        for path in TREES
        if path.name != "kinds.py"
        for number, line in enumerate((PACKAGE / path).read_text(encoding="utf-8").splitlines(), 1)
        if BRANCHES.search(line)
    ]
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
    code = "from seq2seq_cli.__main__ import main\nimport sys\nsys.argv = ['s2s', '--help']\n"
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


def test_a_newcomers_walks_are_short_and_go_down() -> None:
    """Eight files at most from a command to the gates, each standing no higher than the one before."""
    text = (Path(__file__).parent.parent / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text[text.index("## A newcomer's walk") : text.index("Where is …?")]
    walks = re.split(r"^From `s2s ", section, flags=re.MULTILINE)[1:]
    assert len(walks) == 2
    for walk in walks:
        stops = re.findall(r"^\d+\. `([\w/]+\.py)`", walk, flags=re.MULTILINE)
        assert 5 <= len(stops) <= 8
        assert (stops[0].startswith("cli/"), stops[-1]) == (True, "backend/lstm.py")
        places = [ORDER.index(Path(stop).parts[0]) for stop in stops]
        assert places == sorted(places, reverse=True)
        assert all((PACKAGE / stop).is_file() for stop in stops)


def test_what_is_exported_is_typed_to_the_end() -> None:
    """No public function or method takes or returns `Any`."""
    wrong = []
    for name in seq2seq_cli.__all__:
        exported = getattr(seq2seq_cli, name)
        members = [exported] if inspect.isfunction(exported) else []
        if inspect.isclass(exported):
            own = (
                member
                for part in exported.__mro__
                if part.__module__.startswith("seq2seq_cli")
                for member in vars(part).values()
            )
            members = [getattr(member, "__func__", getattr(member, "fget", member)) for member in own]
        for member in filter(inspect.isfunction, members):
            if member.__name__.startswith("_") and member.__name__ != "__init__":
                continue
            hints = {**member.__annotations__}
            if "return" not in hints or any(re.search(r"\bAny\b", str(hint)) for hint in hints.values()):
                wrong.append(f"{member.__qualname__}: {hints}")
    assert not wrong
