"""Help that people can read: a usage line, a sentence, an example, what is most used, then options in groups.

It is plain text, drawn here. Rich would draw it too, but takes longer to import than the whole of ``s2s --help``.
"""

from __future__ import annotations

import re
import shutil
import textwrap
from collections.abc import Iterable, Sequence
from typing import Any

from seq2seq_cli.cli.spelling import option_spellings, spell

WIDEST = 100
LEFT = 26
"""Columns of the names; a longer one has a line to itself."""
SHORT_DEFAULT = 20
"""A longer default is left out of the short list."""
KEPT_TOGETHER = 36
"""A default in brackets that is no longer than this is not broken over two lines."""


def width() -> int:
    """Return the columns that help may take."""
    return max(40, min(WIDEST, shutil.get_terminal_size((80, 24)).columns))


def usage(path: str, params: Sequence[Any], *, group: bool = False) -> str:
    """Return the usage line: the command, its arguments, its options."""
    if group:
        return f"Usage: {path} [OPTIONS] COMMAND …"
    arguments = " ".join(
        argument_name(param) if param.required else f"[{argument_name(param)}]"
        for param in params
        if is_argument(param)
    )
    needed = " ".join(f"{main_name(param)} {param.metavar or 'VALUE'}" for param in params if is_needed_option(param))
    return " ".join(word for word in ("Usage:", path, arguments, needed, "[OPTIONS]") if word)


def is_argument(param: Any) -> bool:
    """Tell an argument from an option."""
    return bool(param.param_type_name == "argument")


def is_needed_option(param: Any) -> bool:
    """Tell whether a parameter is an option that must be given."""
    return bool(not is_argument(param) and param.required)


def argument_name(param: Any) -> str:
    """Return an argument's name as the usage line shows it."""
    return str(param.metavar or param.name.upper()).strip("[]")


def main_name(param: Any) -> str:
    """Return an option's main spelling."""
    return str(next((name for name in param.opts if name.startswith("--")), param.name))


def command_help(
    path: str, text: str, params: Sequence[Any], *, common: Sequence[str] = (), old: Iterable[str] = (), note: str = ""
) -> str:
    """Write the help of a command.

    Args:
        path: how it is called.
        text: its docstring.
        params: its parameters, as Typer made them.
        common: names of options for the short list.
        old: spellings that are understood and not shown.
        note: a sentence for the end.
    """
    columns, spellings = width(), option_spellings(params)
    lines = [*_wrapped(usage(path, params), columns, "       "), ""]
    lines += _paragraphs(text, columns)
    arguments = [(argument_name(param), param.help or "") for param in params if is_argument(param)]
    if arguments:
        lines += ["Arguments", *_table(arguments, columns), ""]
    options = [param for param in params if not is_argument(param) and not param.hidden]
    short = [param for name in common for param in options if param.name == name or name in map(_plain, param.opts)]
    if short:
        lines += ["Most used", *_short_table(short, columns, spellings), ""]
    for title, members in groups_of(options).items():
        rows = [(names_of(param, old), spell(param.help or "", spellings)) for param in members]
        lines += [title, *_table(rows, columns), ""]
    lines += _wrapped(note, columns)
    return "\n".join(lines).rstrip() + "\n"


def _plain(spelling: str) -> str:
    return spelling.lstrip("-").replace("-", "_")


def groups_of(options: Sequence[Any]) -> dict[str, list[Any]]:
    """Sort options under their titles; those without one come last."""
    groups: dict[str, list[Any]] = {}
    for param in options:
        groups.setdefault(param.rich_help_panel or "Options", []).append(param)
    return dict(sorted(groups.items(), key=lambda group: group[0] == "Options"))


def names_of(param: Any, old: Iterable[str]) -> str:
    """Return an option's spellings, without the old ones, and what stands for its value."""
    hidden = set(old)
    opts = [name for name in param.opts if name not in hidden]
    opts.sort(key=lambda name: name.startswith("--"))
    words = ", ".join(opts)
    if param.secondary_opts:
        return f"{words} / {param.secondary_opts[0]}"
    return words if param.is_flag else f"{words} {param.metavar or 'TEXT'}"


def _short_table(params: Sequence[Any], columns: int, spellings: dict[str, str]) -> list[str]:
    """Write one line for each option: its main name, and as much of its help as fits."""
    names = [main_name(param) if param.is_flag else f"{main_name(param)} {param.metavar or 'TEXT'}" for param in params]
    left, lines = max(map(len, names)), []
    for param, name in zip(params, names, strict=True):
        text = spell(param.help or "", spellings)
        default = re.search(r"\[default: ([^(;\]]*)", text)
        end = f"  [{default[1].strip()}]" if default and not param.is_flag and default[1].strip() != "none" else ""
        end = end if len(end) <= SHORT_DEFAULT else ""
        lines.append(f"  {name:{left}}  {_clause(text, columns - left - 4 - len(end))}{end}")
    return lines


def _clause(text: str, columns: int) -> str:
    """Return the first sentence of a help text, cut at a clause where it is too long."""
    sentence = re.split(r"[.:;](?:\s|$)", text)[0]
    if len(sentence) > columns:
        sentence = sentence.partition(",")[0]
    return textwrap.shorten(sentence, max(20, columns), placeholder=" …")


def _table(rows: Sequence[tuple[str, str]], columns: int) -> list[str]:
    left = min(max(len(name) for name, _ in rows) + 4, LEFT)
    lines = []
    for name, text in rows:
        body = _body(text, columns - left)
        if len(name) > left - 4:
            lines += [*_wrapped(f"  {name}", columns, "      "), *(" " * left + line for line in body)]
        else:
            lines += [f"  {name:{left - 2}}{body[0]}".rstrip(), *(" " * left + line for line in body[1:])]
    return lines


def _body(text: str, columns: int) -> list[str]:
    """Wrap a help text without breaking a short default."""

    def keep(match: re.Match[str]) -> str:
        return match[0].replace(" ", "\0") if len(match[0]) <= min(KEPT_TOGETHER, columns) else match[0]

    lines = textwrap.wrap(re.sub(r"\[default: [^\]]*\]", keep, text), columns, break_on_hyphens=False)
    return [line.replace("\0", " ") for line in lines] or [""]


def commands_table(commands: dict[str, str], columns: int) -> list[str]:
    """Write the commands of a group and what they do."""
    return ["Commands", *_table(list(commands.items()), columns)]


def _wrapped(text: str, columns: int, indent: str = "") -> list[str]:
    return textwrap.wrap(text, columns, subsequent_indent=indent, break_on_hyphens=False, break_long_words=False)


def sentences_and_examples(text: str) -> tuple[list[str], list[str]]:
    """Return the paragraphs of a docstring: those that say something, and those that begin with ``Example:``."""
    paragraphs = [" ".join(part.split()) for part in text.split("\n\n") if part.strip()]
    examples = [part for part in paragraphs if part.startswith("Example:")]
    return [part for part in paragraphs if part not in examples], examples


def _paragraphs(text: str, columns: int) -> list[str]:
    """Wrap a docstring; the first paragraph and the example come first."""
    others, examples = sentences_and_examples(text)
    lines: list[str] = []
    for part in [*others[:1], *examples, *others[1:]]:
        lines += [*(_command(part, columns) if part in examples else _wrapped(part, columns)), ""]
    return lines


def _command(text: str, columns: int) -> list[str]:
    """Wrap a command as a shell reads it, so that all of its lines can be copied at once."""
    *lines, last = _wrapped(text, columns - 2, "  ")
    return [*(f"{line} \\" for line in lines), last]
