"""Compiles the hot modules of the load engine into the wheel, when it is asked to.

    CANARY_REHEARSAL_COMPILE=1 pip install .

Without the variable the wheel is pure Python, and no compiler is needed. With it, the modules named
in pyproject.toml are compiled by mypyc beside their sources, which stay the fallback and what
tracebacks show, and so are the small C modules.
"""

import os
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

VARIABLE = "CANARY_REHEARSAL_COMPILE"
NEEDED = ["mypy>=1.19", "setuptools>=80"]


def is_asked_for() -> bool:
    """Whether this build is to be compiled."""
    return os.environ.get(VARIABLE, "") not in ("", "0")


class CompiledModules(BuildHookInterface[Any]):
    """hatchling's hook: `modules` for mypyc and `extensions` in C, as paths from the root."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build needs beside hatchling."""
        return NEEDED if is_asked_for() else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and name what came of it."""
        if version == "editable" or not is_asked_for():
            return
        self._built = tempfile.TemporaryDirectory()
        built = compile_modules(self.config["modules"], self.config["extensions"], self._built.name)
        build_data["force_include"].update({str(path): name for name, path in built.items()})
        build_data["pure_python"] = False
        build_data["infer_tag"] = True

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Leave nothing behind."""
        if hasattr(self, "_built"):
            self._built.cleanup()

    def clean(self, versions: list[str]) -> None:
        """Nothing is kept between builds."""


def compile_modules(modules: list[str], extensions: list[str], folder: str) -> dict[str, Path]:
    """The compiled files in `folder`, by their places in the wheel."""
    from mypyc.build import mypycify
    from setuptools import Distribution, Extension

    options = ["--ignore-missing-imports", "--follow-imports=silent", "--config-file="]
    cache = f"--cache-dir={folder}/cache"
    compiled = mypycify([*options, cache, *modules], opt_level="3", target_dir=f"{folder}/c")
    plain = [Extension(path[:-2].replace("/", "."), [path]) for path in extensions]
    distribution = Distribution({"ext_modules": [*compiled, *plain]})
    command = distribution.get_command_obj("build_ext")
    command.build_lib, command.build_temp = f"{folder}/lib", f"{folder}/o"
    command.ensure_finalized()
    command.run()
    library = Path(folder, "lib")
    return {str(path.relative_to(library)): path for path in library.rglob("*.*") if path.is_file()}
