"""Text that strangers wrote, made safe to print.

See also: how numbers become words (``telltale/render/formatting.py``).
"""

import unicodedata

HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
"""Unicode categories that steer a terminal, turn the reading direction, break a line or are no characters at all."""
JOINERS = {"\u200c", "\u200d"}
"""Format characters that real names in real scripts (and emoji) need."""


def harmless(text: str) -> str:
    """``text`` on one line without anything that a terminal would obey; what was taken out shows as a replacement character."""
    return "".join("\ufffd" if unicodedata.category(sign) in HARMFUL and sign not in JOINERS else sign for sign in text)
