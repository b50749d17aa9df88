"""What setup.cfg can't say: kernels are compiled, once for each instruction set; an index has a page of its own.

Without a C compiler the installation goes on, and s2s runs on NumPy.
"""

from __future__ import annotations

import os
import platform
import runpy
import subprocess
import sysconfig
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from shlex import split
from typing import ClassVar

from setuptools import Command, setup
from setuptools.command.build import build

NATIVE = Path("seq2seq_cli", "backend", "native")
KNOWN = runpy.run_path(str(NATIVE / "variants.py"))
PAGE = runpy.run_path(str(Path("docs", "index_page.py")))


class BuildKernels(Command):
    """Compile the kernels, each variant a shared library that any Python loads by ctypes."""

    description = "compile the kernels"
    user_options: ClassVar = [("build-lib=", "b", "where modules go")]
    editable_mode = False

    def initialize_options(self) -> None:
        """Set nothing yet."""
        self.build_lib = None

    def finalize_options(self) -> None:
        """Ask `build` where modules go."""
        self.set_undefined_options("build_py", ("build_lib", "build_lib"))

    def libraries(self) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return sources and flags for each library of this machine."""
        machine = platform.machine().lower()
        made = {"probe": (("probe.c",), ())}
        for name, variant in KNOWN["VARIANTS"].items():
            if machine in variant.machines:
                made[name] = (KNOWN["SOURCES"], variant.flags)
        return made

    def get_source_files(self) -> list[str]:
        """Return what belongs in a source distribution."""
        names = ["probe.c", *KNOWN["SOURCES"], *KNOWN["HEADERS"]]
        return [str(NATIVE / name) for name in names]

    def get_outputs(self) -> list[str]:
        """Return what was made."""
        return [str(path) for path in Path(self.build_lib or ".").glob(str(NATIVE / "*.kernels"))]

    def run(self) -> None:
        """Compile all libraries, several at a time; a failure is said and the installation goes on."""
        compiler = [*split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc"), *KNOWN["FLAGS"]]
        compiler += split(os.environ.get("CFLAGS", ""))
        folder = NATIVE if self.editable_mode else Path(self.build_lib) / NATIVE
        folder.mkdir(parents=True, exist_ok=True)

        def compile_one(name: str, sources: tuple[str, ...], flags: tuple[str, ...]) -> str:
            out = folder / KNOWN["library_name"](name)
            command = [*compiler, "-shared", *flags, *(str(NATIVE / source) for source in sources)]
            try:
                done = subprocess.run([*command, "-o", str(out), "-lm"], capture_output=True, text=True)
            except OSError as error:
                return str(error)
            return done.stderr if done.returncode else ""

        with ThreadPoolExecutor() as pool:
            made = {name: pool.submit(compile_one, name, *how) for name, how in self.libraries().items()}
        for name, result in made.items():
            if result.result():
                print(f"s2s: no kernels for {name}: s2s runs without them. {result.result()}")


class Build(build):
    """`build`, and the kernels."""

    sub_commands: ClassVar = [*build.sub_commands, ("build_kernels", None)]


def command_classes() -> dict[str, type]:
    """Return the commands, and that of a wheel where wheels can be made: one serves every Python, but one platform."""
    commands: dict[str, type] = {"build": Build, "build_kernels": BuildKernels}
    try:
        from setuptools.command.bdist_wheel import bdist_wheel
    except ImportError:
        try:
            from wheel.bdist_wheel import bdist_wheel
        except ImportError:
            return commands

    class Wheel(bdist_wheel):
        def finalize_options(self) -> None:
            super().finalize_options()
            self.root_is_pure = False

        def get_tag(self) -> tuple[str, str, str]:
            return "py3", "none", super().get_tag()[2]

    commands["bdist_wheel"] = Wheel
    return commands


setup(cmdclass=command_classes(), **PAGE["published"]())
