"""What an XMP packet says of where a picture or video comes from: IPTC's DigitalSourceType, and whether credentials lie elsewhere.

Anybody can write these words; nothing signs them. The packet is read as a stream, no tree is built, and one that declares a document type,
and so could name entities, is not read on. See also: finding the packet (``metadata_segments.py``); what the codes mean (``claims.py``).
"""

from contextlib import suppress
from dataclasses import dataclass
from xml.parsers import expat

SOURCE_TYPE = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/ DigitalSourceType"
KEPT_AT = "http://purl.org/dc/terms/ provenance"
RESOURCE = "http://www.w3.org/1999/02/22-rdf-syntax-ns# resource"
LONGEST = 200
MOST_TYPES = 4


@dataclass(frozen=True)
class Xmp:
    """The source types that are named, and whether the packet says that Content Credentials are kept at another address."""

    source_types: tuple[str, ...] = ()
    elsewhere: bool = False


class ForbiddenError(Exception):
    """The packet declares a document type."""


def read_xmp(packet: bytes) -> Xmp:
    """What a packet says, or what it says up to where it is broken; never an error, whatever it holds."""
    found = Finder()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = found.forbid
    parser.StartElementHandler = found.begin
    parser.CharacterDataHandler = found.hear
    parser.EndElementHandler = found.end
    with suppress(expat.ExpatError, ForbiddenError, ValueError, LookupError):  # the last two: an encoding that Python does not have
        parser.Parse(packet.strip(b"\0 \r\n\t"), True)
    return Xmp(tuple(dict.fromkeys(kind for kind in found.source_types if kind))[:MOST_TYPES], found.elsewhere)


class Finder:
    """Hears the packet and keeps the few words that count."""

    def __init__(self) -> None:
        self.source_types: list[str] = []
        self.elsewhere = False
        self._inside: str | None = None
        self._heard = ""

    def forbid(self, *_: object) -> None:
        """No document type: it could declare entities."""
        raise ForbiddenError

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; both words may stand as its attribute too."""
        for key, value in ((name, attributes.get(RESOURCE, "")), *attributes.items()):
            self._take(key, value)
        if name in (SOURCE_TYPE, KEPT_AT):
            self._inside, self._heard = name, ""

    def hear(self, text: str) -> None:
        """Text within one of the two."""
        if self._inside and len(self._heard) < LONGEST:
            self._heard += text[:LONGEST]

    def end(self, name: str) -> None:
        """An element ends."""
        if name == self._inside:
            self._take(name, self._heard)
            self._inside = None

    def _take(self, name: str, value: str) -> None:
        value = value.strip()[:LONGEST]
        if name == SOURCE_TYPE and len(self.source_types) < MOST_TYPES:
            self.source_types.append(value)
        elif name == KEPT_AT:
            self.elsewhere = self.elsewhere or value.lower().startswith(("http://", "https://"))
