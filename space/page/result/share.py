"""Sharing and keeping a result: its link, and its files for a case. Pure: check id -> HTML; ``space/page/static/share.js`` moves it."""

from space.core.links import links_of
from telltale.render.formatting import Translator


def render_keep(id: str, words: Translator, *, owned: bool) -> str:
    """A row of buttons and links, and who can see or delete the result."""
    here = links_of(id).self.removeprefix("/")  # relative to the page, which may lie below a path
    spoken = f"?lang={words.language}"
    files = "".join(
        f'<a class="tt-quiet" href="{here}{part}{spoken if part else ""}" download="telltale-{id[:8]}.{kind}">{name}</a>'
        for part, kind, name in (
            ("/report.pdf", "pdf", words("page.save_pdf")),
            ("/report.jpg", "jpg", words("page.save_picture")),
            ("", "json", words("page.save_json")),
        )
    )
    return (
        f'<section class="tt-card tt-keep" aria-labelledby="tt-keep"><h2 id="tt-keep" class="tt-sr">{words("page.keep")}</h2>'
        f'<div class="tt-keep-row"><button type="button" class="tt-quiet tt-copy">{words("page.copy_link")}</button>'
        f'<button type="button" class="tt-quiet tt-share" hidden>{words("page.share_link")}</button>{files}</div>'
        f'<p class="tt-fine"><span role="status"></span> {words("page.keep_note" if owned else "page.keep_note_shared")}</p></section>'
    )
