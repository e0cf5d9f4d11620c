"""The part of the form that records with the camera: a button, and the panel it opens. Pure: words -> HTML;
``space/page/static/camera.js`` moves it.
"""

from space.page.result.icons import CAMERA
from telltale.render.formatting import Translator

PICTURES = 20
SECONDS = 4
"""How many pictures a recording has, evenly over how many seconds."""


def render_camera_button(words: Translator) -> str:
    """What opens the panel; shown where the browser lends a camera."""
    return f'<button type="button" class="tt-quiet tt-camera-open" hidden>{CAMERA}<span>{words("page.camera")}</span></button>'


def render_camera(words: Translator) -> str:
    """The panel: what the camera sees, what is asked for, and the way out."""
    lead = words("page.camera_lead", frames=PICTURES, seconds=SECONDS)
    return (
        f'<div class="tt-camera" role="group" aria-labelledby="tt-camera" data-pictures="{PICTURES}" data-seconds="{SECONDS}" hidden>'
        f'<h3 id="tt-camera">{words("page.camera_title")}</h3><p class="tt-fine">{lead}</p>'
        f'<div class="tt-camera-view"><video muted playsinline aria-label="{words("page.camera_seen")}"></video>'
        '<span class="tt-camera-bar" aria-hidden="true"><i></i></span></div>'
        '<div class="tt-camera-foot"><p role="status"></p><div>'
        f'<button type="button" class="tt-quiet tt-camera-close">{words("page.camera_close")}</button>'
        f'<button type="button" class="tt-button tt-camera-record" disabled>{words("page.camera_record")}</button></div></div></div>'
    )
