"""AES-128 of HLS (RFC 8216, 4.3.2.4): segments that anybody decrypts who fetches a key of 16 bytes from an open address. That is no DRM.

FFmpeg decrypts (its crypto protocol, on bytes in memory); nothing is written down. See also: which segments are locked (``playlists.py``);
SAMPLE-AES and key systems with licences, which are refused there.
"""

import base64
from dataclasses import dataclass

import av
import av.error

from telltale.core.errors import FetchFailed
from telltale.net.range_client import RangeClient, Target

BLOCK = 16
"""Bytes of a key, of an initialisation vector and of a block."""
TAIL = bytes(17 * BLOCK)
"""What FFmpeg takes for padding and cuts off is at most 255 bytes; it shall be these."""


@dataclass(frozen=True)
class Encryption:
    """How a segment is locked: where its key lies, and its initialisation vector."""

    key: Target
    vector: bytes


def fetch_key(client: RangeClient, target: Target) -> bytes:
    """The key at an address. Raises FetchFailed."""
    answer = client.get(target)
    key = answer.read(BLOCK + 1)
    answer.close()
    if len(key) != BLOCK:
        raise FetchFailed("fetch.upstream", "no_key")
    return key


def decrypt(data: bytes, key: bytes, vector: bytes) -> bytes:
    """Whole blocks of AES-128 in CBC mode, decrypted; padding stays. Raises FetchFailed."""
    data = data[: len(data) // BLOCK * BLOCK]
    if not data:
        return b""
    address = "crypto:data:application/octet-stream;base64," + base64.b64encode(data + TAIL).decode()
    options = {"key": key.hex(), "iv": vector.hex(), "protocol_whitelist": "crypto,data", "format_whitelist": "data"}
    try:
        with av.open(address, "r", format="data", options=options | {"raw_packet_size": "65536"}) as container:
            return b"".join(bytes(packet) for packet in container.demux())[: len(data)]
    except (av.error.FFmpegError, ValueError) as error:
        raise FetchFailed("fetch.upstream", "wrong_key") from error


def unpad(data: bytes) -> bytes:
    """Decrypted data to its end, without the padding (PKCS #7), where there is one."""
    size = data[-1] if data else 0
    return data[:-size] if 0 < size <= BLOCK and data.endswith(bytes([size]) * size) else data
