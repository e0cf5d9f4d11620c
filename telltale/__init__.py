"""Telltale's engine: a source in, a Report out. Nothing of it is told to anybody.

    import telltale

    report = telltale.check("clip.mp4")
    engine = telltale.load_engine()                      # loaded once, for many checks
    report = telltale.check("https://…", engine=engine)

ONNX Runtime's builds report their use to their makers, and keep a number for that on the disk, unless this is set before they are loaded.
"""

import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from telltale.core.errors import TelltaleError
    from telltale.core.report import Report
    from telltale.pipeline import Engine, check, load_engine

__all__ = ["Engine", "Report", "TelltaleError", "check", "load_engine"]

os.environ["ORT_DISABLE_TELEMETRY"] = "1"

HOMES = {"TelltaleError": "telltale.core.errors", "Report": "telltale.core.report"}
"""Where public names are defined; all others in ``pipeline.py``. Imported when used: ``import telltale`` is quick."""


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(HOMES.get(name, "telltale.pipeline")), name)
