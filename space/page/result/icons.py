"""The page's few drawings as inline SVG: the mark, the upload arrow, a sign for each verdict. All hidden from screen readers."""

from telltale.core.report import Verdict

HIDDEN = 'aria-hidden="true" focusable="false"'
MARK = (
    f'<svg class="tt-mark" viewBox="0 0 40 40" {HIDDEN}><rect width="40" height="40" rx="11"/>'
    '<path d="M20 9c-5.5 0-9 3.8-9 9.5C11 25.5 15 31 20 31"/>'
    '<path class="tt-mark-other" d="M20 9c5.5 0 9 3.8 9 9.5C29 25.5 25 31 20 31" stroke-dasharray="2.6 3.1"/>'
    '<circle cx="16.5" cy="18.5" r="1.5"/><circle class="tt-mark-eye" cx="23.5" cy="18.5" r="1.5"/></svg>'
)
UPLOAD = (
    f'<svg viewBox="0 0 24 24" {HIDDEN}><path d="M12 16V4m0 0L7 9m5-5 5 5M4 16v3a1.5 1.5 0 0 0 1.5 1.5h13A1.5 1.5 0 0 0 20 19v-3"/></svg>'
)
CAMERA = (
    f'<svg viewBox="0 0 24 24" {HIDDEN}><path d="M4.5 7.5h3L9 5h6l1.5 2.5h3A1.5 1.5 0 0 1 21 9v9'
    'a1.5 1.5 0 0 1-1.5 1.5h-15A1.5 1.5 0 0 1 3 18V9a1.5 1.5 0 0 1 1.5-1.5z"/><circle cx="12" cy="13" r="3.6"/></svg>'
)
STOP = f'<svg class="tt-sign" viewBox="0 0 24 24" {HIDDEN}><circle cx="12" cy="12" r="9.5"/><path d="M12 7v6M12 16.6v.2"/></svg>'
SIGNS: dict[Verdict, str] = {
    "likely_fake": '<path d="M12 3.5 22 20.5H2z"/><path d="M12 10v4.5M12 17.4v.2"/>',
    "no_sign_of_manipulation": '<circle cx="10.5" cy="10.5" r="7"/><path d="m16 16 5.5 5.5"/>',
    "cannot_tell": '<circle cx="12" cy="12" r="9.5"/><path d="M9.3 9.4a2.8 2.8 0 1 1 4 2.5c-.9.5-1.3 1-1.3 2M12 17.2v.2"/>',
    "no_face": '<circle cx="12" cy="9" r="4.5"/><path d="M4 21c.8-4 4-6 8-6s7.2 2 8 6M3 3l18 18"/>',
}


def render_sign(verdict: Verdict) -> str:
    """A small drawing beside a verdict's words, never instead of them."""
    return f'<svg class="tt-sign" viewBox="0 0 24 24" {HIDDEN}>{SIGNS[verdict]}</svg>'
