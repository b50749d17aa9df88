"""Which symbols a vocabulary has, and in which order, of those that a text holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from seq2seq_cli.errors import DataError


def in_order(seen: Iterable[str], special: Sequence[str]) -> tuple[str, ...]:
    """Return symbols in their order, special ones where they appear or else at the end."""
    return tuple(dict.fromkeys((*seen, *special)))


def most_frequent(
    counts: Counter[str], special: Sequence[str], min_count: int, max_size: int | None
) -> tuple[str, ...]:
    """Return special symbols, then the most frequent others (ties in the symbols' order).

    Args:
        counts: how often each symbol stands in a text.
        special: symbols with a place of their own, however often they stand there.
        min_count: rarer symbols are left out.
        max_size: at most so many symbols, the special ones included; None is no limit.

    Raises:
        DataError: there were symbols, and none is left.
    """
    kept = [symbol for symbol, count in counts.items() if count >= min_count and symbol not in special]
    kept.sort(key=lambda symbol: (-counts[symbol], symbol))
    if max_size is not None:
        kept = kept[: max(0, max_size - len(special))]
    if not kept and set(counts) - set(special):
        limits = [f"`min_count` {min_count}"] if min_count > 1 else []
        limits += [f"`max_vocabulary` {max_size}"] if max_size is not None else []
        raise DataError(
            f"no symbol of the training part is left with {' and '.join(limits)}: its most frequent one stands there "
            f"{max(counts.values()):,} times, and {len(special)} of a vocabulary are special"
        )
    return (*special, *kept)
