"""The frame of the page: heading, form, progress, and the empty places for a problem and a result. Pure: settings -> HTML.

What moves in it is moved by ``page.js``; its few sentences travel with it as JSON in ``data-words``.
"""

import json
from html import escape

from detector.progress import STEP_NAMES
from space import words
from space.drawings import MARK, STOP, UPLOAD

MOVING_WORDS = {
    "uploading": words.UPLOADING,
    "waiting": words.WAITING,
    "preparing": words.PREPARING,
    "ended": words.ENDED,
    "cancelled": words.CANCELLED,
    "nothing": words.NOTHING_GIVEN,
    "unreachable": words.UNREACHABLE,
    "forgotten": words.FORGOTTEN,
}


def render_page(max_bytes: int, keep_hours: float) -> str:
    """Everything that is there before a check."""
    moving = MOVING_WORDS | {"tooLarge": words.TOO_LARGE.format(megabytes=max_bytes / 1e6)}
    return (
        f"<div class='tt' data-words='{escape(json.dumps(moving))}' data-max-bytes='{max_bytes}'>"
        f'<header><a class="tt-head" href="/">{MARK}<span>{words.TITLE}</span></a></header>'
        f'<div class="tt-hero"><h1>{words.TAGLINE}</h1><p>{words.LEAD}</p></div>'
        f'{PROBLEM}{render_progress()}<div class="tt-result" hidden></div>{FORGET}{render_form(max_bytes)}'
        f'<footer class="tt-foot"><p>{words.FOOTER}</p><p>{words.FORGETS.format(time=words.long_time(keep_hours))}</p></footer></div>'
    )


def render_form(max_bytes: int) -> str:
    """One field for a link, one drop zone for a file, one button."""
    limit = words.FILE_LIMIT.format(megabytes=max_bytes / 1e6)
    return (
        f'<form class="tt-card tt-form" novalidate><h2 class="tt-again">{words.AGAIN}</h2><div class="tt-field">'
        f'<label for="tt-link">{words.LINK_LABEL}</label>'
        '<input id="tt-link" name="url" type="url" inputmode="url" autocomplete="off" spellcheck="false"'
        f' placeholder="{words.LINK_HINT}"></div>'
        f'<p class="tt-or" aria-hidden="true"><span>{words.OR}</span></p>'
        '<div class="tt-drop"><input id="tt-file" name="file" type="file" accept="video/*,image/*" aria-describedby="tt-file-limit">'
        f'<label for="tt-file">{UPLOAD}'
        f'<span class="tt-drop-name"><strong>{words.FILE_LABEL}</strong> <u>{words.FILE_CHOOSE}</u></span></label>'
        f'<button type="button" class="tt-drop-remove" aria-label="{words.FILE_REMOVE}" hidden>×</button></div>'
        f'<div class="tt-form-foot"><p class="tt-fine" id="tt-file-limit">{limit}</p>'
        f'<button type="submit" class="tt-button">{words.CHECK}</button></div></form>'
    )


PROBLEM = (
    f'<div class="tt-card tt-problem" role="alert" hidden>{STOP}<div><h2>{words.PROBLEM}</h2>'
    f'<p class="tt-problem-sentence"></p><p class="tt-fine">{words.CODE} <code></code></p></div></div>'
)


FORGET = (
    '<p class="tt-card tt-news" role="status" hidden></p>'
    f'<div class="tt-forget" hidden><button type="button" class="tt-quiet tt-forget-first">{words.FORGET}</button>'
    f'<div class="tt-forget-ask" role="group" aria-labelledby="tt-forget-ask" hidden><p id="tt-forget-ask">{words.FORGET_ASK}</p>'
    f'<button type="button" class="tt-quiet tt-forget-yes">{words.FORGET_YES}</button>'
    f'<button type="button" class="tt-quiet tt-forget-no">{words.FORGET_NO}</button></div></div>'
)
"""Deleting a check: asked once more before it is done, and told when it is."""


def render_progress() -> str:
    """The step in words, a bar, the way there, and a way out."""
    steps = "".join(f'<li data-step="{step}">{name}</li>' for step, name in STEP_NAMES.items())
    return (
        '<div class="tt-card tt-progress" hidden><div class="tt-progress-head"><p role="status" aria-live="polite"></p>'
        '<span class="tt-progress-count" aria-hidden="true"></span></div>'
        f'<div class="tt-progress-bar" role="progressbar" aria-label="{words.PROGRESS}" aria-valuemin="0" aria-valuemax="100"><i></i></div>'
        f'<div class="tt-progress-foot"><ol class="tt-steps" aria-hidden="true">{steps}</ol>'
        f'<button type="button" class="tt-quiet tt-cancel">{words.CANCEL}</button></div></div>'
    )
