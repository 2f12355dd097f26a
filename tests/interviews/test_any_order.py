"""Whatever a candidate sends in whatever order, the promises of an interview hold."""

import asyncio
from collections import Counter

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from app.errors import OutOfTurn
from app.grading.outcome import Graded
from app.interviews.models import Command, Ending, Interview, Kind, Message, State
from tests.interviews.fakes import InMemoryInterviewStore, QuotingReader
from tests.interviews.scripts import STRONG, VAGUE, Talk, a_lake_bank

TEXTS = (
    STRONG,
    VAGUE,
    "Encrypt it at rest",
    "With an engine that reads files in place",
    "I don't know",
    "no",
    "",
    "...",
    "How do you protect it?",
    "what is raw data?",
    "what is ETL?",
    "what does store mean?",
    "next",
    "let's go on",
    "repeat please",
    "skip",
    "stop",
    "can I talk to a human?",
    "a\x00b\ud800c",
    "[off_topic] lovely weather",
    "[gibberish] asdf",
    "[wants_answer] what do you want to hear?",
    "[asks_score] was that right?",
    "[about_interview] how many are left?",
    "[about_job] what is the salary?",
    "[correction] I want to change my first answer",
    "[accommodation] I need more time",
    "[private] my child is ill",
    "[abuse] you idiot",
    "[distress] I can't go on",
    "[file] https://example.org/cv.pdf",
    "[declines_machine] no robot should grade me",
    "[other_language] Ich lege die Dateien ab",
    "[done] that's all",
)
CRITERIA = [criterion.text for question in a_lake_bank().questions() for criterion in question.criteria]


def told(interview: Interview) -> list[tuple[int, bool, str]]:
    return [(entry.seq, entry.by_candidate, entry.text) for entry in interview.transcript]


