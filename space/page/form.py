"""The frame of the page: heading, form, progress, and the empty places for a problem and a result. Pure: settings -> HTML.

What moves in it is moved by ``space/page/static/page.js``; its few sentences travel with it as JSON in ``data-words``.
"""

import json
import re
from html import escape

from space.i18n.languages import translators
from space.page.camera_form import PICTURES, render_camera, render_camera_button
from space.page.result.icons import MARK, STOP, UPLOAD
from telltale.core.progress import STEPS
from telltale.render.formatting import Translator


def moving_words(words: Translator, max_bytes: int) -> dict[str, str]:
    """The sentences that the page's scripts say."""
    return {
        "uploading": words("page.uploading"),
        "waiting": words("page.waiting"),
        "preparing": words("page.preparing"),
        "ended": words("page.ended"),
        "cancelled": words("page.cancelled"),
        "nothing": words("page.nothing_given"),
        "unreachable": words("page.unreachable"),
        "forgotten": words("page.forgotten"),
        "cameraStarting": words("page.camera_starting"),
        "cameraReady": words("page.camera_ready"),
        "cameraRecording": words("page.camera_recording"),
        "cameraTaken": words("page.camera_taken", frames=PICTURES),
        "cameraRefused": words("page.camera_refused"),
        "cameraNone": words("page.camera_none"),
        "copied": words("page.link_copied"),
        "tooLarge": words("page.too_large", megabytes=max_bytes / 1e6),
    }


def render_pages(max_bytes: int, keep_hours: float) -> str:
    """The page in every language, each in a template of which ``space/page/static/page.js`` takes the visitor's."""
    pages = "".join(
        f'<template lang="{code}">{render_page(words, max_bytes, keep_hours)}</template>' for code, words in translators().items()
    )
    return f'<div class="tt-languages-all">{pages}</div>'


def render_page(words: Translator, max_bytes: int, keep_hours: float) -> str:
    """Everything that is there before a check."""
    moving = moving_words(words, max_bytes)
    return (
        f"<div class='tt' data-words='{escape(json.dumps(moving))}' data-max-bytes='{max_bytes}'>"
        f'<header><a class="tt-head" href="./">{MARK}<span>{words("page.title")}</span></a>{render_languages(words)}</header>'
        f'<div class="tt-hero"><h1>{whole_words(words("page.tagline"))}</h1><p>{words("page.lead")}</p></div>'
        f'{render_problem(words)}{render_progress(words)}<div class="tt-result" hidden></div>'
        f"{render_forget(words)}{render_form(words, max_bytes)}"
        f'<footer class="tt-foot"><p>{words("page.footer")}</p>'
        f"<p>{words('page.forgets', time=words.long_time(keep_hours))}</p></footer></div>"
    )


def whole_words(text: str) -> str:
    """A heading that does not break within a word with hyphens, such as ``a-t-il``."""
    return re.sub(r"\S*\w-\w\S*", r'<span class="tt-whole">\g<0></span>', text)


def render_languages(words: Translator) -> str:
    """A link for each language, by its own name."""
    links = "".join(
        f'<a href="./?lang={code}" lang="{code}" hreflang="{code}"{" aria-current=true" if code == words.language else ""}>'
        f"{other('format.language_name')}</a>"
        for code, other in translators().items()
    )
    return f'<nav class="tt-languages" aria-label="{words("page.languages")}">{links}</nav>'


def render_form(words: Translator, max_bytes: int) -> str:
    """One field for a link, one drop zone for a file, the camera, one button."""
    limit = words("page.file_limit", megabytes=max_bytes / 1e6)
    return (
        f'<form class="tt-card tt-form" novalidate><h2 class="tt-again">{words("page.again")}</h2>'
        '<div class="tt-ways"><div class="tt-field">'
        f'<label for="tt-link">{words("page.link_label")}</label>'
        '<input id="tt-link" name="url" type="url" inputmode="url" autocomplete="off" spellcheck="false"'
        f' placeholder="{words("page.link_hint")}"></div>'
        f'<p class="tt-or" aria-hidden="true"><span>{words("page.or")}</span></p>'
        '<div class="tt-files"><div class="tt-drop">'
        '<input id="tt-file" name="file" type="file" accept="video/*,image/*" aria-describedby="tt-file-limit">'
        f'<label for="tt-file">{UPLOAD}'
        f'<span class="tt-drop-name"><strong class="tt-at-desk">{words("page.file_label")}</strong>'
        f' <u class="tt-at-desk">{words("page.file_choose")}</u><u class="tt-by-hand">{words("page.file_touch")}</u></span></label>'
        f'<button type="button" class="tt-drop-remove" aria-label="{words("page.file_remove")}" hidden>×</button></div>'
        f"{render_camera_button(words)}</div>"
        f'<div class="tt-form-foot"><p class="tt-fine" id="tt-file-limit">{limit}</p>'
        f'<button type="submit" class="tt-button">{words("page.check")}</button></div></div>{render_camera(words)}</form>'
    )


def render_problem(words: Translator) -> str:
    """The empty place for what went wrong."""
    return (
        f'<div class="tt-card tt-problem" role="alert" hidden>{STOP}<div><h2>{words("page.problem")}</h2>'
        f'<p class="tt-problem-sentence"></p><p class="tt-fine tt-problem-code">{words("page.code")} <code></code></p></div></div>'
    )


def render_forget(words: Translator) -> str:
    """Deleting a check: asked once more before it is done, and told when it is."""
    return (
        '<p class="tt-card tt-news" role="status" hidden></p>'
        f'<div class="tt-forget" hidden><button type="button" class="tt-quiet tt-forget-first">{words("page.forget")}</button>'
        '<div class="tt-forget-ask" role="group" aria-labelledby="tt-forget-ask" hidden>'
        f'<p id="tt-forget-ask">{words("page.forget_ask")}</p>'
        f'<button type="button" class="tt-quiet tt-forget-yes">{words("page.forget_yes")}</button>'
        f'<button type="button" class="tt-quiet tt-forget-no">{words("page.forget_no")}</button></div></div>'
    )


def render_progress(words: Translator) -> str:
    """The step in words, a bar, the way there, and a way out."""
    steps = "".join(f'<li data-step="{step}">{words(f"progress.step.{step}")}</li>' for step in STEPS)
    return (
        '<div class="tt-card tt-progress" hidden><div class="tt-progress-head"><p role="status" aria-live="polite"></p>'
        '<span class="tt-progress-count" aria-hidden="true"></span></div>'
        f'<div class="tt-progress-bar" role="progressbar" aria-label="{words("page.progress")}"'
        ' aria-valuemin="0" aria-valuemax="100"><i></i></div>'
        f'<div class="tt-progress-foot"><ol class="tt-steps" aria-hidden="true">{steps}</ol>'
        f'<button type="button" class="tt-quiet tt-cancel">{words("page.cancel")}</button></div></div>'
    )
