"""Fragmented MP4 that does not list its fragments at its beginning: by the list at its end, else by the heads of all its fragments.

The list at the end (mfra) tells of every keyframe; without one the head of each fragment is read, from several places on at once, and a
place counts only if the fragments before it lead there. Every walk has a bound.
ISO/IEC 14496-12, 8.8.
"""

import io
import struct
from dataclasses import dataclass

from telltale.core.errors import FetchFailed
from telltale.net.range_client import Target
from telltale.streaming.container_boxes import SEGMENT_BOXES, box_at
from telltale.streaming.remote_file import RemoteFile
from telltale.streaming.remux import open_demuxer, pictures
from telltale.streaming.segments import LARGEST_INIT, Piece

LARGEST_LIST = 4 * 1024 * 1024
LARGEST_HEAD = 1024 * 1024
HEAD = 2048
"""Bytes of a fragment that are read at first; mostly all that tells where its samples lie."""
MOST_HEADS = 3600
SIGNATURE = b"\0\0\0\x10mfhd\0\0\0\0"
"""What follows the kind of a moof box."""
WINDOW, FURTHEST = 256 * 1024, 8 * 1024 * 1024
"""Bytes in which a fragment's beginning is looked for, at a time and at most."""
WORTH = 8 * 1024 * 1024
"""Bytes of a file for each walker."""


@dataclass(frozen=True)
class Walk:
    """What one walker read: heads of boxes by their place, and the place where it stopped."""

    heads: dict[int, bytes]
    stop: int


def read_index_at_end(file: RemoteFile, target: Target, init_stop: int) -> list[Piece]:
    """The fragments, as the end of the file lists them; none where it does not. Some writers list those without a keyframe too."""
    said = struct.unpack(">I4sII", file.at(file.size - 16, 16)) if file.size > 16 else (0, b"", 0, 0)
    start = file.size - said[3]
    if said[1] != b"mfro" or not 32 < said[3] <= LARGEST_LIST or start <= init_stop or init_stop > LARGEST_INIT:
        return []
    front = file.at(0, init_stop)
    stream = pictures(open_demuxer(io.BytesIO(front), HEAD))
    entries = entries_of(file.at(start, said[3]), stream.id)
    base = float(stream.time_base or 0)
    places = [place for _, place in entries] + [start]
    if len(entries) < 2 or not base or places[0] < init_stop or places != sorted(set(places)):
        return []
    times = [(time - entries[0][0]) * base for time, _ in entries]
    if times != sorted(times):
        return []
    first, last = samples(file, front, places[0]), samples(file, front, places[-2])
    if not first or len(last) < 2:
        return []
    times.append(times[-1] + (last[-1] - last[0]) * base * len(last) / (len(last) - 1))
    init = Piece(target, 0.0, 0.0, 0, init_stop)
    return [Piece(target, times[n], times[n + 1] - times[n], places[n], places[n + 1], init, clock=first[0]) for n in range(len(entries))]


def samples(file: RemoteFile, front: bytes, place: int) -> list[int]:
    """When the samples of the fragment at a place are decoded, in the unit of their track; none where that cannot be told."""
    box = box_at(file.at(place, 16), place, file.size)
    if box is None or box.kind != b"moof" or box.stop - place > LARGEST_HEAD:
        return []
    stream = pictures(open_demuxer(io.BytesIO(front + file.at(place, box.stop + 16 - place)), HEAD))
    return [entry.timestamp for entry in stream.index_entries]


def entries_of(body: bytes, track: int) -> list[tuple[int, int]]:
    """Of an mfra box: time and place of each fragment with a keyframe in a track. None where one does not begin with its keyframe."""
    place, found = 8, list[tuple[int, int]]()
    while (box := box_at(body[place : place + 16], place, len(body))) and box.stop <= len(body):
        if box.kind == b"tfra" and box.stop - box.content >= 16:
            version, owner, sizes, count = struct.unpack_from(">B3xIII", body, box.content)
            numbers = [(sizes >> shift & 3) + 1 for shift in (4, 2, 0)]
            wide = 8 if version else 4
            step, at = 2 * wide + sum(numbers), box.content + 16
            if owner == track and at + count * step <= box.stop:
                for number in range(at, at + count * step, step):
                    if int.from_bytes(body[number + step - numbers[2] : number + step]) != 1:
                        return []
                    found.append((int.from_bytes(body[number : number + wide]), int.from_bytes(body[number + wide : number + 2 * wide])))
        place = box.stop
    return found


def look_up(file: RemoteFile, first: int) -> None:
    """Read the heads of all fragments from the place of the first one on, so that nobody has to wait for them one by one later.

    Raises FetchFailed where there are too many.
    """
    walkers = max(min(file.client.parallel, file.size // WORTH), 1)
    guesses = [first + (file.size - first) * number // walkers for number in range(1, walkers)]
    found = file.client.map(lambda guess: fragment_after(file, guess), guesses)
    starts = sorted({first, *(place for place in found if place is not None)})
    stops = [*starts[1:], file.size]
    walks = dict(zip(starts, file.client.map(lambda ends: walk(file, *ends), zip(starts, stops, strict=True)), strict=True))
    heads, place = dict[int, bytes](), first
    while place < file.size and len(heads) <= MOST_HEADS:
        on = walks.pop(place, None) or walk(file, place, min([start for start in walks if start > place], default=file.size))
        heads.update(on.heads)
        if on.stop <= place:
            break
        place = on.stop
    if len(heads) > MOST_HEADS:
        raise FetchFailed("fetch.too_large", "segments")
    for start, head in heads.items():
        for gap, stop in file.held.missing((start, start + len(head))):
            file.held.keep(gap, head[gap - start : stop - start])


def fragment_after(file: RemoteFile, guess: int) -> int | None:
    """The place of what looks like the first fragment after a place; None where none is near."""
    before = b""
    for place in range(guess, min(guess + FURTHEST, file.size), WINDOW):
        window = before + file.fetch(place, min(place + WINDOW, file.size))
        at = window.find(b"moof" + SIGNATURE)
        if at >= 4:
            return place - len(before) + at - 4
        before = window[-len(SIGNATURE) - 8 :]
    return None


def walk(file: RemoteFile, start: int, stop: int) -> Walk:
    """From box to box until ``stop`` is reached or passed, or what is there is no box of a fragmented MP4."""
    heads: dict[int, bytes] = {}
    place, held_from, held = start, start, b""
    while place < stop and len(heads) <= MOST_HEADS:
        if place + 16 > held_from + len(held):
            held_from, held = place, file.fetch(place, min(place + HEAD, file.size))
            heads[place] = held
        box = box_at(held[place - held_from :][:16], place, file.size)
        if box is None or box.kind not in SEGMENT_BOXES:
            return Walk(heads, file.size)
        beyond = box.stop + 16 - held_from - len(held)
        if box.kind == b"moof" and 0 < beyond <= LARGEST_HEAD and box.stop < file.size:
            held += file.fetch(held_from + len(held), min(box.stop + 16, file.size))
            heads[held_from] = held
        place = box.stop
    return Walk(heads, place)
