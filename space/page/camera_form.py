"""The part of the form that records with the camera: a button, and the panel it opens. Pure: words -> HTML;
``space/page/static/camera.js`` moves it.
"""

from space.i18n.messages import Words
from space.page.result.icons import CAMERA

PICTURES = 20
SECONDS = 4
"""How many pictures a recording has, evenly over how many seconds."""


def render_camera_button(words: Words) -> str:
    """What opens the panel; shown where the browser lends a camera."""
    return f'<button type="button" class="tt-quiet tt-camera-open" hidden>{CAMERA}<span>{words.CAMERA}</span></button>'


def render_camera(words: Words) -> str:
    """The panel: what the camera sees, what is asked for, and the way out."""
    lead = words.CAMERA_LEAD.format(frames=PICTURES, seconds=SECONDS)
    return (
        f'<div class="tt-camera" role="group" aria-labelledby="tt-camera" data-pictures="{PICTURES}" data-seconds="{SECONDS}" hidden>'
        f'<h3 id="tt-camera">{words.CAMERA_TITLE}</h3><p class="tt-fine">{lead}</p>'
        f'<div class="tt-camera-view"><video muted playsinline aria-label="{words.CAMERA_SEEN}"></video>'
        '<span class="tt-camera-bar" aria-hidden="true"><i></i></span></div>'
        '<div class="tt-camera-foot"><p role="status"></p><div>'
        f'<button type="button" class="tt-quiet tt-camera-close">{words.CAMERA_CLOSE}</button>'
        f'<button type="button" class="tt-button tt-camera-record" disabled>{words.CAMERA_RECORD}</button></div></div></div>'
    )
