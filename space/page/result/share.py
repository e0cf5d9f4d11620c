"""Sharing and keeping a result: its link, and its files for a case. Pure: check id -> HTML; ``space/page/static/share.js`` moves it."""

from space.core.links import links_of
from space.i18n.messages import Words


def render_keep(id: str, words: Words) -> str:
    """A row of buttons and links, and who can see the result."""
    here = links_of(id).self
    spoken = "" if words.LANGUAGE == "en" else f"?lang={words.LANGUAGE}"
    files = "".join(
        f'<a class="tt-quiet" href="{here}{part}{spoken if part else ""}" download="telltale-{id[:8]}.{kind}">{name}</a>'
        for part, kind, name in (
            ("/report.pdf", "pdf", words.SAVE_PDF),
            ("/report.jpg", "jpg", words.SAVE_PICTURE),
            ("", "json", words.SAVE_JSON),
        )
    )
    return (
        f'<section class="tt-card tt-keep" aria-labelledby="tt-keep"><h2 id="tt-keep" class="tt-sr">{words.KEEP}</h2>'
        f'<div class="tt-keep-row"><button type="button" class="tt-quiet tt-copy">{words.COPY_LINK}</button>'
        f'<button type="button" class="tt-quiet tt-share" hidden>{words.SHARE_LINK}</button>{files}</div>'
        f'<p class="tt-fine"><span role="status"></span> {words.KEEP_NOTE}</p></section>'
    )
