"""A Report in another language: the same codes and numbers, their sentences put anew. Pure: Report -> Report.

The Report on the wire and in the store is English; this is done where it is shown, so that what was stored can be read in any language. Not
here: the languages (``languages.py``), and how a sentence is found (``sentence_matcher.py``).
"""

from typing import TypeVar

from space.i18n.messages import Words
from telltale.core.report import Part, Provenance, Reason, Report
from telltale.provenance.claims import sentence_of

P = TypeVar("P", bound=Part)


def in_language(report: Report, words: Words) -> Report:
    """Every sentence that Telltale wrote into it; what strangers wrote (names, titles, signers) stays as it is."""
    if words.LANGUAGE == "en":
        return report
    people = [changed(person, reasons=reasons_in(person.reasons, words)) for person in report.people]
    return changed(
        report,
        headline=words.say(report.headline),
        explanation=words.say(report.explanation),
        people=people,
        reasons=reasons_in(report.reasons, words),
        caveats=[changed(caveat, message=words.say(caveat.message)) for caveat in report.caveats],
        provenance=provenance_in(report.provenance, words),
    )


def reasons_in(reasons: list[Reason], words: Words) -> list[Reason]:
    """The reasons of a verdict."""
    return [changed(reason, message=words.say(reason.message)) for reason in reasons]


def provenance_in(said: Provenance, words: Words) -> Provenance:
    """What a file says of itself."""
    return changed(
        said,
        message=words.say(said.message),
        claims=[changed(claim, message=sentence_of(claim, words.say)) for claim in said.claims],
        problems=[changed(problem, message=words.say(problem.message)) for problem in said.problems],
    )


def changed(part: P, **values: object) -> P:
    """The same part with other sentences in it."""
    return part.model_copy(update=values)
