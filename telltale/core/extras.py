"""Packages that come with an extra of the distribution (``pip install 'telltale[serve]'``), looked for before they are imported."""

from importlib.util import find_spec
from typing import Literal

from telltale.core.errors import BadRequest

Extra = Literal["serve", "torch", "openvino", "parquet", "cluster", "insightface"]
MODULES: dict[Extra, tuple[str, ...]] = {
    "serve": ("dbos", "fastapi", "gradio", "mcp", "pydantic_settings", "sqlalchemy", "uvicorn"),
    "torch": ("safetensors", "torch", "transformers"),
    "openvino": ("openvino",),
    "parquet": ("pyarrow",),
    "cluster": ("pyarrow", "ray"),
    "insightface": ("insightface",),
}
"""What each extra must bring, as it is imported."""


def need(extra: Extra, purpose: str) -> None:
    """Raises BadRequest("request.invalid"), with what to install for ``purpose`` ("Serving"), where a module of the extra is absent."""
    absent = [name for name in MODULES[extra] if find_spec(name) is None]
    if absent:
        raise BadRequest("request.invalid", "extra", purpose=purpose, modules=", ".join(absent), extra=extra)
