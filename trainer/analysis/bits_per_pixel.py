"""Bits a pixel of a video: what its encoder spent on the picture track, measured on the packets, nothing decoded.

Not here: what compression left of a face, which needs no file (``telltale/faces/compression.py``).
"""

from pathlib import Path

from telltale.video.container import opened, picture_stream, readable


def bits_per_pixel(path: Path) -> float:
    """Bits of the picture track's packets by their number and size. Raises BadMedia, for a file without a packet too."""
    from telltale.core.errors import BadMedia

    with readable(path) as file, opened(file, path.name) as container:
        stream = picture_stream(container, path.name)
        pixels = stream.codec_context.width * stream.codec_context.height
        sizes = [packet.size for packet in container.demux(stream) if packet.size]
    if not sizes or not pixels:
        raise BadMedia("media.no_frames", f"“{path.name}” has a video track, but nothing in it.")
    return 8 * sum(sizes) / len(sizes) / pixels
