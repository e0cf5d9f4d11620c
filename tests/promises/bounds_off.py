"""What stands in for the guards of ``bounds`` when a switch is thrown."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from telltale.fetch.subprocess_protocol import child_environment as bare
from telltale.net.limits import FetchLimits
from tests.promises.sabotage import NAME

BOUNDLESS = property(lambda settings: FetchLimits(10**12, 1e6, 1e9, 10**9, 10**6, allow_hosts=settings.test_allow_hosts))


@contextmanager
def lasting(parent: Path, prefix: str) -> Iterator[Path]:
    """A folder that nobody removes."""
    yield Path(tempfile.mkdtemp(prefix=prefix, dir=parent))


def unbound(*_: Any) -> None:
    """Sets no limit on this process."""


def telling(work: Path) -> dict[str, str]:
    """The fetching child's environment, and what it takes to turn guards off in it as well."""
    return bare(work) | {name: os.environ[name] for name in ("PYTHONPATH", NAME)}
