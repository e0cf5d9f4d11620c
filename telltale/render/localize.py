"""A Report in another language: the same codes and figures, every message rendered anew. Pure: Report -> Report.

A Report carries its messages in English as a courtesy; here they are rendered from code and parameters where it is shown, so that what was
stored can be read in any language. What strangers wrote (names, titles, signers) stays as it is.
"""

from typing import TypeVar

from telltale.core.report import Part, Provenance, Reason, Report
from telltale.provenance.claims import message_of
from telltale.render.formatting import Translator

P = TypeVar("P", bound=Part)


def localized(report: Report, words: Translator) -> Report:
    """The Report as ``words`` says it."""
    return changed(
        report,
        headline=words(f"verdict.headline.{report.verdict}"),
        explanation=words(f"verdict.explanation.{report.verdict}"),
        people=[changed(person, reasons=localized_reasons(person.reasons, words)) for person in report.people],
        reasons=localized_reasons(report.reasons, words),
        caveats=[changed(one, message=words.stored(f"caveat.{one.code}", {}, one.message)) for one in report.caveats],
        provenance=localized_provenance(report.provenance, words),
    )


def localized_reasons(reasons: list[Reason], words: Translator) -> list[Reason]:
    """The reasons of a verdict."""
    return [changed(one, message=words.stored(f"reason.{one.code}", one.params, one.message)) for one in reasons]


def localized_provenance(said: Provenance, words: Translator) -> Provenance:
    """What a file says of itself."""
    return changed(
        said,
        message=words.stored(f"provenance.{said.code}", said.params, said.message),
        claims=[changed(claim, message=message_of(claim, words.language)) for claim in said.claims],
        problems=[changed(one, message=words.stored(f"provenance.problem.{one.code}", {}, one.message)) for one in said.problems],
    )


def changed(part: P, **values: object) -> P:
    """The same part with other values in it."""
    return part.model_copy(update=values)
