"""What an interview's value says of itself to its candidate and to the operator."""

from app.api.schemas import InterviewSchema, StepSchema
from app.interviews.models import Command
from app.interviews.wishes import Wishes
from tests.interviews.scripts import STRONG, Talk


async def plainly() -> Talk:
    """An interview whose candidate reads each question in plainer words, too."""
    talk = Talk()
    await talk.open()
    await Wishes(talk.store, talk.service, clock=talk.clock).accommodate(talk.id, 100, plain_wording=True)
    await talk.do(Command.CONSENT)
    return talk


async def test_the_operator_reads_of_a_step_what_the_candidate_does_but_for_what_is_withheld() -> None:
    talk = await plainly()
    step = await talk.say(STRONG)
    mine, theirs = (StepSchema.of(step, to_candidate=own) for own in (True, False))
    assert mine.said
    assert [entry.text for entry in theirs.said] == [entry.text for entry in mine.said]


async def test_no_gap_in_the_numbers_tells_the_operator_that_something_is_left_out() -> None:
    talk = await plainly()
    await talk.say(STRONG)
    step = await talk.service.step(talk.id)
    shown = InterviewSchema.of(step, to_candidate=False).transcript
    assert len(shown) < len(step.interview.transcript)
    assert [entry.seq for entry in shown] == list(range(len(shown)))
    newest = StepSchema.of(step.since_last_delivery(), to_candidate=False).said[-1]
    assert newest == shown[-1]
    own = InterviewSchema.of(step, to_candidate=True).transcript
    assert [entry.seq for entry in own] == [entry.seq for entry in step.interview.transcript]
