"""Compiled programs are kept between runs, so that only the first one compiles."""

from __future__ import annotations

import os
from pathlib import Path

import jax


def use_compilation_cache() -> None:
    """Switch JAX's persistent compilation cache on, unless it has been told where to keep it.

    Programs go to `$XDG_CACHE_HOME/jcm`, by default `~/.cache/jcm`.
    """
    if jax.config.jax_compilation_cache_dir is None:
        home = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache"))
        jax.config.update("jax_compilation_cache_dir", str(home / "jcm"))
        jax.config.update("jax_persistent_cache_min_compile_time_secs", 0.5)
