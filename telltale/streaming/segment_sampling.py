"""A video in pieces (the fragments of an MP4, the segments of HLS and DASH): of the pieces that hold the wanted moments, the keyframes.

A fragment tells where its samples lie: of it only the keyframe nearest before the moment is read, and what follows it where a run is
wanted. Of another piece (MPEG-TS) the beginning is read until its first keyframe is there; where pieces are long and hold several, one of
them is read as far as the moment to learn how they lie. See also: where the pieces are (``container_boxes.py``, ``playlists.py``), or how
their bytes are read (``segments.py``); HTTP (``telltale/net/range_client.py``).
"""

import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import av.error

from telltale.core.errors import FetchFailed
from telltale.core.progress import Listener, read_of_parts
from telltale.net.range_client import RangeClient
from telltale.streaming.container_boxes import Box, shells
from telltale.streaming.remux import Keyframe, open_demuxer, pictures
from telltale.streaming.sample_times import FEWEST, assign_times
from telltale.streaming.segments import LARGEST_PIECE, Piece, PieceFile, SegmentStream, SharedParts, fetch_shared, passed_over
from telltale.video.frames import SEQUENTIAL_SECONDS
from telltale.video.gop import presentation_time, run_of, runs_of

HEAD = 64 * 1024
"""Bytes of a piece that are read first."""
LARGEST_MOOF = 2 * 1024 * 1024
PROBE, SMALL_PROBE = 5_000_000, 4096
LONG_PIECE = 5.0
"""Seconds from which on a piece without an index is taken to hold several keyframes, until one was looked into."""
MOST_CHUNKS = 32
"""Fragments within one piece that are looked up one by one."""
TS_PACKET, TABLES = 188, 64
"""Bytes of a packet of MPEG-TS, and how many of them, at the beginning of a segment, tell what is in it."""
SLACK = 0.04
"""Of a piece's bytes: how far before its likely place a keyframe is looked for."""


@dataclass(frozen=True)
class WantedTimes:
    """A piece, and the moments in it that are wanted: seconds from its beginning, ascending."""

    piece: Piece
    moments: tuple[float, ...]


@dataclass(frozen=True)
class Reader:
    """How pieces are read: by which client, what they share, pictures of each keyframe, and seconds between keyframes in a long piece
    without an index (None where its first one will do)."""

    client: RangeClient
    common: SharedParts
    run: int
    distance: float | None = None


