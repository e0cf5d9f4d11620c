"""Turning a guard off from outside, also in servers and children: the product itself has no switch for that.

Within one process ``unittest.mock.patch`` does. For a child, ``disarmed`` gives an environment under which every Python process first
replaces the named functions. A child that is started with an environment of its own must have both names passed on, else it stays armed.
"""

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent.parent
NAME = "PROMISES_DISARMED"
FIRST = """
import importlib, json, os, sys
def _held(name):
    module, _, path = name.partition(":")
    held = importlib.import_module(module)
    *above, last = path.split(".")
    for part in above:
        held = getattr(held, part)
    return held, last
def _disarm(name, other):
    place, last = _held(name)
    guard, instead = getattr(place, last), getattr(*_held(other))
    setattr(place, last, instead)
    those = [module for called, module in sys.modules.items() if not called.startswith("tests.")]  # a stand-in may ask the guard itself
    for module in those:  # who has imported the guard by its name already
        for known, value in list(vars(module).items()) if hasattr(module, "__dict__") else ():
            if value is guard and (callable(guard) or known == last):  # many a module has the same small number
                setattr(module, known, instead)
try:
    for _name, _other in json.loads(os.environ.get("PROMISES_DISARMED", "{}")).items():
        _disarm(_name, _other)
except BaseException as error:  # a guard that stays armed must not pass for one that holds
    sys.stderr.write(f"not disarmed: {error!r}\\n")
    os._exit(70)
"""


@contextmanager
def disarmed(guards: Mapping[str, str], environment: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """The environment for a child in which each ``package.module:name`` is replaced by the other one before its first line."""
    before = dict(os.environ if environment is None else environment)
    with TemporaryDirectory(prefix="disarmed-") as folder:
        Path(folder, "sitecustomize.py").write_text(FIRST)
        path = os.pathsep.join(part for part in (folder, str(ROOT), before.get("PYTHONPATH", "")) if part)
        yield before | {"PYTHONPATH": path, NAME: json.dumps(dict(guards))}
