"""How media begin and how their files are named: what a folder's files and a web address are judged by before anything reads them.

See also: reading any of it (``frames.py``).
"""

HEAD_BYTES = 256
MOVIE_NAMES = (".3gp", ".avi", ".flv", ".m4v", ".mkv", ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".ogv", ".webm", ".wmv")
PICTURE_NAMES = (".avif", ".bmp", ".gif", ".heic", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
STARTS = (
    *(b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF8", b"II*\0", b"MM\0*"),
    *(b"\x1aE\xdf\xa3", b"FLV\x01", b"\0\0\x01\xba", b"0&\xb2u\x8ef\xcf\x11"),
)
"""JPEG, PNG, GIF, both TIFFs, Matroska and WebM, FLV, MPEG programme stream, ASF."""
QUICKTIME = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
"""Bytes 4 to 8 of MP4, MOV, HEIC, AVIF and of QuickTime files older than ``ftyp``."""
TS_PACKET = 188
"""An MPEG transport stream has the byte G at the start of each of its packets."""
SOUND_ONLY = (b"M4A ", b"M4B ", b"F4A ")


def begins_like_media(head: bytes) -> bool:
    """The signatures of the containers and picture formats that Telltale reads."""
    if head[:4] == b"RIFF":
        return head[8:12] in (b"AVI ", b"WEBP")
    if head[:4] == b"OggS":
        return b"theora" in head
    if head[4:8] in QUICKTIME:
        return head[8:12] not in SOUND_ONLY
    if head[:1] == b"G" and head[TS_PACKET : TS_PACKET + 1] == b"G":
        return True
    return head.startswith(STARTS)
