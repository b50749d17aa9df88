"""Write what is made from the fields of options and the commands' help: docs/options.md, the types of
`seq2seq_cli.train`'s options, docs/commands and the man page."""

from __future__ import annotations

from pathlib import Path

from seq2seq_cli.cli.pages import man_page, markdown_pages
from seq2seq_cli.config import (
    CaptionOptions,
    ChatOptions,
    EvaluationOptions,
    GenerateOptions,
    ScoreOptions,
    TranslateOptions,
)
from seq2seq_cli.config.describe import options_markdown, signature_source
from seq2seq_cli.config.preparation import AlignedFiles, PartFiles, TextPrepOptions
from seq2seq_cli.data.generators import GENERATORS
from seq2seq_cli.data.prepare.caption_options import CaptionPrepOptions, PartLists
from seq2seq_cli.data.prepare.chat import ChatPrepOptions
from seq2seq_cli.data.prepare.lexicon import LexiconOptions
from seq2seq_cli.data.prepare.pairs import PairsOptions

ROOT = Path(__file__).parent.parent
COMMANDS = {
    "translate": [TranslateOptions],
    "caption": [CaptionOptions],
    "chat": [ChatOptions],
    "generate": [GenerateOptions],
    "score": [ScoreOptions],
    "evaluate": [EvaluationOptions],
    **{f"prep {kind}": [GENERATORS[kind].options] for kind in ("addition", "dates", "numbers", "shapes")},
    "prep pairs": [PairsOptions, PartFiles, AlignedFiles],
    "prep lexicon": [LexiconOptions, PartFiles],
    "prep chat": [ChatPrepOptions, PartFiles],
    "prep captions": [CaptionPrepOptions, PartLists],
    "prep text": [TextPrepOptions, PartFiles],
}


def texts() -> dict[Path, str]:
    """Return the files that are made, and what stands in them."""
    return {
        ROOT / "docs" / "options.md": options_markdown(COMMANDS),
        ROOT / "seq2seq_cli" / "config" / "signature.py": signature_source(),
        ROOT / "docs" / "s2s.1": man_page(),
        **{ROOT / "docs" / "commands" / name: text for name, text in markdown_pages().items()},
    }


if __name__ == "__main__":
    for path, text in texts().items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
