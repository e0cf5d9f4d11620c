"""A Report, or a summary of many, as the terminal shows it. Plain text where the output is no terminal. See also: ``--json`` (``main.py``).

Everything that came with the source (names, titles, addresses) passes through ``harmless`` and reaches rich as ``Text``, never as markup.
"""

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from telltale.cli.exit_codes import CheckResult
from telltale.core.report import HEADLINES, UNCHANGED, FaceObservation, Provenance, Reason, Report, Verdict
from telltale.core.text import harmless
from telltale.render.formatting import bytes_in_words, likelihood, moment, percent, share, span, what_was_read

STYLES: dict[Verdict, str] = {
    "likely_fake": "bold white on red",
    "no_sign_of_manipulation": "bold white on dark_green",
    "cannot_tell": "bold black on yellow",
    "no_face": "bold white on grey37",
}
TINTS: dict[Verdict, str] = {"likely_fake": "red", "no_sign_of_manipulation": "green", "cannot_tell": "yellow", "no_face": "bright_black"}
BARS = "▁▂▃▄▅▆▇█"
MOST_BARS = 28
STRONGEST_PER_PERSON = 4
MOST_MOMENTS = 8
IN_SHORT = "Telltale looks only for manipulated faces, and only in the frames it read; finding no sign does not make a video genuine."


def show(console: Console, report: Report) -> None:
    """Print one Report for a person to read."""
    parts: list[RenderableType] = [title(report), Text(harmless(report.explanation))]
    if report.fake_probability is not None:
        parts.append(probability(report))
    if report.people:
        parts += [Text(), people(report)]
        parts += [] if report.source.kind == "image" else [Text(), moments(report)]
    if report.reasons:
        parts += [Text(), *(reason(one) for one in report.reasons)]
    parts += [Text(), *provenance(report.provenance)]
    parts += [Text(), *(Text(line, style="dim") for line in (read(report), looked(report), IN_SHORT))]
    for part in (Text(), *parts, Text()):
        console.print(part)


def title(report: Report) -> Text:
    """The verdict as a coloured word, and the source's name."""
    return Text.assemble((f" {report.headline} ", STYLES[report.verdict]), "  ", (harmless(report.source.name), "bold"))


def probability(report: Report) -> Text:
    """The probability with its interval."""
    assert report.fake_probability is not None
    interval = f"  (95 % interval: {span(report.interval)})" if report.interval else ""
    return Text.assemble(
        f"{likelihood(report.model.calibrated).capitalize()}: ",
        (percent(report.fake_probability), f"bold {TINTS[report.verdict]}"),
        interval,
    )


def people(report: Report) -> Table:
    """Everyone who was found, with a verdict of their own; in a video also how much, and when most. Two lines each fit 80 columns."""
    still = report.source.kind == "image"
    table = plain("Person", "Verdict" if still else "Verdict, over time", "Probability", *(() if still else ("Share", "Strongest at")))
    for one in report.people:
        verdict, figures = Text(HEADLINES[one.verdict], style=TINTS[one.verdict]), f"{percent(one.fake_probability)}\n{span(one.interval)}"
        if still:
            table.add_row(str(one.id), verdict, figures)
            continue
        when = [moment(each.time) for each in strongest(one.observations, STRONGEST_PER_PERSON)]
        lines = [", ".join(when[start : start + 2]) for start in range(0, len(when), 2)]
        table.add_row(
            str(one.id), verdict + Text(f"\n{bars(one.observations)}", style="none"), figures, share(one.frame_coverage), "\n".join(lines)
        )
    return table


def moments(report: Report) -> Group:
    """The looks that weighed most, whoever's they are."""
    table = plain("Moment", "Person", "Face", "Probability")
    owners = {id(each): one for one in report.people for each in one.observations}
    every = [each for one in report.people for each in one.observations]
    for each in strongest(every, MOST_MOMENTS):
        table.add_row(moment(each.time), str(owners[id(each)].id), f"{each.quality.face_size_px:.0f} px", percent(each.fake_probability))
    left = len(every) - MOST_MOMENTS
    return Group(table, Text(f"and {left} more with --json or --output", style="dim")) if left > 0 else Group(table)


def strongest(looks: Iterable[FaceObservation], count: int) -> list[FaceObservation]:
    """The ``count`` looks of highest probability, highest first."""
    return sorted(looks, key=lambda one: -one.fake_probability)[:count]


def bars(looks: Sequence[FaceObservation]) -> str:
    """The probability over time in block characters, one for each look, or for the highest of several neighbours."""
    step = -(-len(looks) // MOST_BARS) or 1
    highest = [max(one.fake_probability for one in looks[start : start + step]) for start in range(0, len(looks), step)]
    return "".join(BARS[min(int(value * len(BARS)), len(BARS) - 1)] for value in highest)


def reason(one: Reason) -> Text:
    """Why the verdict was withheld, or what to bear in mind."""
    word, style = ("Withheld", "yellow") if one.severity == "abstain" else ("Note", "cyan")
    return Text.assemble((f"{word}: ", f"bold {style}"), harmless(one.message))


def provenance(said: Provenance) -> list[Text]:
    """What the file says of itself, and by whom; one line where it says nothing."""
    lines = [Text.assemble(("Provenance: ", "bold cyan"), harmless(said.message))]
    lines += [Text(f"  {'signed' if one.basis == 'c2pa' else 'not signed'}: {harmless(one.message)}") for one in said.claims]
    lines += [Text(f"  {harmless(one.message)} [{harmless(one.code)}]") for one in said.problems]
    if said.signer or said.organisation:
        named = ", ".join(f"“{harmless(one)}”" for one in (said.signer, said.organisation) if one)
        lines.append(Text(f"  signed by who is named {named}; trust list: {harmless(said.trust_list or 'none used')}"))
    return [*lines, Text(f"  {UNCHANGED}")] if said.claims or said.signer or said.problems else lines


def read(report: Report) -> str:
    """What was looked at."""
    origin = f", from {harmless(report.source.url)}" if report.source.url else ""
    return f"Read: {what_was_read(report.source)}{origin}."


def looked(report: Report) -> str:
    """Who looked, and for how long."""
    model = report.model
    calibration = "calibrated" if model.calibrated else "not calibrated"
    return f"Model: {harmless(model.id)} {model.revision}, {calibration}; faces by {model.detector}; {report.timing.total:.1f} s."


def summary(console: Console, outcomes: Sequence[CheckResult]) -> None:
    """One row for each source."""
    table = plain("Source", "Verdict", "Probability", "People", "Length", "Read")
    for one in outcomes:
        name = Text(one.name, overflow="fold")
        if one.report is None:
            if one.error:
                name.append(f"\n{harmless(one.error.sentence)}", style="bright_black")
            table.add_row(name, Text(f"not checked: {one.error.code}" if one.error else "", style="bright_black"), "", "", "", "")
            continue
        verdict, likely = one.report.verdict, one.report.fake_probability
        table.add_row(
            name,
            Text(one.report.headline, style=TINTS[verdict]),
            "" if likely is None else percent(likely),
            str(len(one.report.people)),
            clock(one.report.source.duration),
            bytes_in_words(one.report.source.bytes_read),
        )
    console.print(table)
    console.print()


def clock(seconds: float | None) -> str:
    """A length in whole seconds: ``1:02:04``."""
    return moment(round(seconds)).removesuffix(".0") if seconds else ""


def plain(*columns: str) -> Table:
    """A table without lines but one under its head."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        table.add_column(
            column, justify="right" if column in ("Share", "Face", "People", "Length", "Read") else "left", no_wrap=column != "Source"
        )
    return table
