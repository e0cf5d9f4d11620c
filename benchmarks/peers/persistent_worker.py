"""A process that keeps what it loaded and answers one question after the other, so that rivals can take turns on a warm machine.

A question and its answer are a line of JSON each. See also: what is asked (``peers.py``, ``classifiers.py``).
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Any


class PersistentWorker:
    """One process, ``python -m MODULE ARGUMENT…``; ready once it has said so."""

    def __init__(self, module: str, *arguments: str) -> None:
        self._order = [sys.executable, "-m", f"benchmarks.{module}", *arguments]
        self._process = subprocess.Popen(self._order, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.told: dict[str, Any] = self._answer()
        """What it said of itself when it was ready."""

    def ask(self, **question: Any) -> dict[str, Any]:
        """Its answer."""
        assert self._process.stdin
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        line = self._process.stdout.readline()
        if not line:
            self.close()
            raise RuntimeError(f"{' '.join(self._order)} ended with {self._process.returncode}")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def __enter__(self) -> "PersistentWorker":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Nobody asks any more: it ends."""
        assert self._process.stdin and self._process.stdout
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


def answering(told: dict[str, Any], answer: Callable[..., dict[str, Any]]) -> None:
    """The other side of it: say what one is, then answer until nobody asks any more. Whatever else is printed goes to stderr."""
    with os.fdopen(os.dup(1), "w") as wire:
        os.dup2(2, 1)
        wire.write(json.dumps(told) + "\n")
        wire.flush()
        for line in sys.stdin:
            wire.write(json.dumps(answer(**json.loads(line))) + "\n")
            wire.flush()
