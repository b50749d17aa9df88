"""The help of every command as documents, from what ``--help`` shows: docs/commands, and the man page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import typer

from seq2seq_cli._version import __version__
from seq2seq_cli.cli.app import Group
from seq2seq_cli.cli.help import argument_name, groups_of, is_argument, names_of, sentences_and_examples, usage
from seq2seq_cli.cli.spelling import option_spellings, spell

MADE = "Made from the commands' help by `python docs/make_options.py`; a test says when it is out of date."


@dataclass(frozen=True)
class Page:
    """What the help of a command says."""

    path: str
    """How it is called: ``s2s prep pairs``."""
    usage: str
    sentences: tuple[str, ...]
    examples: tuple[str, ...]
    tables: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    """By their titles: names of arguments, options or commands, and what they are."""

    @property
    def name(self) -> str:
        """Its name as a file has it."""
        return self.path.replace(" ", "-")


def pages() -> list[Page]:
    """Return the help of ``s2s`` and of each command."""
    from seq2seq_cli.cli.main import app

    return list(_pages(typer.main.get_command(app), None, "s2s"))


def _pages(command: Any, parent: Any, name: str) -> Iterator[Page]:
    context = typer.Context(command, info_name=name, parent=parent, **command.context_settings)
    yield _page(command, context)
    if isinstance(command, Group):
        for member in command.list_commands(context):
            yield from _pages(command.get_command(context, member), context, member)


def _page(command: Any, context: Any) -> Page:
    params = command.get_params(context)
    spellings, facts = option_spellings(params), vars(command.callback) if command.callback else {}
    sentences, examples = sentences_and_examples(command.help or "")
    grouped = isinstance(command, Group)
    tables = {"Commands": tuple(command.summaries(context).items())} if isinstance(command, Group) else {}
    if arguments := tuple((argument_name(param), param.help or "") for param in params if is_argument(param)):
        tables["Arguments"] = arguments
    options = [param for param in params if not is_argument(param) and not param.hidden]
    for title, group in groups_of(options).items():
        rows = ((names_of(param, facts.get("old", ())), spell(param.help or "", spellings)) for param in group)
        tables[title] = tuple((names, " ".join(text.split())) for names, text in rows)
    if facts.get("note"):
        sentences.append(facts["note"])
    return Page(
        path=context.command_path,
        usage=usage(context.command_path, () if grouped else params, group=grouped).removeprefix("Usage: "),
        sentences=tuple(sentences),
        examples=tuple(example.removeprefix("Example: ") for example in examples),
        tables=tables,
    )


def markdown_pages() -> dict[str, str]:
    """Return a document for each command by its file's name, and one that lists them."""
    found = pages()
    rows = [(f"[`{page.path}`]({page.name}.md)", page.sentences[0]) for page in found]
    listed = f"# Commands\n\n{MADE}\n\n{_table('command', rows)}"
    return {"README.md": listed, **{f"{page.name}.md": _markdown(page) for page in found}}


def _markdown(page: Page) -> str:
    parts = [f"# {page.path}\n", *(f"{sentence}\n" for sentence in map(_escaped, page.sentences))]
    parts.append(f"```text\n{page.usage}\n```\n")
    parts += [f"For example:\n\n```sh\n{example}\n```\n" for example in page.examples]
    for title, rows in page.tables.items():
        links = title == "Commands"
        names = [f"[`{name}`]({page.name}-{name}.md)" if links else f"`{name}`" for name, _ in rows]
        told = [(name, text) for name, (_, text) in zip(names, rows, strict=True)]
        parts.append(f"## {title}\n\n{_table(title.lower() if links else 'name', told)}")
    return "\n".join(parts)


def _table(first: str, rows: list[tuple[str, str]]) -> str:
    lines = [f"| {first.removesuffix('s')} | what it is |", "|---|---|"]
    for cells in rows:
        name, text = (cell.replace("|", "\\|") for cell in cells)
        lines.append(f"| {name} | {_escaped(text)} |")
    return "\n".join(lines) + "\n"


def _escaped(text: str) -> str:
    return text.replace("<", "&lt;").replace("*", "\\*")


def man_page() -> str:
    """Return the man page of ``s2s``, all commands in it."""
    first, *others = pages()
    lines = [f'.TH S2S 1 "" "s2s {__version__}"', ".SH NAME", f"s2s \\- {_roff(first.sentences[0])}"]
    lines += [".SH SYNOPSIS", _roff(first.usage), *_roff_tables(first, ".SH")]
    for page in others:
        lines += [f".SH {page.path.upper()}", f".B {_roff(page.usage)}"]
        for sentence in page.sentences:
            lines += [".PP", _roff(sentence)]
        for example in page.examples:
            lines += [".PP", "For example:", ".PP", ".RS 4", ".nf", _roff(example), ".fi", ".RE"]
        lines += _roff_tables(page, ".SS")
    lines += [".SH EXIT STATUS", "0 done; 1 a failure; 2 wrong usage; 130, 143 interrupted; 141 the reader went away."]
    return "\n".join(lines) + "\n"


def _roff_tables(page: Page, heading: str) -> list[str]:
    lines = []
    for title, rows in page.tables.items():
        lines.append(f"{heading} {title.upper() if heading == '.SH' else title}")
        for name, text in rows:
            lines += [".TP", f".B {_roff(name)}", _roff(text)]
    return lines


def _roff(text: str) -> str:
    """Return a text as roff reads it: no sign of it is a command."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    escaped = "".join(sign if sign.isascii() else f"\\[u{ord(sign):04X}]" for sign in escaped)
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped
