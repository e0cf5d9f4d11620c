"""What each verdict is called in English, and what is said with it: what tests look for at every door."""

from typing import get_args

from telltale.core.report import Verdict
from telltale.messages.catalogue import render

HEADLINES = {verdict: render(f"verdict.headline.{verdict}") for verdict in get_args(Verdict)}
EXPLANATIONS = {verdict: render(f"verdict.explanation.{verdict}") for verdict in get_args(Verdict)}
