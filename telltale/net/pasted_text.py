"""What people paste -> the web address in it: share texts, addresses without a scheme, with quotation marks, in full width.

The extension reads the same (``addressIn`` in ``extension/background/urls.js``); one file of examples holds both
(``tests/support/golden/pasted_addresses.jsonl``). See also: whether an address may be fetched (``url_policy.py``).
"""

import re

WIDE_KEPT = "！＂＇（），：；＜＞？［］｛｝"
"""Full-width signs that end an address; other full-width letters and signs are taken for the ordinary ones."""
NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F) if chr(wide) not in WIDE_KEPT}
END = (
    r"\s<>\"`|\\\u00ab\u00bb\u2018-\u201f\u2026\u2039\u203a\u3000-\u3003\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20"
    r"\uff3b-\uff40\uff5b-\uff65\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u00ad\u0000-\u001f"
    r"\u2014\u2022\u2190-\u21ff\u2600-\u27bf\U0001f000-\U0001faff"
)
"""What no address goes on after: blanks, quotation marks, the punctuation of Chinese and Japanese, letters that are not seen, dashes
between clauses, bullets, arrows and emoji."""
CJK = r"\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff"
WITH_SCHEME = re.compile(rf"(https?)[:：]//((?:(?!\[/)[^{END}])+)", re.IGNORECASE)
LETTER = rf"(?:(?![{CJK}])[^\W_])"
ANY_LETTER = r"[^\W_]"
BARE = tuple(
    re.compile(
        rf"(?<!{before})(?<![@._/:-])((?:(?:{letter}|-)+\.)+(?:xn--[a-z0-9-]+|{letter}{{2,}})(?::\d+)?[/?](?:(?!\[/)[^{END}])+"
        rf"|www\.(?:(?:{letter}|-)+\.)+{letter}{{2,}}(?:/(?:(?!\[/)[^{END}])*)?)",
        re.IGNORECASE,
    )
    for letter, before in ((LETTER, LETTER), (ANY_LETTER, ANY_LETTER))
)
"""Without a scheme; what is glued to Chinese, Japanese or Korean words first."""
FILE_BEHIND_BLANK = re.compile(r" [^\r\n<>\"]*\.[a-z0-9]{2,4}([?#]\S*)?", re.IGNORECASE)
STRAY = re.compile(r"^([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\].*$", re.DOTALL)
"""A bracket that closes none within the address, and what follows it."""
TRAILING = ".,;:!?'*"
BRACKETS = {")": "(", "]": "[", "}": "{"}


def address_in(text: str) -> str:
    """The first web address in a text, with its scheme; "" where there is none."""
    plain = text.translate(NARROW)
    found = WITH_SCHEME.search(plain)
    if found:
        return trimmed(f"{found[1]}://{found[2]}", len(found[1]) + 3)
    bare = next((match for pattern in BARE if (match := pattern.search(plain))), None)
    return trimmed(f"https://{bare[1]}", 8) if bare else ""


def trimmed(address: str, start: int) -> str:
    """Without the punctuation of the sentence that it stood in; "" where no host is left behind ``start``."""
    address = STRAY.sub(r"\1", address.replace("&amp;", "&"))
    while len(address) > start:
        last = address[-1]
        closes = BRACKETS.get(last)
        if last not in TRAILING and not (closes and address.count(closes) < address.count(last)):
            break
        address = address[:-1]
    return address if re.match(r"[^/?#.]", address[start:]) else ""


def address_of(text: str) -> str:
    """The address that a whole text stands for, blanks within it included where they lead to the name of a file; "" where there is none."""
    found, whole = address_in(text), text.strip()
    if whole.startswith(found) and FILE_BEHIND_BLANK.fullmatch(whole[len(found) :]):
        return whole
    return found
