"""One file with an index (MP4, MOV, Matroska, WebM and whatever else PyAV seeks in): the keyframes nearest before the wanted moments.

The index is read first, the places of all wanted keyframes are planned from it and fetched side by side, and then the packets are
taken. See also: fragmented MP4, whose index is of another kind (``segment_sampling.py``); HTTP (``telltale/net/range_client.py``).
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from telltale.core.progress import Listener
from telltale.streaming.container_boxes import box_after, boxes
from telltale.streaming.remote_file import RemoteFile
from telltale.streaming.remux import Keyframe, open_demuxer, pictures
from telltale.streaming.sample_times import FEWEST, Span
from telltale.video.container import seconds, start_of
from telltale.video.frames import SEQUENTIAL_SECONDS, spread
from telltale.video.gop import presentation_time, run_of

if TYPE_CHECKING:
    from av.index import IndexEntries, IndexEntry

REORDERED = 3
"""Samples by which decoding mostly runs ahead of showing."""
PROBE = 4096
LARGEST_INDEX = 64 * 1024 * 1024
LARGEST_KEYFRAME = 16 * 1024 * 1024
CLUSTER_HEAD = 64 * 1024
"""Bytes of a Matroska cluster that are fetched before it is known how large its first block is."""


def sample_file(file: RemoteFile, count: int, listener: Listener, run: int = 1) -> tuple[float, list[Keyframe]] | None:
    """Seconds of the whole and the keyframes for ``count`` moments, ``run`` pictures of each; None where the whole is better read."""
    file.plan(index_spans(file), listener)
    file.seek(0)
    container = open_demuxer(file, PROBE)
    stream = pictures(container)
    duration = seconds(container, stream)
    if duration is None or duration <= SEQUENTIAL_SECONDS or not stream.time_base:
        return None
    base = float(stream.time_base)
    first = next((packet.pts for packet in container.demux(stream) if packet.pts is not None), 0) if stream.start_time is None else 0
    origin = start_of(stream) or first * base
    if stream.start_time is None and "matroska" in container.format.name:
        duration -= max(origin, 0.0)
    container.seek(0, stream=stream)
    places = [round((origin + float(at)) / base) for at in spread(duration, count)]
    index = stream.index_entries
    entries = [index[number] for place in places if (number := index.search_timestamp(place)) >= 0]
    wanted = {entry.pos: entry for entry in entries if entry.is_keyframe}
    if len(wanted) < min(count, FEWEST) and (not wanted or file.size + file.client.read <= file.client.max_bytes):
        return None
    behind = (entry for first in wanted.values() for entry in after(index, first, run))
    file.plan((span_of(entry.pos, entry.size) for entry in (*wanted.values(), *behind)), listener)
    if any(not entry.size for entry in wanted.values()):
        file.plan(list(blocks_across(file, list(wanted))), listener)
    found: dict[int, Keyframe] = {}
    for timestamp in sorted({entry.timestamp for entry in wanted.values()}):
        following = index.search_timestamp(timestamp + 1, backward=False)
        latest = index[following].timestamp - 1 if following >= 0 else round((origin + duration) / base)
        container.seek(max(latest, timestamp), stream=stream)  # an MP4's index tells when a frame is decoded, which is before it is shown
        packets, _ = run_of(container.demux(stream), run, whole=True)
        if packets:
            found[presentation_time(packets[0])] = Keyframe(max(presentation_time(packets[0]) * base - origin, 0.0), packets, stream)
    return duration, list(found.values())


def after(index: "IndexEntries", first: "IndexEntry", run: int) -> Iterator["IndexEntry"]:
    """The samples that follow a keyframe in its run, where the index lists them all; a few more, as pictures are reordered."""
    number = index.search_timestamp(first.timestamp, any_frame=True) + 1
    for entry in (index[at] for at in range(number, min(number + run + REORDERED, len(index))) if run > 1 and number):
        if entry.is_keyframe:
            return
        yield entry


def span_of(place: int, size: int) -> Span:
    """Where a sample lies; of one whose size the index does not tell, the beginning."""
    return place, place + min(size or CLUSTER_HEAD, LARGEST_KEYFRAME)


def index_spans(file: RemoteFile) -> list[Span]:
    """Where an MP4's index lies; nothing for files of other kinds, whose index PyAV finds in few reads."""
    return [(box.start, min(box.stop, box.start + LARGEST_INDEX)) for box in boxes(file) if box.kind == b"moov"]


def blocks_across(file: RemoteFile, clusters: list[int]) -> Iterator[Span]:
    """Of Matroska clusters whose beginning is here: the rest of the block that reaches beyond it."""
    for place in clusters:
        stop = box_after(file.held.at(place, CLUSTER_HEAD), place)
        if stop and place + CLUSTER_HEAD < stop <= place + LARGEST_KEYFRAME:
            yield place + CLUSTER_HEAD, stop
