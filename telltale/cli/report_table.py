"""A Report, or a summary of many, as the terminal shows it. Plain text where the output is no terminal. See also: ``--json`` (``main.py``).

Everything that came with the source (names, titles, addresses) passes through ``harmless`` and reaches rich as ``Text``, never as markup.
"""

from collections.abc import Iterable, Sequence

from rich.box import SIMPLE_HEAD
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from telltale.cli.exit_codes import CheckResult
from telltale.core.report import FaceObservation, KindEvidence, Person, Provenance, Ratio, Reason, Report, Verdict
from telltale.core.text import harmless
from telltale.render.formatting import Translator
from telltale.render.localize import localized
from telltale.render.next_steps import next_steps

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
OVER_TIME = ("person", "verdict_over_time", "evidence", "frame_coverage", "strongest_at")
WRAPPED = ("source", "kind")
NUMBERS = ("power", "alarms", "frame_coverage", "face", "people", "length", "read")
"""Columns that are set to the right."""


def show(console: Console, report: Report, words: Translator, prior: float | None = None) -> None:
    """Print one Report for a person to read; ``prior`` is their own probability from before the check."""
    report = localized(report, words)
    parts: list[RenderableType] = [title(report), Text(harmless(report.explanation))]
    if report.ratio is not None:
        parts += strength(report.ratio, words, prior)
    elif report.fake_probability is not None and report.verdict != "cannot_tell":
        parts.append(probability(report, words))
    if report.kinds:
        parts += [Text(), kinds(report.kinds, words)]
    if report.people:
        parts += [Text(), people(report, words)]
        parts += [] if report.source.kind == "image" else [Text(), observations(report, words)]
    if report.reasons:
        parts += [Text(), *(reason(one, words) for one in report.reasons)]
    if steps := next_steps(report):
        parts += [Text(), Text(f"{words('next.heading')}:", style="bold cyan"), *(Text(f"- {words(step)}") for step in steps)]
    parts += [Text(), *provenance(report.provenance, words)]
    told = (read(report, words), looked(report, words), words.tested(report.model), words("cli.in_short"))
    parts += [Text(), *(Text(line, style="dim") for line in told if line)]
    for part in (Text(), *parts, Text()):
        console.print(part)


def title(report: Report) -> Text:
    """The verdict as a coloured word, and the source's name."""
    return Text.assemble((f" {report.headline} ", STYLES[report.verdict]), "  ", (harmless(report.source.name), "bold"))


def labelled(label: str, text: str, style: str, words: Translator) -> Text:
    """``Note: it is blurred``, the label in ``style``."""
    return Text.assemble((words("cli.labelled", label=label, text=""), style), text)


def probability(report: Report, words: Translator) -> Text:
    """The probability with its interval."""
    assert report.fake_probability is not None
    likelihood = words.likelihood(report.model.calibrated)
    figure = Text(words.percent(report.fake_probability), style=f"bold {TINTS[report.verdict]}")
    interval = f"  ({words('format.interval', span=words.span(report.interval))})" if report.interval else ""
    return labelled(likelihood[:1].upper() + likelihood[1:], "", "", words) + figure + interval


def strength(ratio: Ratio, words: Translator, prior: float | None) -> list[Text]:
    """How strong the evidence is, in words and as a ratio, and what it makes of a probability from before."""
    changed = words.changes(ratio) if prior is None else words.posterior(prior, ratio)
    figure = f"  {words.ratio(ratio.value)}  ({words('strength.span', span=words.ratio_span(ratio))})"
    return [labelled(words("strength.caption"), words.strength(ratio), "bold", words) + figure, Text(f"{words.times(ratio)}. {changed}")]


def kinds(found: Sequence[KindEvidence], words: Translator) -> Table:
    """What was found of each kind of manipulation, and of how many such fakes as much is found."""
    table = plain(words, "kind", "evidence", "power", "alarms")
    for each in found:
        shares = words.share(each.power), words.share(each.alarms)
        table.add_row(words(f"kind.{each.kind}"), f"{words.strength(each.ratio, 'kind')}\n{words.ratio(each.ratio.value)}", *shares)
    return table


def people(report: Report, words: Translator) -> Table:
    """Everyone who was found, with a verdict of their own; in a video also how much, and when most. Two lines each fit 80 columns."""
    still = report.source.kind == "image"
    columns = ("person", "verdict", "evidence") if still else OVER_TIME
    table = plain(words, *columns)
    for one in report.people:
        verdict = Text(words(f"verdict.headline.{one.verdict}"), style=TINTS[one.verdict])
        figures = figure(one, words)
        if still:
            table.add_row(str(one.id), verdict, figures)
            continue
        when = [words.moment(each.time) for each in strongest(one.observations, STRONGEST_PER_PERSON)]
        lines = [", ".join(when[start : start + 2]) for start in range(0, len(when), 2)]
        over_time = verdict + Text(f"\n{bars(one.observations)}", style="none")
        table.add_row(str(one.id), over_time, figures, words.share(one.frame_coverage), "\n".join(lines))
    return table


