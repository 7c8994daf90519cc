"""A process that tries mutants out: names come in, verdicts go out, a line each.

Nothing is compiled: an operation after the other, on all columns at once, takes a fraction of the
time that compiling a mutated process would.
"""

from __future__ import annotations

import dataclasses
import json
import os
import sys
from pathlib import Path


def main(golden: str) -> None:
    """Answer until the input ends."""
    # What libraries print must not be taken for an answer.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    import jax

    from validation.mutants.listing import sources
    from validation.mutants.trial import Bench

    jax.config.update("jax_enable_x64", True)
    modules = sources()
    mutants = {mutant.name: mutant for source in modules.values() for mutant in source.mutants()}
    with jax.disable_jit():
        bench = Bench(Path(golden))
        print("ready", file=answers, flush=True)
        for line in sys.stdin:
            mutant = mutants[line.rstrip("\n")]
            verdict = bench.try_out(mutant, modules[mutant.module])
            print(json.dumps(dataclasses.asdict(verdict)), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