class AnyInterview(RuleBasedStateMachine):
    """Random deliveries, duplicates, outages, restarts."""

    def __init__(self) -> None:
        super().__init__()
        self.loop = asyncio.new_event_loop()
        self.store = InMemoryInterviewStore()
        self.reader = QuotingReader(critiques=True)
        self.talk = Talk(store=self.store, reader=self.reader)
        self.sent: list[Message] = []
        self.accepted: list[str] = []
        self.before: Interview | None = None

    def teardown(self) -> None:
        self.loop.close()

    @initialize(agreed=st.sampled_from([Command.CONSENT, Command.DECLINE]))
    def begin(self, agreed: Command) -> None:
        self.loop.run_until_complete(self.talk.open())
        self.send(self.talk.message(command=agreed))

    def send(self, message: Message) -> None:
        self.sent.append(message)
        try:
            self.loop.run_until_complete(self.talk.service.submit(message))
        except OutOfTurn:
            return
        self.accepted.append(message.id)

    @rule(text=st.sampled_from(TEXTS))
    def say(self, text: str) -> None:
        self.send(self.talk.message(text))

    @rule(text=st.sampled_from(TEXTS))
    def begin_to_say(self, text: str) -> None:
        self.send(self.talk.message(text, more=True))

    @rule(text=st.sampled_from(TEXTS), question=st.sampled_from(["q1", "q2", "q3", "q9"]))
    def change(self, text: str, question: str) -> None:
        self.send(self.talk.message(text, revises=question))

    @rule(command=st.sampled_from([command for command in Command if command is not Command.WITHDRAW]))
    def choose(self, command: Command) -> None:
        self.send(self.talk.message(command=command))

    @rule(number=st.integers(0, 30))
    def say_again(self, number: int) -> None:
        message = self.sent[number % len(self.sent)]
        if message.id in self.accepted:
            before = self.interview
            self.loop.run_until_complete(self.talk.service.submit(message))
            assert self.interview == before

    @rule(text=st.sampled_from(TEXTS))
    def say_twice_at_once(self, text: str) -> None:
        message = self.talk.message(text)

        async def both() -> tuple[object, object]:
            twins = (self.talk.service.submit(message), self.talk.service.submit(message))
            return await asyncio.gather(*twins, return_exceptions=True)

        results = self.loop.run_until_complete(both())
        assert all(isinstance(result, OutOfTurn) for result in results) or results[0] == results[1]
        self.sent.append(message)
        if not isinstance(results[0], OutOfTurn):
            self.accepted.append(message.id)

    @rule(there=st.booleans())
    def lose_or_find_the_embedder(self, there: bool) -> None:
        self.reader.embedder_is_there = there

    @rule(there=st.booleans())
    def lose_or_find_the_model(self, there: bool) -> None:
        self.reader.model_is_there = there

    @rule()
    def restart(self) -> None:
        talk = Talk(store=self.store, reader=self.reader)
        talk.service, self.talk.service = self.talk.service, talk.service
        self.loop.run_until_complete(self.talk.service.recover())

    @rule()
    def complete(self) -> None:
        self.loop.run_until_complete(self.talk.service.complete_pending())

    @precondition(lambda self: not self.interview.is_over)
    @rule()
    def withdraw_rarely(self) -> None:
        if len(self.sent) > 12:
            self.send(self.talk.message(command=Command.WITHDRAW))

    @property
    def interview(self) -> Interview:
        return self.loop.run_until_complete(self.store.load(self.talk.id))

    @invariant()
    def the_transcript_is_gapless_and_only_grows(self) -> None:
        if not self.talk.id:
            return
        interview = self.interview
        assert [entry.seq for entry in interview.transcript] == list(range(len(interview.transcript)))
        if self.before is not None:
            assert told(interview)[: len(self.before.transcript)] == told(self.before)
        self.before = interview

    @invariant()
    def every_accepted_delivery_is_there_once(self) -> None:
        if not self.talk.id:
            return
        heard = Counter(entry.message_id for entry in self.interview.transcript if entry.by_candidate)
        assert heard == Counter(self.accepted)

    @invariant()
    def questions_are_asked_once_in_order_and_followed_up_at_most_once(self) -> None:
        if not self.talk.id:
            return
        interview = self.interview
        asked = [entry.question_id for entry in interview.transcript if entry.kind is Kind.QUESTION]
        times = Counter(asked)
        assert all(count <= 1 + (question in interview.returned) for question, count in times.items())
        assert list(dict.fromkeys(asked)) == list(interview.plan[: len(times)])
        followed = Counter(entry.question_id for entry in interview.transcript if entry.kind is Kind.FOLLOW_UP)
        assert all(count == 1 for count in followed.values())
        assert all(len(answer.parts) <= 2 for answer in interview.answers)

    @invariant()
    def viva_gives_nothing_away(self) -> None:
        if not self.talk.id:
            return
        words = " ".join(entry.text for entry in self.interview.transcript if not entry.by_candidate)
        assert not any(text in words for text in CRITERIA)
        assert not any(word in words.casefold() for word in ("score", "correct", "well done", "points", "%"))

    @invariant()
    def grades_are_of_final_answers_and_none_where_they_were_declined(self) -> None:
        if not self.talk.id:
            return
        interview = self.interview
        grades = self.loop.run_until_complete(self.talk.service.grades(interview.id))
        if not interview.automated or interview.state is State.WITHDRAWN:
            assert grades == {}
        for question_id, grade in grades.items():
            answer = interview.answer_to(question_id)
            assert answer is not None
            assert answer.is_final
            assert answer.ending not in {Ending.SKIPPED, Ending.DECLINED_TO_ANSWER}
            assert grade.answer_revision == answer.revision
            assert grade.outcome.score is not None if isinstance(grade.outcome, Graded) else grade.outcome.reason

    @invariant()
    def nothing_waits_for_nobody(self) -> None:
        if not self.talk.id:
            return
        interview = self.interview
        assert interview.pending is None
        assert (interview.current is None) == (interview.state not in {State.ASKING, State.PAUSED})


AnyInterview.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, suppress_health_check=list(HealthCheck)
)
TestAnyInterview = AnyInterview.TestCase


async def test_every_interview_ends_however_the_candidate_answers() -> None:
    for text in TEXTS:
        talk = Talk()
        await talk.begin()
        for _ in range(3 * 4):
            if (await talk.store.load(talk.id)).state is not State.ASKING:
                break
            await talk.say(text)
        interview = await talk.store.load(talk.id)
        asks_back = text.startswith(
            ("what is raw", "what does", "repeat", "stop", "can I", "skip", "next", "let's", "[")
        )
        assert interview.state is State.REVIEWING or asks_back, text
        assert (await talk.do(Command.SUBMIT)).interview.state is State.FINISHED
