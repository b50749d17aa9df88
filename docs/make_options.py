"""Write docs/options.md and the types of `seq2seq_cli.train`'s options, from the fields that say them."""

from __future__ import annotations

from pathlib import Path

from seq2seq_cli.config.describe import options_markdown, signature_source

ROOT = Path(__file__).parent.parent
FILES = {
    ROOT / "docs" / "options.md": options_markdown,
    ROOT / "seq2seq_cli" / "config" / "signature.py": signature_source,
}

if __name__ == "__main__":
    for path, make in FILES.items():
        path.write_text(make(), encoding="utf-8")
