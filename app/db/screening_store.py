"""Screenings in SQL. Each method is one transaction; files are taken some candidates at a time."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, delete, exists, func, insert, or_, select, update

from app.access.tokens import link_digest, new_link
from app.db import tables
from app.db.candidate_decisions import add_decisions, decisions_about, newest_decisions
from app.db.database import Database
from app.db.interview_store import IDS_AT_A_TIME, Enqueue, batched, load_interview
from app.db.rows import answer_row, entry_row, interview_row, part_row
from app.db.screening_completion import is_completed, tell_completed, untold
from app.db.screening_rows import answer_state, screening_row, screening_value
from app.errors import Conflict, NotFound
from app.interviews.models import Answer, Interview, State, grade_wanted
from app.screening.candidates import FileCandidate, Taken, interview_id, new_interview, with_answers
from app.screening.decisions import CandidateDecision
from app.screening.marks import AnswerState, CandidateState
from app.screening.policy_file import policy_json
from app.screening.screening import Progress, Screening, ScreeningState
from rubric.bank import Bank

_ROWS_AT_A_TIME = 500
_REASONS_READ = 1000
"""Failed grades whose reasons are counted."""


@dataclass(frozen=True, slots=True)
class _Known:
    """An interview that is there already."""

    takes_answers: bool
    texts: Mapping[str, str]


class SqlScreeningStore:
    """`ScreeningStore` on SQLite or PostgreSQL.

    Args:
        database: Its tables are up to date.
        enqueue: Writes a job inside the given connection's transaction.
    """

    def __init__(self, database: Database, *, enqueue: Enqueue) -> None:
        self._database = database
        self._enqueue = enqueue

    async def create(self, screening: Screening) -> None:
        def create(connection: Connection) -> None:
            connection.execute(insert(tables.screenings).values(screening_row(screening)))
            connection.execute(insert(tables.screening_versions).values(_version_row(screening, screening.created_at)))

        await self._database.write(create)

    async def load(self, screening_id: str) -> Screening:
        return await self._database.read(lambda connection: load_screening(connection, screening_id))

    async def open_of_name(self, name: str) -> Screening | None:
        row = tables.screenings
        query = _screenings().where(row.c.name == name, row.c.state != ScreeningState.CLOSED.value)
        found = await self._database.rows(query.order_by(row.c.created_at.desc(), row.c.id).limit(1))
        return screening_value(found[0]) if found else None

    async def list(self) -> Sequence[Screening]:
        query = _screenings().order_by(tables.screenings.c.created_at.desc(), tables.screenings.c.id)
        return [screening_value(row) for row in await self._database.rows(query)]

    async def of_interview(self, interview_id: str) -> str | None:
        row = tables.candidates
        found = await self._database.row(select(row.c.screening_id).where(row.c.interview_id == interview_id))
        return None if found is None else str(found.screening_id)

    async def interviews(self) -> frozenset[str]:
        found = await self._database.rows(select(tables.candidates.c.interview_id))
        return frozenset(row.interview_id for row in found)

    async def revise(self, screening: Screening, at: datetime) -> None:
        def revise(connection: Connection) -> None:
            stored = load_screening(connection, screening.id, for_update=True)
            if stored.state is ScreeningState.CLOSED:
                raise Conflict(f"The screening {screening.id} is closed; its rules stay as they are.")
            follows = stored.version + (stored.state is not ScreeningState.DRAFT)
            if screening.version != follows:
                raise Conflict(f"The screening {screening.id} was changed meanwhile; look at the change again.")
            held = tables.screening_versions
            mine = and_(held.c.screening_id == screening.id, held.c.version == screening.version)
            connection.execute(delete(held).where(mine))
            connection.execute(insert(held).values(_version_row(screening, at)))
            row = tables.screenings
            connection.execute(update(row).where(row.c.id == screening.id).values(version=screening.version))

        await self._database.write(revise)

    async def move(self, screening_id: str, state: ScreeningState, at: datetime) -> Screening:
        def move(connection: Connection) -> Screening:
            stored = load_screening(connection, screening_id, for_update=True)
            if stored.state is state:
                return stored
            if stored.state is ScreeningState.CLOSED:
                raise Conflict(f"The screening {screening_id} is closed; begin another one.")
            times = {"activated_at": stored.activated_at or at} if state is ScreeningState.ACTIVE else {"closed_at": at}
            row = tables.screenings
            connection.execute(update(row).where(row.c.id == screening_id).values(state=state.value, **times))
            if state is ScreeningState.CLOSED:
                _close_links(connection, screening_id, at)
            return load_screening(connection, screening_id)

        return await self._database.write(move)

    async def take(self, screening: Screening, bank: Bank, candidates: Sequence[FileCandidate], at: datetime) -> Taken:
        def take(connection: Connection) -> Taken:
            stored = load_screening(connection, screening.id, for_update=True)
            if stored.state is ScreeningState.CLOSED:
                raise Conflict(f"The screening {screening.id} is closed and takes no more answers.")
            ids = {interview_id(screening.id, candidate.key): candidate for candidate in candidates}
            known = _known(connection, ids)
            gone = erased(connection, ids)
            number = last_number(connection, screening.id)
            taken, writing = Taken(candidates=len(candidates)), _Writing(connection, screening.id, self._enqueue)
            for id_, candidate in ids.items():
                there = known.get(id_)
                if id_ in gone:
                    taken += Taken(erased=1)
                    continue
                if there is None:
                    number += 1
                    whole, fresh = with_answers(new_interview(screening, candidate, at), bank, candidate.answers, at)
                    writing.add(whole, fresh, number, candidate.key)
                    taken += Taken(new=len(fresh))
                    continue
                if not there.takes_answers:
                    taken += Taken(closed=1)
                    continue
                if all(there.texts.get(answer.question_id) == answer.text for answer in candidate.answers):
                    taken += Taken(same=len(candidate.answers))
                    continue
                before = load_interview(connection, id_)
                whole, fresh = with_answers(before, bank, candidate.answers, at)
                writing.change(before, whole, fresh)
                changed = sum(answer.revision > 0 for answer in fresh)
                same = len(candidate.answers) - len(fresh)
                taken += Taken(new=len(fresh) - changed, changed=changed, same=same)
            writing.finish()
            return taken

        return await self._database.write(take)

    async def texts(self, screening_id: str) -> Mapping[str, Mapping[str, str]]:
        row, answer, part = tables.candidates, tables.answers, tables.parts
        query = (
            select(row.c.key, answer.c.question_id, part.c.text)
            .join(answer, answer.c.interview_id == row.c.interview_id)
            .join(part, part.c.answer_id == answer.c.id)
            .where(row.c.screening_id == screening_id)
            .order_by(part.c.revision)
        )

        def texts(connection: Connection) -> Mapping[str, Mapping[str, str]]:
            found: dict[str, dict[str, str]] = {}
            for given in _streamed(connection, query):
                found.setdefault(given.key, {})[given.question_id] = given.text
            return found

        return await self._database.read(texts)

    async def candidates(self, screening_id: str) -> Sequence[CandidateState]:
        return await self._database.read(lambda connection: _candidates(connection, screening_id))

    async def decide(self, screening_id: str, decisions: Sequence[CandidateDecision]) -> int:
        def decide(connection: Connection) -> int:
            # Held so that two people who decide at once are taken one after the other.
            load_screening(connection, screening_id, for_update=True)
            return add_decisions(connection, screening_id, decisions)

        return await self._database.write(decide)

    async def decisions(self, screening_id: str) -> Mapping[str, CandidateDecision]:
        return await self._database.read(lambda connection: newest_decisions(connection, screening_id))

    async def decisions_about(self, interview_id: str) -> Sequence[CandidateDecision]:
        return await self._database.read(lambda connection: decisions_about(connection, interview_id))

    async def progress(self, screening_id: str) -> Progress:
        return await self._database.read(lambda connection: _progress(connection, screening_id))

    async def spending(
        self, screening_id: str, add: Callable[[dict[str, Any]], None], *, since: datetime | None
    ) -> datetime | None:
        grade, candidate = tables.grades, tables.candidates
        query = (
            select(grade.c.created_at, grade.c.outcome)
            .join(tables.answers, tables.answers.c.id == grade.c.answer_id)
            .join(candidate, candidate.c.interview_id == tables.answers.c.interview_id)
            .where(candidate.c.screening_id == screening_id, grade.c.critique.in_(("done", "failed", "void")))
        )
        if since is not None:
            query = query.where(grade.c.created_at > since)

        def spending(connection: Connection) -> datetime | None:
            newest = since
            for row in _streamed(connection, query):
                add(json.loads(row.outcome)["provenance"].get("measured", {}))
                newest = row.created_at if newest is None else max(newest, row.created_at)
            return newest

        return await self._database.read(spending)

    async def tell_completed(self, at: datetime) -> Sequence[str]:
        def done(connection: Connection) -> Sequence[str]:
            return [id_ for id_ in untold(connection) if is_completed(connection, id_, at)]

        def tell(connection: Connection, screening_id: str) -> bool:
            return tell_completed(connection, screening_id, at, self._enqueue)

        found = await self._database.read(done)
        return [id_ for id_ in found if await self._database.write(partial(tell, screening_id=id_))]

    async def overdue(self, at: datetime) -> Sequence[str]:
        row = tables.screenings
        some = exists().where(tables.candidates.c.screening_id == row.c.id)
        query = _screenings().where(row.c.retention_days.is_not(None), some)
        found = [screening_value(one) for one in await self._database.rows(query)]
        return [screening.id for screening in found if screening.is_overdue(at)]

    async def forget(self, screening_id: str, *, reason: str, at: datetime) -> int:
        return await self._database.write(lambda connection: _forget(connection, screening_id, reason, at))

    async def delete(self, screening_id: str, *, reason: str, at: datetime) -> int:
        def remove(connection: Connection) -> int:
            gone = _forget(connection, screening_id, reason, at)
            connection.execute(delete(tables.screenings).where(tables.screenings.c.id == screening_id))
            return gone

        return await self._database.write(remove)


class _Writing:
    """New and changed answers of a transaction, gathered so that each table is written once."""

    def __init__(self, connection: Connection, screening_id: str, enqueue: Enqueue) -> None:
        self._connection = connection
        self._screening_id = screening_id
        self._enqueue = enqueue
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._answers: list[Answer] = []

    def add(self, interview: Interview, answers: Sequence[Answer], number: int, key: str) -> None:
        """A new candidate. Nobody holds a link to the interview: it was never opened to one."""
        closed = {"link_sha256": link_digest(new_link()), "link_revoked_at": interview.created_at}
        self._put("interviews", {**interview_row(interview), "id": interview.id, **closed})
        own = {"interview_id": interview.id, "screening_id": self._screening_id, "number": number, "key": key}
        self._put("candidates", own)
        self._talk(interview, 0)
        for answer in answers:
            self._put("answers", answer_row(interview.id, answer))
            self._part(answer)

    def change(self, before: Interview, after: Interview, answers: Sequence[Answer]) -> None:
        """More or other answers of a candidate who is there already."""
        row, given = tables.interviews, tables.answers
        values = {**interview_row(after), "version": after.version + 1}
        changed = self._connection.execute(
            update(row).where(row.c.id == after.id, row.c.version == before.version).values(values)
        )
        if changed.rowcount != 1:
            raise Conflict(
                f"The interview {after.id} was changed meanwhile; nothing of this part was stored, try again."
            )
        self._talk(after, len(before.transcript))
        for answer in answers:
            if before.answer_to(answer.question_id) is None:
                self._put("answers", answer_row(after.id, answer))
            else:
                values = answer_row(after.id, answer)
                self._connection.execute(update(given).where(given.c.id == answer.id).values(values))
            self._part(answer)

    def finish(self) -> None:
        """Write what was gathered, and the jobs that grade it."""
        for name in ("interviews", "candidates", "entries", "answers", "parts"):
            if rows := self._rows.get(name):
                self._connection.execute(insert(tables.metadata.tables[name]), rows)
        for answer in self._answers:
            self._enqueue(self._connection, grade_wanted(answer, screening_id=self._screening_id))

    def _talk(self, interview: Interview, start: int) -> None:
        for entry in interview.transcript[start:]:
            self._put("entries", entry_row(interview.id, entry))

    def _part(self, answer: Answer) -> None:
        for part in answer.parts:
            self._put("parts", part_row(answer.id, part))
        self._answers.append(answer)

    def _put(self, table: str, row: dict[str, Any]) -> None:
        self._rows.setdefault(table, []).append(row)


def _screenings() -> Select[Any]:
    row, held = tables.screenings, tables.screening_versions
    return select(row, held.c.bank_name, held.c.bank_version, held.c.bank_sha256, held.c.policy).join(
        held, and_(held.c.screening_id == row.c.id, held.c.version == row.c.version)
    )


def load_screening(connection: Connection, screening_id: str, *, for_update: bool = False) -> Screening:
    """The screening in its newest version; raises NotFound."""
    query = _screenings().where(tables.screenings.c.id == screening_id)
    found = connection.execute(query.with_for_update(of=tables.screenings) if for_update else query).one_or_none()
    if found is None:
        raise NotFound(f"There is no screening {screening_id}; viva screen list shows those there are.")
    return screening_value(found)


def _close_links(connection: Connection, screening_id: str, at: datetime) -> None:
    """Let the links of those who have not begun open nothing; who has begun may come to an end."""
    row, invitation, interview = tables.candidates, tables.invitations, tables.interviews
    invited = select(invitation.c.interview_id).join(row, row.c.interview_id == invitation.c.interview_id)
    waiting = and_(
        interview.c.id.in_(invited.where(row.c.screening_id == screening_id)),
        interview.c.state == State.CONSENT.value,
        interview.c.link_revoked_at.is_(None),
    )
    connection.execute(update(interview).where(waiting).values(link_revoked_at=at))


def _forget(connection: Connection, screening_id: str, reason: str, at: datetime) -> int:
    load_screening(connection, screening_id, for_update=True)
    row, interview = tables.candidates, tables.interviews
    query = select(row.c.interview_id).where(row.c.screening_id == screening_id)
    ids = connection.execute(query).scalars().all()
    for some in batched(ids, IDS_AT_A_TIME):
        connection.execute(delete(interview).where(interview.c.id.in_(some)))
        buried = [{"interview_id": id_, "deleted_at": at, "reason": reason} for id_ in some]
        connection.execute(insert(tables.tombstones), buried)
    return len(ids)


def _version_row(screening: Screening, at: datetime) -> dict[str, Any]:
    return {
        "screening_id": screening.id,
        "version": screening.version,
        "bank_name": screening.bank.name,
        "bank_version": screening.bank.version,
        "bank_sha256": screening.bank.sha256,
        "policy": policy_json(screening.policy),
        "created_at": at,
    }


def _known(connection: Connection, ids: Collection[str]) -> Mapping[str, _Known]:
    """The interviews of these ids that are there, with the newest texts of their answers."""
    interview, answer, part = tables.interviews, tables.answers, tables.parts
    known: dict[str, _Known] = {}
    texts: dict[str, dict[str, str]] = {}
    for some in batched(ids, IDS_AT_A_TIME):
        is_invited = exists().where(tables.invitations.c.interview_id == interview.c.id).label("is_invited")
        query = select(interview.c.id, interview.c.state, interview.c.automated, is_invited)
        for row in connection.execute(query.where(interview.c.id.in_(some))):
            # What somebody said in an interview is not replaced by what a file says they did.
            takes = row.state == State.FINISHED.value and row.automated and not row.is_invited
            known[row.id] = _Known(takes, texts.setdefault(row.id, {}))
        given = select(answer.c.interview_id, answer.c.question_id, part.c.text).join(part)
        for row in connection.execute(given.where(answer.c.interview_id.in_(some)).order_by(part.c.revision)):
            texts[row.interview_id][row.question_id] = row.text
    return known


def erased(connection: Connection, ids: Collection[str]) -> frozenset[str]:
    """Those of the ids whose interviews were deleted: nobody comes back by a file being taken again."""
    row = tables.tombstones
    found: set[str] = set()
    for some in batched(ids, IDS_AT_A_TIME):
        found.update(connection.execute(select(row.c.interview_id).where(row.c.interview_id.in_(some))).scalars())
    return frozenset(found)


def last_number(connection: Connection, screening_id: str) -> int:
    """The number of the candidate who came last; 0 where nobody has."""
    row = tables.candidates
    query = select(func.coalesce(func.max(row.c.number), 0)).where(row.c.screening_id == screening_id)
    return int(connection.execute(query).scalar_one())


def _is_newest() -> ColumnElement[bool]:
    """Joins an answer to the newest grade of its present revision."""
    answer, grade, newer = tables.answers, tables.grades, tables.grades.alias()
    later = exists().where(newer.c.answer_id == grade.c.answer_id, newer.c.serial > grade.c.serial)
    return and_(grade.c.answer_id == answer.c.id, grade.c.answer_revision == answer.c.revision, ~later)


def _is_decided() -> ColumnElement[bool]:
    return exists().where(tables.review_decisions.c.new_grade_id == tables.grades.c.id)


def _candidates(connection: Connection, screening_id: str) -> Sequence[CandidateState]:
    row, interview, answer, grade, part = (
        tables.candidates,
        tables.interviews,
        tables.answers,
        tables.grades,
        tables.parts,
    )
    mine = row.c.screening_id == screening_id
    given = (
        select(
            answer.c.interview_id,
            answer.c.question_id,
            answer.c.ending,
            exists().where(part.c.answer_id == answer.c.id, part.c.text != "").label("has_text"),
            grade.c.status,
            grade.c.outcome,
            grade.c.needs_review,
            grade.c.critique,
            _is_decided().label("is_decided"),
        )
        .join(row, row.c.interview_id == answer.c.interview_id)
        .outerjoin(grade, _is_newest())
        .where(mine)
    )
    answers: dict[str, list[AnswerState]] = {}
    for found in _streamed(connection, given):
        answers.setdefault(found.interview_id, []).append(answer_state(found))
    people = (
        select(row, interview.c.label, interview.c.state, interview.c.automated)
        .join(interview, interview.c.id == row.c.interview_id)
        .where(mine)
        .order_by(row.c.number)
    )
    return [
        CandidateState(
            number=person.number,
            key=person.key,
            name=person.label,
            interview_id=person.interview_id,
            state=State(person.state),
            automated=person.automated,
            answers=tuple(answers.get(person.interview_id, ())),
        )
        for person in connection.execute(people)
    ]


def _progress(connection: Connection, screening_id: str) -> Progress:
    row, interview, answer, grade = tables.candidates, tables.interviews, tables.answers, tables.grades
    mine = row.c.screening_id == screening_id
    gradable = and_(
        mine,
        answer.c.ending.is_not(None),
        interview.c.automated,
        interview.c.state != State.WITHDRAWN.value,
        exists().where(tables.parts.c.answer_id == answer.c.id),
    )
    waits = and_(grade.c.needs_review, ~_is_decided())
    counted = (
        select(grade.c.status, grade.c.critique, waits.label("waits"), func.count().label("times"))
        .select_from(answer)
        .join(row, row.c.interview_id == answer.c.interview_id)
        .join(interview, interview.c.id == answer.c.interview_id)
        .outerjoin(grade, _is_newest())
        .where(gradable)
        .group_by(grade.c.status, grade.c.critique, waits)
    )
    counts = Counter[str]()
    for found in connection.execute(counted):
        counts["answers"] += found.times
        if found.status == "graded":
            settled = found.critique not in {"pending", "failed"}
            counts["graded" if settled else "failed" if found.critique == "failed" else "pending"] += found.times
            counts["waiting"] += found.times if found.waits else 0
        else:
            counts["unread"] += found.times if found.status == "ungraded" else 0
    failed = (
        select(grade.c.status, grade.c.outcome)
        .select_from(grade)
        .join(answer, _is_newest())
        .join(row, row.c.interview_id == answer.c.interview_id)
        .where(mine, or_(grade.c.critique == "failed", grade.c.status == "ungraded"))
        .limit(_REASONS_READ)
    )
    reasons = (
        Counter(_reason(found) for found in connection.execute(failed)) if counts["failed"] + counts["unread"] else {}
    )
    people = connection.execute(select(func.count()).select_from(row).where(mine)).scalar_one()
    return Progress(
        candidates=people,
        answers=counts["answers"],
        graded=counts["graded"],
        critiques_failed=counts["failed"],
        critiques_pending=counts["pending"],
        unread=counts["unread"],
        waiting=counts["waiting"],
        failures=tuple(sorted(reasons.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def _reason(row: Row[Any, Any]) -> str:
    outcome = json.loads(row.outcome)
    return str(outcome["reason"] if row.status == "ungraded" else outcome["critique"]["reason"])


def _streamed(connection: Connection, query: Select[Any]) -> Iterator[Row[Any]]:
    """Rows as they are needed: the grades of a large screening do not fit in memory."""
    return iter(connection.execute(query.execution_options(yield_per=_ROWS_AT_A_TIME)))
