"""Which language a visitor or a caller gets: the one asked for, else the first of an Accept-Language that is spoken, else English.

See also: the languages themselves (``telltale/messages``), one file each.
"""

from telltale.messages.catalogue import languages
from telltale.render.formatting import Translator


def translators() -> dict[str, Translator]:
    """Code (RFC 5646, the first part) -> translator, of every language that there is; English first."""
    return {code: Translator(code) for code in languages()}


def spoken(asked: str | None, accepted: str = "") -> Translator:
    """The language asked for by its code (``de``, ``de-AT``), else the first of an Accept-Language that is spoken, else English."""
    for code in [asked or "", *preferred(accepted)]:
        if (language := code.strip().lower().partition("-")[0]) in languages():
            return Translator(language)
    return Translator()


def preferred(accepted: str) -> list[str]:
    """``fr;q=0.5, de`` -> de, fr: the codes of an Accept-Language (RFC 9110, 12.5.4), the most wanted first; none that is not wanted."""
    weighed = []
    for part in accepted.split(",")[:20]:
        code, _, weight = part.partition(";")
        try:
            weighed.append((float(weight.strip().removeprefix("q=") or 1), code.strip()))
        except ValueError:
            continue
    return [code for weight, code in sorted(weighed, key=lambda one: -one[0]) if weight > 0]
