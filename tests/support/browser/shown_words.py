"""The words that a page of the extension shows, in whatever language it speaks."""

import json
from typing import Any

from playwright.sync_api import Page

from tests.support.browser.loaded_extension import Extension
from tests.support.sample_report import sample_report

NOWHERE = "http://127.0.0.1:9"
TEXTS = """() => {
  const said = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: parent, data } = walker.currentNode;
    if (!parent.closest("code, .name, script, style") && data.trim()) said.push(data.trim());
  }
  for (const element of document.body.querySelectorAll("[aria-label], [alt], [placeholder], [title]"))
    for (const name of ["aria-label", "alt", "placeholder", "title"]) if (element.getAttribute(name)) said.push(element.getAttribute(name));
  return said;
}"""
SHOW = """async (report) => {
  const { reportView } = await import("/panel/report/report.js");
  const place = { find: () => null, show: () => null, page: null };
  document.getElementById("view").replaceChildren(reportView(report, place, document.createElement("p")));
  document.querySelector("details").open = true;
}"""


def speaking(extension: Extension, code: str) -> Extension:
    """As on the first day, but in this language."""
    extension.reset(NOWHERE)
    extension.worker.evaluate("language => chrome.storage.local.set({ language })", code)
    return extension


def opened(extension: Extension, name: str = "panel/panel.html") -> Page:
    """One of its pages, once it is drawn."""
    page = extension.open(name)
    page.wait_for_selector("#view > *, form")
    return page


def report() -> dict[str, Any]:
    """As a server tells it, whose sentences are not shown where their codes are known."""
    told: dict[str, Any] = json.loads(sample_report().model_dump_json())
    return told
