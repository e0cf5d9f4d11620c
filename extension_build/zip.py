"""A folder as a zip that is the same, byte for byte, wherever and whenever it is made.

Names sorted, one date, one mode, no extra fields; stored by zlib's strongest level. See also: what belongs into the folder
(``unpacked.py``).
"""

import zipfile
from pathlib import Path

DATE = (2000, 1, 1, 0, 0, 0)
REGULAR_FILE = 0o100644 << 16
UNIX = 3


def pack(folder: Path, archive: Path) -> None:
    """Write the zip under a temporary name, then rename it."""
    part = archive.with_suffix(".part")
    with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), DATE)
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, REGULAR_FILE, UNIX
            packed.writestr(entry, path.read_bytes(), compresslevel=9)
    part.replace(archive)
