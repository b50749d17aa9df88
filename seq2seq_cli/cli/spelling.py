"""How the command line writes what the library calls arguments.

The library's messages name options in backquotes, as a caller of Python writes them (`` `batch_size` ``,
`` `schedule='cosine'` ``), or with an underscore, which plain words never have. Here they become
``--batch-size`` and ``--schedule cosine``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_QUOTED = re.compile(r"`(no_)?([a-z][a-z0-9_]*)(?:=('[^']*'|[^`]*))?`")
_BARE = re.compile(r"(?<![\w/.-])[a-z0-9]+(?:_[a-z0-9]+)+(?![\w/.-])")


def option_spellings(params: Iterable[Any]) -> dict[str, str]:
    """Return the main spelling of each option by its parameter's name, and by every other name it goes by."""
    found: dict[str, str] = {}
    for param in params:
        if param.param_type_name == "option":
            main = next((name for name in param.opts if name.startswith("--")), param.opts[0])
            for name in (param.name, *(word.lstrip("-").replace("-", "_") for word in param.opts)):
                found[str(name)] = main
    return found


def spell(message: str, spellings: Mapping[str, str]) -> str:
    """Write a message's options as the command line does; what is no option stays as it is."""

    def quoted(match: re.Match[str]) -> str:
        negation, name, value = match.groups()
        if name not in spellings:
            return match[0]
        main = spellings[name]
        if negation:
            return f"--no-{main.removeprefix('--')}"
        if value is None or value == "True":
            return main
        return f"{main} {value.strip(chr(39))}"

    def bare(match: re.Match[str]) -> str:
        return spellings.get(match[0], match[0])

    return _BARE.sub(bare, _QUOTED.sub(quoted, message))
