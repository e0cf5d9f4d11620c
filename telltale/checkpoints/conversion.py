"""Pickled weights to safetensors, on the machine of whoever trusts them enough to open them, and only when told to.

``torch.load(weights_only=True)`` builds tensors and plain containers and refuses everything else, so nothing in the file runs. See also:
why pickles are refused otherwise (``telltale/model/classifier.py``).
"""

import shutil
from pathlib import Path

from telltale.core.errors import BadModel
from telltale.core.extras import need

COPIED = ("*.json", "*.md", "LICENSE*")


def convert(folder: Path, into: Path) -> Path:
    """Write ``folder``'s model with its weights as model.safetensors to the new folder ``into``. Raises BadModel."""
    need("torch", "Converting a model")
    import torch
    from safetensors.torch import save_file

    found = sorted(path for pattern in ("pytorch_model*.bin", "*.pth", "*.pt", "*.ckpt") for path in folder.glob(pattern))
    if not found:
        raise BadModel("model.not_found", "no_pickles", folder=str(folder))
    if into.exists():
        raise BadModel("model.not_found", "folder_exists", folder=str(into))
    tensors: dict[str, torch.Tensor] = {}
    for path in found:
        try:
            held = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:  # what unpickling raises is up to the file
            raise BadModel("model.pickled", "not_only_weights", file=path.name) from error
        held = held.get("state_dict", held) if isinstance(held, dict) else {}
        tensors |= {str(name): value.contiguous().clone() for name, value in held.items() if isinstance(value, torch.Tensor)}
    if not tensors:
        raise BadModel("model.pickled", "no_tensors", file=found[0].name)
    part = into.with_name(f"{into.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    for pattern in COPIED:
        for path in folder.glob(pattern):
            if not path.name.endswith(".index.json"):
                shutil.copy2(path, part)
    save_file(tensors, part / "model.safetensors", metadata={"format": "pt"})
    part.rename(into)
    return into