def figure(one: Person, words: Translator) -> str:
    """A person's ratio, or else their probability and its interval; nothing where neither says anything."""
    if one.ratio is not None:
        return words.ratio(one.ratio.value)
    return "" if one.verdict == "cannot_tell" else f"{words.percent(one.fake_probability)}\n{words.span(one.interval)}"


def observations(report: Report, words: Translator) -> Group:
    """The looks that weighed most, whoever's they are."""
    table = plain(words, "time", "person", "face", "probability")
    owners = {id(each): one for one in report.people for each in one.observations}
    every = [each for one in report.people for each in one.observations]
    for each in strongest(every, MOST_MOMENTS):
        size = f"{each.quality.face_size_px:.0f} px"
        table.add_row(words.moment(each.time), str(owners[id(each)].id), size, words.percent(each.fake_probability))
    left = len(every) - MOST_MOMENTS
    return Group(table, Text(words("cli.more_with_output", n=left), style="dim")) if left > 0 else Group(table)


def strongest(looks: Iterable[FaceObservation], count: int) -> list[FaceObservation]:
    """The ``count`` looks of highest probability, highest first."""
    return sorted(looks, key=lambda one: -one.fake_probability)[:count]


def bars(looks: Sequence[FaceObservation]) -> str:
    """The probability over time in block characters, one for each look, or for the highest of several neighbours."""
    step = -(-len(looks) // MOST_BARS) or 1
    highest = [max(one.fake_probability for one in looks[start : start + step]) for start in range(0, len(looks), step)]
    return "".join(BARS[min(int(value * len(BARS)), len(BARS) - 1)] for value in highest)


def reason(one: Reason, words: Translator) -> Text:
    """Why there is no verdict, or what to bear in mind."""
    abstain = one.severity == "abstain"
    label = words("cli.abstain" if abstain else "cli.note")
    return labelled(label, harmless(one.message), "bold yellow" if abstain else "bold cyan", words)


def provenance(said: Provenance, words: Translator) -> list[Text]:
    """What the file says of itself, and by whom; one line where it says nothing."""
    lines = [labelled(words("cli.provenance"), harmless(said.message), "bold cyan", words)]
    for one in said.claims:
        label = words("page.provenance_signed" if one.basis == "c2pa" else "page.provenance_unsigned")
        lines.append(Text(f"  {words('cli.labelled', label=label, text=harmless(one.message))}"))
    lines += [Text(f"  {harmless(one.message)} [{harmless(one.code)}]") for one in said.problems]
    if said.signer or said.organisation:
        names = ", ".join(f"“{harmless(one)}”" for one in (said.signer, said.organisation) if one)
        trust_list = harmless(said.trust_list) if said.trust_list else words("cli.no_trust_list")
        lines.append(Text(f"  {words('cli.signer', names=names, trust_list=trust_list)}"))
    return [*lines, Text(f"  {words('provenance.unchanged')}")] if said.claims or said.signer or said.problems else lines


def read(report: Report, words: Translator) -> str:
    """What was looked at."""
    what = words.what_was_read(report.source)
    if not report.source.url:
        return words("cli.what_was_read", what=what)
    return words("cli.what_was_read_from", what=what, address=harmless(report.source.url))


def looked(report: Report, words: Translator) -> str:
    """Which model looked, and for how long."""
    model = report.model
    calibration = words("page.calibrated" if model.calibrated else "page.not_calibrated")
    named = {"model": harmless(model.id), "revision": model.revision, "calibration": calibration, "detector": model.detector}
    return words("cli.model", seconds=report.timing.total, **named)


def summary(console: Console, outcomes: Sequence[CheckResult], words: Translator) -> None:
    """One row for each source."""
    table = plain(words, "source", "verdict", "evidence", "people", "length", "read")
    for one in outcomes:
        name = Text(one.name, overflow="fold")
        if one.report is None:
            if one.error:
                name.append(f"\n{harmless(one.error.render(words.language))}", style="bright_black")
            ended = words("cli.not_checked", code=one.error.code) if one.error else ""
            table.add_row(name, Text(ended, style="bright_black"), "", "", "", "")
            continue
        verdict = one.report.verdict
        table.add_row(
            name,
            Text(words(f"verdict.headline.{verdict}"), style=TINTS[verdict]),
            brief(one.report, words),
            str(len(one.report.people)),
            clock(one.report.source.duration),
            words.bytes(one.report.source.bytes_read),
        )
    console.print(table)
    console.print()


def brief(report: Report, words: Translator) -> str:
    """The ratio of a Report, or else its probability; nothing where neither says anything."""
    if report.ratio is not None:
        return words.ratio(report.ratio.value)
    return "" if report.fake_probability is None or report.verdict == "cannot_tell" else words.percent(report.fake_probability)


def clock(seconds: float | None) -> str:
    """A length in whole seconds: ``1:02:04``."""
    if not seconds:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def plain(words: Translator, *columns: str) -> Table:
    """A table without lines but one under its head; ``columns`` are ids below ``cli``."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold", show_edge=False)
    for column in columns:
        table.add_column(words(f"cli.{column}"), justify="right" if column in NUMBERS else "left", no_wrap=column not in WRAPPED)
    return table
