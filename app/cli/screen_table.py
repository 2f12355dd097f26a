"""The ranking of a screening in a terminal."""

from collections.abc import Sequence

from app.cli.terminal import safe
from app.screening.ranking import Proposal, Standing
from app.screening.results import percent
from app.screening.service import Results

_NAME_CHARS = 24
RULE = (
    "Candidates of one group are too close to call: the scores differ by less than the uncertainty of that difference. "
    "A proposal decides nothing; a person does."
)


def ranked_table(results: Results, *, limit: int) -> str:
    """The first lines of the ranking, with a note on what groups and proposals are."""
    shown = results.standings[:limit]
    lines = [
        f"{'place':>5}  {'group':>5}  {'candidate':<{_NAME_CHARS}}  {'score':>6}  {'interval':>15}  {'ranks':>9}  answered  proposal"
    ]
    lines += [_line(place, one) for place, one in enumerate(shown, start=1)]
    if len(results.standings) > limit:
        lines.append(f"… and {len(results.standings) - limit:,} more.")
    return "\n".join([*lines, "", counts(results.standings), RULE])


def counts(standings: Sequence[Standing]) -> str:
    """How many stand where, in a sentence."""
    proposals = [one.proposal for one in standings]
    groups = {one.group for one in standings} - {None}
    unranked = sum(one.group is None for one in standings)
    told = (
        f"{len(standings):,} candidates in {len(groups):,} groups: {proposals.count(Proposal.ADVANCE):,} proposed to advance, "
        f"{proposals.count(Proposal.DECLINE):,} to decline, {proposals.count(Proposal.LOOK):,} to look at."
    )
    return f"{told} {unranked:,} not ranked." if unranked else told


def _line(place: int, one: Standing) -> str:
    name = safe(one.candidate.name)
    name = name if len(name) <= _NAME_CHARS else f"{name[: _NAME_CHARS - 1]}…"
    score = one.score
    value = f"{percent(score.value):.1f} %" if score else "–"
    interval = f"{percent(score.low):.1f}–{percent(score.high):.1f} %" if score else "–"
    ranks = f"{one.best_rank}–{one.worst_rank}" if one.best_rank is not None else "–"
    number, group = (str(place), str(one.group)) if one.group is not None else ("–", "–")
    return (
        f"{number:>5}  {group:>5}  {name:<{_NAME_CHARS}}  {value:>6}  {interval:>15}  {ranks:>9}  "
        f"{one.answered:>3} of {one.total:<2} {one.proposal.value:<8} {' '.join(one.reasons)}"
    ).rstrip()
