"""A keyframe and the packets after it that the first few pictures from it on need: what is taken of a stream of packets, nothing decoded.

A run ends at the next keyframe at the latest. Pictures that are shown before their keyframe (open groups) need what came before it and are
left out, and so are keyframes that an edit list hides. See also: which keyframe (``telltale/streaming/progressive.py``,
``telltale/streaming/segment_sampling.py``); keeping it (``telltale/streaming/remux.py``).
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import av

MOST_REORDERED = 16
"""Packets by which decoding may run ahead of showing, where a container does not tell when a packet is decoded."""


def run_of(packets: Iterable["av.Packet"], length: int, whole: bool) -> tuple[list["av.Packet"], bool]:
    """The first keyframe and what the first ``length`` pictures from it on need, none without one; and whether it is certain that
    all of it is here. The last packet of a stream is certain only where the container tells its size (``whole``)."""
    held: list[av.Packet] = []
    for packet in packets:
        if packet.pts is None or not packet.size:
            continue
        if not held and (not packet.is_keyframe or packet.is_corrupt or packet.is_discard):
            continue
        if held and (packet.is_keyframe or full(held, packet, length)):
            return trim(held, length), True
        if not held or presentation_time(packet) >= presentation_time(held[0]):
            held.append(packet)
        if whole and length == 1:
            return held, True
    return trim(held, length), whole and bool(held)


def runs_of(packets: Iterable["av.Packet"], length: int) -> Iterator[list["av.Packet"]]:
    """Every keyframe's run."""
    held: list[av.Packet] = []
    for packet in packets:
        if packet.is_keyframe:
            if held:
                yield trim(held, length)
            held = [] if packet.is_corrupt or packet.is_discard else [packet]
        elif held and presentation_time(packet) >= presentation_time(held[0]) and not full(held, packet, length):
            held.append(packet)
    if held:
        yield trim(held, length)


def presentation_time(packet: "av.Packet") -> int:
    """When it is shown, in its own unit."""
    return packet.pts or 0


def full(held: list["av.Packet"], following: "av.Packet", length: int) -> bool:
    """Whether the first ``length`` pictures are here and no later packet can come between them."""
    if len(held) < length or length == 1:
        return length == 1
    last = sorted(map(presentation_time, held))[length - 1]
    return (following.dts is not None and following.dts >= last) or len(held) >= length + MOST_REORDERED


def trim(held: list["av.Packet"], length: int) -> list["av.Packet"]:
    """Without the packets that come, in decoding order, after all that are wanted."""
    wanted = set(sorted(map(presentation_time, held))[:length])
    return held[: max((number for number, packet in enumerate(held) if presentation_time(packet) in wanted), default=-1) + 1]
