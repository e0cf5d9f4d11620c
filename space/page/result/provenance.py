"""What the file says of itself: what is claimed, by whom, whether it holds, and that it changes no verdict. Pure: Provenance -> HTML.

All but the headings comes from the file: it is escaped, and set apart in its reading direction.
"""

from html import escape

from telltale.core.report import Provenance
from telltale.core.text import harmless
from telltale.render.formatting import Translator


def render_provenance(said: Provenance, words: Translator) -> str:
    """A section with one card."""
    signed, unsigned = words("page.provenance_signed"), words("page.provenance_unsigned")
    claims = [(one.message, signed if one.basis == "c2pa" else unsigned) for one in said.claims]
    problems = [(one.message, one.code) for one in said.problems]
    facts = "".join(f"<div><dt>{name}</dt><dd><bdi>{escape(harmless(value))}</bdi></dd></div>" for name, value in facts_of(said, words))
    return (
        f'<section class="tt-section" aria-labelledby="tt-provenance"><h2 id="tt-provenance">{words("page.provenance")}</h2>'
        f'<div class="tt-card tt-provenance" data-state="{said.state}">'
        f'<span class="tt-provenance-state">{words(f"provenance.state.{said.state}")}</span><p>{escape(harmless(said.message))}</p>'
        f"{render_list(words('page.provenance_claims'), claims)}{render_list(words('page.provenance_problems'), problems)}"
        + (f"<dl>{facts}</dl>" if facts else "")
        + f'<p class="tt-fine">{words("provenance.unchanged")}</p></div></section>'
    )


def render_list(heading: str, items: list[tuple[str, str]]) -> str:
    """Sentences, each with a word on it; nothing where there are none."""
    rows = "".join(f"<li><bdi>{escape(harmless(text))}</bdi> <small>({escape(harmless(word))})</small></li>" for text, word in items)
    return f"<div><h3>{heading}</h3><ul>{rows}</ul></div>" if rows else ""


def facts_of(said: Provenance, words: Translator) -> list[tuple[str, str]]:
    """Name and value of all that is known of a signature; nothing where there is none."""
    if said.state not in ("valid", "invalid"):
        return []
    trust_list = words("page.no_trust_list")
    if said.trust_list:
        trust_list = words("page.on_trust_list" if said.trusted else "page.off_trust_list", name=said.trust_list)
    rows = [
        (words("page.row_signer"), said.signer),
        (words("page.row_organisation"), said.organisation),
        (words("page.row_signed_at"), said.signed_at and words.date(said.signed_at)),
        (words("page.row_generator"), said.generator),
        (words("page.row_trust_list"), trust_list),
    ]
    return [(name, value) for name, value in rows if value]
