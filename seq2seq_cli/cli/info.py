"""`s2s info`: what works here, and what a report of a fault should say."""

from __future__ import annotations

import os
import platform
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer

from seq2seq_cli._version import __version__
from seq2seq_cli.cli.spelling import spell

PACKAGES = ("numpy", "typer", "rich", "rapidfuzz", "threadpoolctl")
"""What s2s is installed with."""

VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "CUDA_VISIBLE_DEVICES", "LC_ALL", "LANG")
"""Variables of the environment that change what commands do."""

EXTRAS = {
    "dates": ("babel", "Babel", "s2s prep dates in other languages than English"),
    "numbers": ("num2words", "num2words", "s2s prep numbers"),
    "subword": ("sentencepiece", "sentencepiece", "s2s train --level subword"),
    "images": ("PIL", "pillow", "s2s caption and s2s prep captions with image files"),
    "metrics": ("sacrebleu", "sacrebleu", "BLEU and chrF in s2s evaluate"),
}


def info(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False) -> None:
    """Print which backends, devices and extras work here, and how to get those that do not.

    Example: s2s info

    Put it into a report of a fault: it has all versions, and what of the machine and the environment matters.
    """
    import numpy as np
    from threadpoolctl import threadpool_info

    from seq2seq_cli.training.failures import machine_memory

    facts: dict[str, Any] = {
        "s2s": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpus": os.cpu_count(),
        "memory": machine_memory(),
        "encoding": _encodings(),
        "environment": {name: os.environ[name] for name in VARIABLES if name in os.environ},
        "installed_in": str(Path(__file__).parent.parent),
        "packages": {name: _version(name) for name in PACKAGES},
        "numpy": np.__version__,
        "blas": [
            {name: pool.get(name) for name in ("internal_api", "version", "num_threads", "architecture")}
            for pool in threadpool_info()
            if pool.get("user_api") == "blas"
        ],
        "backends": {"native": _native(), "numpy": {"works": True, "devices": ["cpu"]}, "cupy": _cupy()},
        "extras": {name: _extra(name) for name in EXTRAS},
    }
    if as_json:
        from seq2seq_cli.files.json_text import to_json

        print(to_json(facts))
    else:
        from seq2seq_cli.cli.view.tables import print_facts

        print_facts(facts)


def _encodings() -> dict[str, str | None]:
    streams = {name: getattr(getattr(sys, name), "encoding", None) for name in ("stdin", "stdout")}
    return {**streams, "names": sys.getfilesystemencoding()}


def _version(package: str) -> str | None:
    from importlib import metadata

    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:  # as where it is not installed but found in a folder
        return None


def _native() -> dict[str, Any]:
    from seq2seq_cli.backend.native import library

    found = library.find()
    if isinstance(found, library.Missing):
        return {"works": False, "why": found.why}
    return {"works": True, "instructions": found.variant, "threads": library.available_cores(), "devices": ["cpu"]}


def _cupy() -> dict[str, Any]:
    from seq2seq_cli.backend import get_backend
    from seq2seq_cli.errors import BackendError

    try:
        backend = get_backend("cuda")
        count = backend.xp.cuda.runtime.getDeviceCount()
    except BackendError as error:
        return {"works": False, "why": spell(str(error), {"device": "--device"})}
    return {"works": True, "version": backend.xp.__version__, "devices": [f"cuda:{n}" for n in range(count)]}


def _extra(name: str) -> dict[str, Any]:
    module, package, purpose = EXTRAS[name]
    try:
        import_module(module)
    except ImportError:
        return {"works": False, "for": purpose, "why": f"pip install '.[{name}]' in the s2s source folder"}
    return {"works": True, "for": purpose, "version": _version(package)}
