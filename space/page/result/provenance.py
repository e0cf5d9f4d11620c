"""What the file says of itself: what is claimed, by whom, whether it holds, and that it changes no verdict. Pure: Provenance -> HTML.

All but the headings comes from the file: it is escaped, and set apart in its reading direction.
"""

from html import escape

from space.i18n.messages import Words
from telltale.core.report import UNCHANGED, Provenance
from telltale.core.text import harmless


def render_provenance(said: Provenance, words: Words) -> str:
    """A section with one card."""
    claims = [(one.message, words.PROVENANCE_SIGNED if one.basis == "c2pa" else words.PROVENANCE_UNSIGNED) for one in said.claims]
    problems = [(one.message, one.code) for one in said.problems]
    facts = "".join(f"<div><dt>{name}</dt><dd><bdi>{escape(harmless(value))}</bdi></dd></div>" for name, value in facts_of(said, words))
    return (
        f'<section class="tt-section" aria-labelledby="tt-provenance"><h2 id="tt-provenance">{words.PROVENANCE}</h2>'
        f'<div class="tt-card tt-provenance" data-state="{said.state}">'
        f'<span class="tt-provenance-state">{words.provenance_state(said.state)}</span><p>{escape(harmless(said.message))}</p>'
        f"{render_list(words.PROVENANCE_CLAIMS, claims)}{render_list(words.PROVENANCE_PROBLEMS, problems)}"
        + (f"<dl>{facts}</dl>" if facts else "")
        + f'<p class="tt-fine">{words.say(UNCHANGED)}</p></div></section>'
    )


def render_list(heading: str, items: list[tuple[str, str]]) -> str:
    """Sentences, each with a word on it; nothing where there are none."""
    rows = "".join(f"<li><bdi>{escape(harmless(text))}</bdi> <small>({escape(harmless(word))})</small></li>" for text, word in items)
    return f"<div><h3>{heading}</h3><ul>{rows}</ul></div>" if rows else ""


def facts_of(said: Provenance, words: Words) -> list[tuple[str, str]]:
    """Name and value of all that is known of a signature; nothing where there is none."""
    if said.state not in ("valid", "invalid"):
        return []
    known = words.ON_TRUST_LIST if said.trusted else words.OFF_TRUST_LIST
    rows = [
        (words.ROW_SIGNER, said.signer),
        (words.ROW_ORGANISATION, said.organisation),
        (words.ROW_SIGNED_AT, said.signed_at and words.date(said.signed_at)),
        (words.ROW_GENERATOR, said.generator),
        (words.ROW_TRUST_LIST, known.format(name=said.trust_list) if said.trust_list else words.NO_TRUST_LIST),
    ]
    return [(name, value) for name, value in rows if value]