def sample_pieces(
    pieces: Sequence[Piece], count: int, client: RangeClient, listener: Listener, run: int = 1
) -> tuple[float, list[Keyframe]] | None:
    """Seconds of the whole and keyframes for ``count`` moments; None where it is better read from its beginning to its end."""
    duration = pieces[-1].time + pieces[-1].duration
    places = assign_times([piece.time for piece in pieces], duration, count)
    wishes = [
        WantedTimes(pieces[number], tuple(max(at - pieces[number].time, 0.0) for at in moments)) for number, moments in places.items()
    ]
    if duration <= SEQUENTIAL_SECONDS or (len(wishes) < min(count, FEWEST) and duration / len(pieces) <= SEQUENTIAL_SECONDS):
        return None
    reader = Reader(client, fetch_shared(client, [wish.piece for wish in wishes]), run)
    parts, missing = len(wishes), None
    first: list[Keyframe] = []
    while wishes:
        probed = wishes.pop(len(wishes) // 2)
        try:
            reader, first = read_probe(reader, probed, len(wishes))
            break
        except FetchFailed as failure:
            missing = passed_over(failure)
    listener(read_of_parts(client.read, parts - len(wishes), parts))
    if missing and not (first or wishes):
        raise missing

    def read_if_there(wish: WantedTimes) -> list[Keyframe]:
        try:
            return read(reader, wish)
        except FetchFailed as failure:
            passed_over(failure)
            return []

    rest = client.map(read_if_there, wishes, lambda done: listener(read_of_parts(client.read, done + 1, parts)))
    keyframes = [one for found in (first, *rest) for one in found]
    if not keyframes:
        raise FetchFailed("fetch.not_a_video", "no_picture")
    kinds = Counter(kind_of(one) for one in keyframes)
    return duration, [one for one in keyframes if kind_of(one) == kinds.most_common(1)[0][0]]


def kind_of(one: Keyframe) -> tuple[str, int, int]:
    """What keyframes of one track have in common. Advertisements between the segments may differ: what there is most of is the video."""
    context = one.stream.codec_context
    return context.name, context.width, context.height


def read_probe(reader: Reader, wish: WantedTimes, others: int) -> tuple[Reader, list[Keyframe]]:
    """The keyframes of one piece, and how the others are read after what was seen in it."""
    with SegmentStream(reader.client, wish.piece, reader.common.keys) as beginning:
        found = read_by_index(reader, wish, beginning)
        if found or wish.piece.duration < LONG_PIECE:
            return reader, found or first_keyframe(reader, wish, beginning)
        before = reader.client.read
        every = up_to(reader, wish, beginning)
        spent = reader.client.read - before
    times = sorted(one.time for one in every)
    costly = spent * others > (reader.client.max_bytes - reader.client.read) / 2
    if len(times) > 1 and not costly:
        reader = Reader(reader.client, reader.common, reader.run, (times[-1] - times[0]) / (len(times) - 1))
    return reader, nearest(every, wish)


def read(reader: Reader, wish: WantedTimes) -> list[Keyframe]:
    """The keyframes of a piece that are nearest before the wanted moments, each once; none where there is none in it."""
    with SegmentStream(reader.client, wish.piece, reader.common.keys) as beginning:
        found = read_by_index(reader, wish, beginning)
        if found:
            return found
        if reader.distance is None or wish.moments[-1] < reader.distance:
            return first_keyframe(reader, wish, beginning)
        jumped = jump(reader, wish, beginning, reader.distance) if len(wish.moments) == 1 else []
        return jumped or nearest(up_to(reader, wish, beginning), wish)


def nearest(found: Sequence[Keyframe], wish: WantedTimes) -> list[Keyframe]:
    """Of the keyframes of a piece the last one before each wanted moment, else the first."""
    if not found:
        return []
    chosen = [max((one for one in found if one.time <= wish.piece.time + at + 0.001), key=time_of, default=found[0]) for at in wish.moments]
    return list(dict.fromkeys(chosen))


def time_of(one: Keyframe) -> float:
    """Seconds from the start of the video."""
    return one.time


def read_by_index(reader: Reader, wish: WantedTimes, beginning: SegmentStream) -> list[Keyframe]:
    """The keyframes nearest before the moments in a piece that is made of fragments of an MP4; none in another one."""
    head, init = beginning.upto(HEAD), reader.common.init(wish.piece)
    first = next((box for box in shells(head) if box.kind == b"moof"), None)
    if first is None or first.stop > LARGEST_MOOF:
        return []
    media = next(shells(beginning.upto(first.stop + 16), first.stop), None)
    if media is None or media.kind != b"mdat":
        return []
    stop = media.stop
    size = beginning.size if beginning.size is not None else stop
    if stop > LARGEST_PIECE or stop > size:
        return []
    head = beginning.upto(max(len(head), first.stop + 16))
    found, seen = keyframes_by_index(reader, wish, PieceFile(reader.client, wish.piece, beginning, head, init, stop), media)
    if seen and seen < wish.moments[-1] and stop + 16 < size <= LARGEST_PIECE and wish.piece.duration / seen <= MOST_CHUNKS:
        found, _ = keyframes_by_index(reader, wish, PieceFile(reader.client, wish.piece, beginning, head, init, size), media)
    return found


def keyframes_by_index(reader: Reader, wish: WantedTimes, file: PieceFile, media: Box) -> tuple[list[Keyframe], float]:
    """The keyframes of what is in the file, and how many seconds of it its index tells of."""
    try:
        file.blank = (media.content + file.shift, media.stop + file.shift)
        container = open_demuxer(file, SMALL_PROBE)  # which would read the first sample, to no use
        file.blank = None
        stream = pictures(container)
        base = float(stream.time_base or 0)
        entries = [entry for entry in stream.index_entries if entry.pos >= file.shift]
        if not entries or not base:
            return [], 0.0
        start, time = (entries[0].timestamp, wish.piece.time) if wish.piece.clock is None else (wish.piece.clock, 0.0)
        times = [time + (entry.timestamp - start) * base for entry in entries]
        keys = [number for number, entry in enumerate(entries) if entry.is_keyframe]
        wanted = dict.fromkeys(
            max((number for number in keys if times[number] <= wish.piece.time + at + 0.001), default=keys[0] if keys else None)
            for at in wish.moments
        )
        found = []
        for number in (one for one in wanted if one is not None):
            file.hold([(entry.pos, entry.pos + entry.size) for entry in entries[number : number + reader.run]])
            following = next((one for one in keys if one > number), len(entries) - 1)
            latest = entries[following].timestamp - 1  # the index tells when a frame is decoded, which is before it is shown
            container.seek(max(latest, entries[number].timestamp), stream=stream)
            packets, _ = run_of(container.demux(stream), reader.run, whole=True)
            if packets and packets[0].dts == entries[number].timestamp:
                found.append(Keyframe(max(times[number], 0.0), packets, stream))
        return found, times[-1] - times[0]
    except av.error.FFmpegError:
        return [], 0.0


def first_keyframe(reader: Reader, wish: WantedTimes, beginning: SegmentStream) -> list[Keyframe]:
    """The first keyframe of a piece, reading half as much again whenever that was not enough; none where there is none in it."""
    size, init = HEAD, reader.common.init(wish.piece)
    while True:
        data = beginning.upto(size)
        ended = len(data) < size or beginning.ended
        found = keyframe_in(init + data, wish.piece.time, None, reader.run, ended)
        if found or ended or size >= LARGEST_PIECE:
            return found
        size += max(size // 2, HEAD)


def keyframe_in(data: bytes, time: float, origin: int | None, run: int, ended: bool, after: float = -1.0) -> list[Keyframe]:
    """The first keyframe in a part of a piece, if all of it is there: a further packet follows, or the piece has ended.

    Its time counts from the presentation time ``origin``, which is at ``time``; from the first packet's where there is none. What is
    shown up to ``after`` seconds from there is passed over.
    """
    try:
        container = open_demuxer(io.BytesIO(data), PROBE)
        stream = pictures(container)
        given = [packet for packet in container.demux(stream) if packet.pts is not None and packet.size]
    except (av.error.FFmpegError, FetchFailed):
        return []
    base, start = float(stream.time_base or 0), (given[0].pts or 0) if origin is None and given else origin or 0
    packets, certain = run_of((packet for packet in given if (presentation_time(packet) - start) * base > after), run, whole=False)
    if not packets or not (certain or ended):
        return []
    return [Keyframe(time + max((presentation_time(packets[0]) - start) * base, 0.0), packets, stream)]


def up_to(reader: Reader, wish: WantedTimes, beginning: SegmentStream) -> list[Keyframe]:
    """All keyframes of a piece up to the last wanted moment, reading on until it is passed."""
    size, init = HEAD, reader.common.init(wish.piece)
    while True:
        data = beginning.upto(size)
        ended = len(data) < size or beginning.ended or size >= LARGEST_PIECE
        found, passed = every_keyframe(init + data, wish, reader.run, ended)
        if passed or ended:
            return found
        size += max(size // 4, HEAD)


def every_keyframe(data: bytes, wish: WantedTimes, run: int, ended: bool) -> tuple[list[Keyframe], bool]:
    """The whole keyframes in a piece's beginning, and whether it goes beyond the last wanted moment and the run that it needs."""
    try:
        container = open_demuxer(io.BytesIO(data), PROBE)
        stream = pictures(container)
        given = [packet for packet in container.demux(stream) if packet.pts is not None and packet.size]
    except (av.error.FFmpegError, FetchFailed):
        return [], False
    if not given:
        return [], False
    base, start = float(stream.time_base or 0), given[0].pts or 0
    latest = wish.moments[-1]
    found = []
    for packets in runs_of(given if ended else given[:-1], run):
        at = (presentation_time(packets[0]) - start) * base
        if at <= latest + 0.001:
            found.append(Keyframe(wish.piece.time + max(at, 0.0), packets, stream))
    last = max((packet.dts or packet.pts or 0) for packet in given)
    return found, (last - start) * base > latest + run / float(stream.average_rate or 25)


def jump(reader: Reader, wish: WantedTimes, beginning: SegmentStream, distance: float) -> list[Keyframe]:
    """The keyframe of an MPEG-TS segment that lies where one is likely; none where it is not near the moment after all."""
    head, size, moment = beginning.upto(HEAD), beginning.size, wish.moments[0]
    likely = (moment + 0.001) // distance * distance / wish.piece.duration
    if not beginning.ranged or size is None or not head.startswith(b"\x47") or likely >= 1:
        return []
    place = round(size * max(likely - SLACK, 0)) // TS_PACKET * TS_PACKET
    first = first_timestamp(head)
    window = round(size * SLACK) + 2 * HEAD
    while first is not None and window <= LARGEST_PIECE:
        stop = min(place + window, size)
        part = head[: TABLES * TS_PACKET] + beginning.span(place, stop)
        found = keyframe_in(part, wish.piece.time, first, reader.run, stop == size, after=distance / 2)
        if found or stop == size:
            return [one for one in found if abs(one.time - wish.piece.time - moment) <= distance + 0.001]
        window *= 2
    return []


def first_timestamp(head: bytes) -> int | None:
    """The presentation time, in its own unit, of the first packet of a piece's beginning."""
    try:
        container = open_demuxer(io.BytesIO(head), PROBE)
        return next((packet.pts for packet in container.demux(pictures(container)) if packet.pts is not None), None)
    except (av.error.FFmpegError, FetchFailed):
        return None
