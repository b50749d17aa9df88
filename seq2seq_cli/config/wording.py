"""An option in words, for help and for documents."""

from __future__ import annotations

from typing import Any

from seq2seq_cli.config.fields import Option


def command_spellings(entry: Option) -> tuple[str, ...]:
    """Return the names that the command line shows, the main one first."""
    return (*entry.names, entry.name)


def help_text(entry: Option) -> str:
    """Return what an option does, in sentences: what for which kind, and from which paper."""
    kinds = " and ".join(entry.kinds)
    told = "text" in entry.kinds or entry.group.lower() == kinds  # by nothing, or by the group's title
    for_kind = [] if told else [f"for {kinds}"]
    only = [*for_kind, *(need.words for need in entry.needs)]
    text = f"{entry.help}. Only {', '.join(only)}." if only else f"{entry.help}."
    return f"{text} ({entry.paper})" if entry.paper else text


def default_text(entry: Option) -> str:
    """Return an option's default as it is written, and what it means where it is none."""
    if entry.default is None:
        return f"none ({entry.otherwise})" if entry.otherwise else "none"
    if entry.is_switch:
        return "on" if entry.default else "off"
    return f"{entry.default:g}" if isinstance(entry.default, float) else str(entry.default) or "empty"


def setting_in_words(entry: Option, value: Any) -> str:
    """Return an option with its value, in a list of several: ``hidden 256``, ``peeky``, ``no peeky``."""
    name = entry.spelling.replace("_", "-")
    if entry.is_switch and isinstance(value, bool):
        return name if value else f"no {name}"
    if value is None:
        return f"no {name}"
    return f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
