"""Runs in a process of its own and calls the user's Python functions on request.

This file is run by its path, with the interpreter that the port asks for: its environment may have
nothing but NumPy, so nothing else of this package is imported here.

Requests and answers are pickled dictionaries on what were standard input and output when the
process started; the user's code may print, it goes to standard error.
"""

from __future__ import annotations

import importlib
import os
import pickle
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

import numpy as np


def main() -> None:
    """Answer until the parent closes the pipe."""
    requests, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    target, kind, folder = sys.argv[1:]
    # Python puts the folder of this file first; the user's modules are elsewhere.
    sys.path[0:1] = [folder, os.getcwd()]
    try:
        found = load(target)
    except BaseException as error:  # importing runs a stranger's code
        _send(answers, {"error": _described(error), "traceback": traceback.format_exc()})
        return
    _send(answers, {"functions": _functions(found)})
    while True:
        try:
            request = pickle.load(requests)
        except EOFError:
            return
        try:
            function = _function(found, request["process"])
            outputs = as_mapping(function(**_handed_over(request["inputs"], kind)))
            answer = {"outputs": {name: _numbers(name, value) for name, value in outputs.items()}}
        except BaseException as error:  # whatever a stranger's code raises is its failure
            answer = {"error": _described(error), "traceback": traceback.format_exc()}
        _send(answers, answer)


def load(target: str) -> Any:
    """What "module:object" names."""
    module, _, name = target.partition(":")
    found = importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found


def as_mapping(result: Any) -> Mapping[str, Any]:
    """The outputs by name of a mapping, a NamedTuple or a dataclass.

    Raises:
        TypeError: for anything else.
    """
    if hasattr(result, "_asdict"):
        return result._asdict()
    if isinstance(result, Mapping):
        return result
    if hasattr(result, "__dataclass_fields__"):
        return {name: getattr(result, name) for name in result.__dataclass_fields__}
    raise TypeError(
        f"the function returned {type(result).__name__}, expected a mapping, NamedTuple or "
        "dataclass of outputs"
    )


def to_numpy(value: Any) -> np.ndarray:
    """An array of NumPy, JAX, PyTorch, or anything that speaks DLPack."""
    if hasattr(value, "detach"):  # a tensor that carries a derivative refuses to be converted
        value = value.detach().cpu()
    if not hasattr(value, "__array__") and hasattr(value, "__dlpack__"):
        return np.array(np.from_dlpack(value))
    return np.array(value)


def _numbers(name: str, value: Any) -> np.ndarray:
    """An output as an array that can be sent and compared."""
    values = to_numpy(value)
    if values.dtype.kind not in "biufc":
        raise TypeError(f"output {name} is an array of type {values.dtype}, expected numbers")
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _handed_over(inputs: Mapping[str, np.ndarray], kind: str) -> dict[str, Any]:
    if kind == "torch":
        import torch

        return {name: torch.from_dlpack(values) for name, values in inputs.items()}
    if kind == "jax":
        import jax

        double = any(values.dtype == np.float64 for values in inputs.values())
        jax.config.update("jax_enable_x64", double)
        return {name: jax.numpy.asarray(values) for name, values in inputs.items()}
    return dict(inputs)


def _function(found: Any, process: str) -> Callable[..., Any]:
    if callable(found) and not isinstance(found, type) and not hasattr(found, process):
        return found
    return found[process] if isinstance(found, Mapping) else getattr(found, process)


def _functions(found: Any) -> list[str] | None:
    """Names of what the object holds; None for a function, which has one process."""
    if isinstance(found, Mapping):
        return [name for name, value in found.items() if callable(value)]
    names = [name for name in dir(found) if not name.startswith("_")]
    if callable(found) and not isinstance(found, type):
        return None
    return [name for name in names if callable(getattr(found, name, None))]


def _described(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _send(answers: BinaryIO, answer: dict[str, Any]) -> None:
    pickle.dump(answer, answers, protocol=5)
    answers.flush()


if __name__ == "__main__":
    main()
