"""The folders of a data set, each read from the disk once, and the videos, frame folders and stills in them.

What is no medium of the set is left out here, for every reader alike: hidden files (macOS leaves ``._x.mp4`` beside ``x.mp4``),
unfinished downloads, and folders of masks, landmarks and detections.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

PICTURES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".tif", ".tiff", ".heic", ".heif", ".avif"})
VIDEOS = frozenset(
    {".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".flv", ".mpg", ".mpeg", ".wmv", ".3gp", ".ts", ".mts", ".m2ts", ".vob", ".ogv"}
)
LISTS = frozenset({".csv", ".json", ".jsonl", ".md", ".txt"})
"""What describes a set and is no part of it."""
UNFINISHED = (".part", ".partial", ".crdownload", ".download", ".tmp", ".aria2")
ASIDE = frozenset({"mask", "masks", "landmark", "landmarks", "retina", "depth", "audio", "models", "frames_wocropface"})
"""Folders beside the media that hold what others computed from them."""
INSERTED = frozenset({"videos", "frames", "images", "faces"})
"""Folders that DeepfakeBench and others put between a set's own folder and its files."""
DEEPEST = 12
"""Folders below a root; a loop of links ends here."""


@dataclass(frozen=True)
class LeftOut:
    """A file, or a folder with all that is in it, that is in no split, and the reason in plain words."""

    path: str
    why: str


@dataclass(frozen=True)
class Listing:
    """The names in one folder, sorted."""

    folders: tuple[str, ...]
    files: tuple[str, ...]


@dataclass(frozen=True)
class Medium:
    """A video, a still, or a folder of pictures that is one video. ``key`` is its place below the set's folder, without ending."""

    file: Path
    kind: Literal["image", "video", "frames"]
    key: tuple[str, ...]

    @property
    def name(self) -> str:
        """The last part of the key: what the authors called it."""
        return self.key[-1]


@dataclass
class Tree:
    """Reads folders and remembers them, and what was left out on the way."""

    left_out: dict[str, LeftOut] = field(default_factory=dict)
    _listings: dict[Path, Listing] = field(default_factory=dict)
    _square: dict[Path, bool] = field(default_factory=dict)

    def leave(self, path: Path | str, why: str) -> None:
        """Remember that a file or folder is left out; the first reason given stays."""
        self.left_out.setdefault(str(path), LeftOut(str(path), why))

    def listing(self, folder: Path) -> Listing:
        """What a folder holds; nothing for one that is absent or may not be read."""
        if folder not in self._listings:
            self._listings[folder] = self._read(folder)
        return self._listings[folder]

    def holds(self, folder: Path, name: str) -> Path | None:
        """The folder of this name in a folder, whatever its capitals."""
        return next((folder / each for each in self.listing(folder).folders if each.lower() == name.lower()), None)

    def has(self, file: Path) -> bool:
        """Whether a file is there, by the listing of its folder."""
        return file.name in self.listing(file.parent).files

    def walk(self, folder: Path, depth: int = 0) -> Iterator[tuple[Path, Listing]]:
        """A folder and all below it, in order, without those that hold no media of their own."""
        listing = self.listing(folder)
        yield folder, listing
        for name in listing.folders if depth < DEEPEST else ():
            if name.lower() in ASIDE:
                self.leave(folder / name, "masks, landmarks and the like are no media of the set")
            else:
                yield from self.walk(folder / name, depth + 1)

    def media(self, folder: Path, *, frames_first: bool = False, stills: bool = False, all_named: bool = False) -> "list[Medium]":
        """The media below a folder. Where a video is there as a file and as its frames, only the one or the other.

        Pictures that lie in a folder of their own are one video, ``frames``; those directly in the folder asked for, and all of them
        where ``stills``, are single images. With ``all_named``, every other file is left out by name.
        """
        found: dict[tuple[str, ...], Medium] = {}
        for path, listing in self.walk(folder):
            below = [part for part in path.relative_to(folder).parts if part.lower() not in INSERTED]
            pictures = []
            for name in listing.files:
                stem, ending = os.path.splitext(name)
                if ending.lower() in VIDEOS:
                    medium = Medium(path / name, "video", (*below, stem))
                    if frames_first:
                        found.setdefault(medium.key, medium)
                    else:
                        found[medium.key] = medium
                elif ending.lower() in PICTURES:
                    pictures.append((name, stem))
                elif all_named and ending.lower() not in LISTS:
                    self.leave(path / name, f"files that end in {ending.lower()} are not read" if ending else "a file without an ending")
            if pictures and below and not stills and path.name.lower() not in INSERTED:
                medium = Medium(path, "frames", tuple(below))
                if frames_first:
                    found[medium.key] = medium
                else:
                    found.setdefault(medium.key, medium)
            else:
                found.update({(*below, stem, name): Medium(path / name, "image", (*below, stem)) for name, stem in pictures})
        return [found[key] for key in sorted(found)]

    def is_cropped(self, medium: Medium) -> bool:
        """Whether frames were cut to a face already: crops are square, video frames are not. One picture a collection is looked at."""
        if medium.kind != "frames":
            return False
        if medium.file.parent not in self._square:
            self._square[medium.file.parent] = self._is_square(medium.file)
        return self._square[medium.file.parent]

    def _is_square(self, folder: Path) -> bool:
        from PIL import Image, UnidentifiedImageError

        name = next(name for name in self.listing(folder).files if os.path.splitext(name)[1].lower() in PICTURES)
        try:
            with Image.open(folder / name) as picture:
                return picture.width == picture.height
        except (UnidentifiedImageError, OSError):
            return False

    def _read(self, folder: Path) -> Listing:
        folders, files = [], []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    if entry.name.startswith((".", "__MACOSX")):
                        if os.path.splitext(entry.name)[1].lower() in VIDEOS | PICTURES or entry.name == "__MACOSX":
                            self.leave(entry.path, "hidden file, as macOS leaves beside the real one")
                    elif entry.is_dir():
                        folders.append(entry.name)
                    elif entry.name.lower().endswith(UNFINISHED):
                        self.leave(entry.path, "unfinished download")
                    else:
                        files.append(entry.name)
        except (FileNotFoundError, NotADirectoryError):
            pass
        except PermissionError:
            self.leave(folder, "may not be read")
        return Listing(tuple(sorted(folders)), tuple(sorted(files)))
