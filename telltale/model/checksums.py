"""SHA256SUMS: what the files of a model folder must hold, in the format of ``sha256sum -c``.

Where a folder has the list, every file that is loaded from it must be on it and be the same byte for byte: a model that was cut short,
exchanged or edited is refused, never run. See also: what is in the files (``safetensors_header.py``, ``classifier.py``).
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from telltale.core.errors import BadModel

LIST = "SHA256SUMS"
WEIGHTS, EXPORTED, EXPORTED_DATA = "model.safetensors", "onnx/model.onnx", "onnx/weights.bin"
"""Where a net's weights may lie."""
LISTED = ("config.json", "preprocessor_config.json", "telltale.json", WEIGHTS, EXPORTED, EXPORTED_DATA, "onnx/engines.json")
"""What is read when a model is loaded, where the folder has it."""
MOST_BYTES = 65_536


def check_sums(folder: Path) -> frozenset[str]:
    """The names on the folder's list, all of which hold what the list says; none where there is no list. Raises BadModel."""
    path = folder / LIST
    if not path.is_file():
        return frozenset()
    sums = read_sums(path)
    for name in LISTED:
        there = (folder / name).is_file()
        if there != (name in sums):
            raise BadModel("model.changed", "unlisted" if there else "listed", file=name, list=LIST)
    for name, digest in sums.items():
        if digest_of(folder / name) != digest:
            raise BadModel("model.changed", file=name, list=LIST)
    return frozenset(sums)


def write_sums(folder: Path) -> None:
    """List what the folder holds now, whole or not at all."""
    part = folder / f".{LIST}"
    part.write_text(sums_of(folder))
    part.rename(folder / LIST)


def sums_of(folder: Path) -> str:
    """The list of what the folder holds now."""
    return sums_of_files({name: folder / name for name in LISTED if (folder / name).is_file()})


def sums_of_files(files: Mapping[str, Path]) -> str:
    """The list of a folder that is still to be put together: the name that each file will have, and where it lies now."""
    return "".join(f"{digest_of(files[name])}  {name}\n" for name in LISTED if name in files)


def read_sums(path: Path) -> dict[str, str]:
    """Name -> hex digest. Raises BadModel for a list that is not sound, or that names files elsewhere."""
    broken = BadModel("model.broken", "list", list=LIST)
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1).decode("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise broken from error
    sums = {}
    for line in text.splitlines():
        digest, _, name = line.partition("  ")
        inside = PurePosixPath(name)
        if len(digest) != 64 or not set(digest) <= set("0123456789abcdef") or not name or inside.is_absolute() or ".." in inside.parts:
            raise broken
        sums[name] = digest
    if len(text) > MOST_BYTES or not sums:
        raise broken
    return sums


def digest_of(path: Path) -> str:
    """Hex SHA-256 of a file; empty where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
