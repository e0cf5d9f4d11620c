"""How media begin and how their files are named: what a folder's files and a web address are judged by before anything reads them.

See also: reading any of it (``frames.py``).
"""

HEAD_BYTES = 256
MOVIE_NAMES = (
    *(".3gp", ".avi", ".dv", ".flv", ".h264", ".h265", ".hevc", ".ivf", ".m2ts", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts"),
    *(".mxf", ".ogv", ".vob", ".webm", ".wmv", ".y4m"),
)
PICTURE_NAMES = (".apng", ".avif", ".bmp", ".gif", ".heic", ".heif", ".jfif", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
STARTS = (
    *(b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\0", b"MM\0*"),
    *(b"\x1aE\xdf\xa3", b"FLV\x01", b"\0\0\x01\xba", b"0&\xb2u\x8ef\xcf\x11"),
    *(b"\x06\x0e+4\x02\x05\x01\x01", b"DKIF", b"YUV4MPEG2 ", b"\x1f\x07\0"),
)
"""JPEG, PNG, GIF, both TIFFs, Matroska and WebM, FLV, MPEG programme stream, ASF, MXF, IVF, Y4M, DV."""
QUICKTIME = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
"""Bytes 4 to 8 of MP4, MOV, HEIC, AVIF and of QuickTime files older than ``ftyp``."""
TS_PACKETS = {0: 188, 4: 192}
"""An MPEG transport stream has the byte G at the start of each of its packets; before each, cameras (.m2ts) put four of their own."""
SOUND_ONLY = (b"M4A ", b"M4B ", b"F4A ")


def begins_like_media(head: bytes) -> bool:
    """The signatures of the containers and picture formats that Telltale reads."""
    if head[:4] == b"RIFF":
        return head[8:12] in (b"AVI ", b"WEBP")
    if head[:4] == b"OggS":
        return b"theora" in head
    if head[4:8] in QUICKTIME:
        return head[8:12] not in SOUND_ONLY
    if any(head[start : start + 1] == b"G" == head[start + size : start + size + 1] for start, size in TS_PACKETS.items()):
        return True
    return head.startswith(STARTS)
