"""Runs one interview again and again, killed at each step in turn, and tells how each went on.

Started by `test_kill` as a process of its own. For every step it makes a child that plays the interview and kills
itself with SIGKILL there, and a second child that finds the same database, takes up what was left and plays on; what
that one found and ended with is printed, a JSON object a line. The children are forked, so that the imports are paid
for once.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event, select

from app.config import Settings
from app.db import schema, tables
from app.db.database import Database
from app.db.engine import make_engine
from app.db.interview_store import SqlInterviewStore
from app.grading.grader import GradeRequest
from app.grading.outcome import Graded, Reading
from app.interviews.models import Command, GradeRecord, Interview, JobRequest, Queue
from app.jobs.durable import DurableJobs
from app.jobs.enqueueing import enqueue
from app.jobs.port import Handler
from app.jobs.preparing import prepare as prepare_jobs
from app.logs import set_up
from tests.interviews.fakes import QuotingReader
from tests.interviews.scripts import STRONG, VAGUE, Talk

DELIVERIES: Sequence[tuple[str, Command | None]] = (
    ("", Command.CONSENT),
    (VAGUE, None),
    (STRONG, None),
    ("Something about keys", None),
    ("", Command.SUBMIT),
)
EVERY_NTH_STATEMENT = 5


class Steps:
    """Counts the steps of a run, writes each down at once, and ends the process at the chosen one."""

    def __init__(self, log: Path, kill_at: int) -> None:
        self._log = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        self._kill_at = kill_at
        self._count = 0

    def reach(self, name: str) -> None:
        self.note(name)
        self._count += 1
        if self._count == self._kill_at:
            os.kill(os.getpid(), signal.SIGKILL)

    def note(self, name: str) -> None:
        os.write(self._log, f"{name}\n".encode())


class KilledStore(SqlInterviewStore):
    """Dies before and after each of its transactions."""

    def __init__(self, database: Database, steps: Steps) -> None:
        def enqueued(connection: Connection, job: JobRequest) -> None:
            steps.reach("before enqueue")
            enqueue(connection, job)
            steps.reach("after enqueue")

        super().__init__(database, enqueue=enqueued)
        self._steps = steps

    async def record_message(self, interview: Interview, *, then: Sequence[JobRequest] = ()) -> Interview:
        delivery = next(entry.message_id for entry in reversed(interview.transcript) if entry.message_id)
        self._steps.reach(f"before record_message {delivery}")
        stored = await super().record_message(interview, then=then)
        self._steps.note(f"committed {delivery}")
        self._steps.reach(f"after record_message {delivery}")
        return stored

    async def record_turn(
        self,
        interview: Interview,
        *,
        grade: GradeRecord | None,
        then: Sequence[JobRequest] = (),
        forget_draft: bool = False,
    ) -> Interview:
        self._steps.reach("before record_turn")
        stored = await super().record_turn(interview, grade=grade, then=then, forget_draft=forget_draft)
        self._steps.reach("after record_turn")
        return stored

    async def record_grade(self, grade: GradeRecord) -> bool:
        self._steps.reach("before record_grade")
        stored = await super().record_grade(grade)
        self._steps.reach("after record_grade")
        return stored


class KilledReader(QuotingReader):
    """Dies before and after each reading and each critique."""

    def __init__(self, steps: Steps) -> None:
        super().__init__(critiques=True)
        self._steps = steps

    async def read(self, request: GradeRequest) -> Reading:
        self._steps.reach("before read")
        reading = await super().read(request)
        self._steps.reach("after read")
        return reading

    async def complete(self, request: GradeRequest, reading: Reading) -> Graded:
        self._steps.reach("before complete")
        self._steps.note(f"critique asked for {request.question_id}")
        graded = await super().complete(request, reading)
        self._steps.reach("after complete")
        return graded


class KilledJobs(DurableJobs):
    """Dies before a job and after it is closed; in between die the others."""

    def __init__(self, database: Database, steps: Steps) -> None:
        super().__init__(database, version="1", concurrency=1, look_every_s=0.02)
        self._steps = steps
        self.has_done = False

    async def _handle(self, key: str, queue: Queue, handler: Handler, ids: tuple[str, ...]) -> str | None:
        if queue is Queue.WORK:
            return await super()._handle(key, queue, handler, ids)
        self._steps.reach("before job")
        trouble = await super()._handle(key, queue, handler, ids)
        self.has_done = True
        self._steps.reach("after job, not closed")
        return trouble


def watch_statements(database: Database, steps: Steps) -> None:
    """Every few writes of a transaction, and each commit, are steps too."""
    count = 0

    def written(_c: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        nonlocal count
        if statement.startswith(("INSERT", "UPDATE", "DELETE")):
            count += 1
            if count % EVERY_NTH_STATEMENT == 0:
                steps.reach(f"after {' '.join(statement.split()[:3])}")

    event.listen(database.engine, "after_cursor_execute", written)


async def play(folder: Path, interview_id: str, *, kill_at: int, restarted: bool) -> None:
    """The interview from wherever it stands; ends with a report in the folder."""
    database = Database(make_engine(Settings(data_dir=folder, database_url=None)))
    steps = Steps(folder / "steps.log", kill_at)
    watch_statements(database, steps)
    jobs = KilledJobs(database, steps)
    talk = Talk(store=KilledStore(database, steps), reader=KilledReader(steps))
    talk.id = interview_id
    found = (await talk.store.load(interview_id)) if restarted else None
    await talk.service.recover()
    resumed = await talk.store.load(interview_id)
    await jobs.start({"grade": lambda ids: talk.service.complete_grade(ids[0])})
    for number, (text, command) in enumerate(DELIVERIES):
        # After a restart everything is sent again, as a client does that saw no reply to it.
        step = await talk.service.submit(talk.message(text, command, delivery=f"m{number}"))
        if step.waiting:
            raise RuntimeError("the reading was not waited for")
        steps.note(f"answered m{number}")
        # What the turn left to do later is let come to its end, so that every run has the same steps.
        async with asyncio.timeout(30):
            while await jobs.open_count():
                await asyncio.sleep(0.002)
        if jobs.has_done:
            jobs.has_done = False
            steps.reach("after job")
    await jobs.stop()
    report = {
        "found": _heard(found) if found else None,
        "pending": found.pending if found else None,
        "resumed": _said(resumed),
        "said": _said(await talk.store.load(interview_id)),
        "grades": await _grades(database),
        "incomplete": len(await talk.store.incomplete()),
    }
    (folder / "report.json").write_text(json.dumps(report))
    await database.aclose()


def _heard(interview: Interview) -> list[str]:
    return [entry.message_id for entry in interview.transcript if entry.by_candidate]


def _said(interview: Interview) -> list[str]:
    return [f"{entry.seq} {entry.kind} {entry.message_id} {entry.text}" for entry in interview.transcript]


async def _grades(database: Database) -> list[list[Any]]:
    grade = tables.grades
    query = select(grade.c.answer_id, grade.c.serial, grade.c.critique).order_by(grade.c.answer_id, grade.c.serial)
    return [list(row) for row in await database.rows(query)]


async def prepare(folder: Path) -> str:
    """A database with one interview opened; gives its id."""
    database = Database(make_engine(Settings(data_dir=folder, database_url=None)))
    schema.upgrade(database.engine)
    prepare_jobs(database.engine)
    talk = Talk(store=SqlInterviewStore(database, enqueue=enqueue))
    await talk.open()
    await database.aclose()
    return talk.id


def in_child(work: Callable[[], None]) -> int:
    """Its exit status: 0, or minus the signal that ended it."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            work()
            status = 0
        finally:
            sys.stderr.flush()
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main(root: Path) -> None:
    """Every step once; step 0 is the run that is not killed."""
    # What is logged goes to standard error; standard output is the results' alone.
    set_up("warning")
    template = root / "template"
    template.mkdir()
    interview_id = asyncio.run(prepare(template))
    step = 0
    while True:
        folder = root / f"step-{step}"
        shutil.copytree(template, folder)

        def first(folder: Path = folder, kill_at: int = step) -> None:
            asyncio.run(play(folder, interview_id, kill_at=kill_at, restarted=False))

        def second(folder: Path = folder) -> None:
            asyncio.run(play(folder, interview_id, kill_at=0, restarted=True))

        status = in_child(first)
        before = (folder / "steps.log").read_text().splitlines()
        again = in_child(second) if status == -signal.SIGKILL else None
        log = (folder / "steps.log").read_text().splitlines()
        report = folder / "report.json"
        result = {
            "step": step,
            "status": status,
            "again": again,
            "before": before,
            "after": log[len(before) :],
            "report": json.loads(report.read_text()) if report.exists() else None,
        }
        sys.stdout.write(json.dumps(result) + "\n")
        sys.stdout.flush()
        if step > 0 and status != -signal.SIGKILL:
            return
        step += 1


if __name__ == "__main__":
    main(Path(sys.argv[1]))
