"""Interviews in SQL. Each method is one short transaction; no model is asked while one is open."""

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Exists,
    Select,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from app.db import tables
from app.db.announcements import tell_grade, tell_interview
from app.db.database import Database
from app.db.links import found_by_link, note_followed
from app.db.review_queue import requeue, requeue_question
from app.db.rows import (
    answer_row,
    answer_value,
    entry_row,
    entry_value,
    grade_row,
    grade_value,
    interview_row,
    interview_value,
    part_row,
    request_row,
    request_value,
    summary_value,
    ungraded_value,
)
from app.errors import AlreadyReceived, LinkClosed, NotFound
from app.interviews.models import Answer, Entry, GradeRecord, Interview, JobRequest, Mode, Part, RequestKind, State
from app.interviews.store import (
    Draft,
    InterviewSummary,
    Link,
    PendingRequest,
    Place,
    Pulse,
    UngradedAnswer,
    moves_on,
    takes_draft,
)

INTERVIEWS_KEPT = 1000
"""In memory, as they were read or written last."""
IDS_AT_A_TIME = 500
"""Fewer than the values that any database takes in one statement."""

Enqueue = Callable[[Connection, JobRequest], None]


class SqlInterviewStore:
    """`InterviewStore` on SQLite or PostgreSQL.

    Args:
        database: Its tables are up to date.
        enqueue: Writes a job inside the given connection's transaction.
    """

    def __init__(self, database: Database, *, enqueue: Enqueue) -> None:
        self._database = database
        self._enqueue = enqueue
        self._known: OrderedDict[str, Interview] = OrderedDict()

    async def create(self, interview: Interview, *, link_sha256: str, link_expires_at: datetime | None = None) -> None:
        link = {"link_sha256": link_sha256, "link_expires_at": link_expires_at}
        row = {**interview_row(interview), "id": interview.id, **link}

        def create(connection: Connection) -> None:
            connection.execute(insert(tables.interviews).values(row))
            _add_entries(connection, interview, interview.transcript)

        await self._database.write(create)

    async def load(self, interview_id: str) -> Interview:
        known = self._known.get(interview_id)
        try:
            found = await self._database.read(lambda connection: load_interview(connection, interview_id, known))
        except NotFound:
            self._known.pop(interview_id, None)
            raise
        return self._remembered(found)

    def _remembered(self, interview: Interview) -> Interview:
        """The interview, kept so that it is read from the database again only once it has changed there."""
        self._known[interview.id] = interview
        self._known.move_to_end(interview.id)
        while len(self._known) > INTERVIEWS_KEPT:
            self._known.popitem(last=False)
        return interview

    async def pulses(self, interview_ids: Collection[str]) -> Mapping[str, Pulse]:
        return await self._database.read(lambda connection: _pulses(connection, interview_ids))

    async def find(self, link_sha256: str, *, at: datetime) -> str:
        found = await self._database.read(lambda connection: found_by_link(connection, link_sha256))
        if found is None:
            raise NotFound("This link opens no interview. It may have been deleted; please ask the team for a new one.")
        if found.link.revoked_at is not None:
            raise LinkClosed("This link was withdrawn; please ask the team.")
        if not found.link.opens(at):
            raise LinkClosed("This link has expired; please ask the team.")
        if found.is_offered or found.is_first:
            id_ = found.interview_id
            await self._database.write(lambda connection: note_followed(connection, id_, link_sha256, at))
        return found.interview_id

    async def link(self, interview_id: str) -> Link:
        row = tables.interviews
        query = select(row.c.link_expires_at, row.c.link_revoked_at).where(row.c.id == interview_id)
        found = await self._database.row(query)
        if found is None:
            raise NotFound(f"There is no interview {interview_id}; it may have been deleted.")
        return Link(found.link_expires_at, found.link_revoked_at)

    async def revoke_link(self, interview_id: str, *, at: datetime) -> None:
        row = tables.interviews
        first = func.coalesce(row.c.link_revoked_at, at)
        revoked = update(row).where(row.c.id == interview_id).values(link_revoked_at=first)
        if await self._database.write(lambda connection: connection.execute(revoked).rowcount) != 1:
            raise NotFound(f"There is no interview {interview_id}; it may have been deleted.")

    async def record_message(self, interview: Interview, *, then: Sequence[JobRequest] = ()) -> Interview:
        return await self._record(interview, grade=None, then=then, forget_draft=moves_on(interview))

    async def record_turn(
        self,
        interview: Interview,
        *,
        grade: GradeRecord | None,
        then: Sequence[JobRequest] = (),
        forget_draft: bool = False,
    ) -> Interview:
        return await self._record(interview, grade=grade, then=then, forget_draft=forget_draft)

    async def _record(
        self,
        interview: Interview,
        *,
        grade: GradeRecord | None,
        then: Sequence[JobRequest],
        forget_draft: bool = False,
    ) -> Interview:
        known = self._known.get(interview.id)

        def record(connection: Connection) -> None:
            fresh = _write_interview(connection, interview, known)
            if forget_draft or interview.is_over or any(map(takes_draft, fresh)):
                connection.execute(delete(tables.drafts).where(tables.drafts.c.interview_id == interview.id))
            if interview.state is State.WITHDRAWN or not interview.automated:
                _forget_judgements(connection, interview.id)
            if grade is not None:
                add_grade(connection, grade)
                tell_grade(connection, grade, self._enqueue)
            tell_interview(connection, interview, fresh, self._enqueue)
            for job in then:
                self._enqueue(connection, job)

        try:
            await self._database.write(record)
        except IntegrityError as error:
            raise AlreadyReceived("That delivery was stored before; nothing was done twice.") from error
        return self._remembered(replace(interview, version=interview.version + 1))

    async def record_grade(self, grade: GradeRecord) -> bool:
        def add(connection: Connection) -> bool:
            is_added = _add_if_current(connection, grade)
            if is_added:
                tell_grade(connection, grade, self._enqueue)
            return is_added

        return await self._database.write(add)

    async def answer(self, answer_id: str) -> tuple[Interview, Answer]:
        query = select(tables.answers.c.interview_id).where(tables.answers.c.id == answer_id)

        def find(connection: Connection) -> Interview:
            interview_id = connection.execute(query).scalar_one_or_none()
            if interview_id is None:
                raise NotFound("There is no such answer; its interview may have been deleted.")
            return load_interview(connection, interview_id)

        interview = await self._database.read(find)
        return interview, next(answer for answer in interview.answers if answer.id == answer_id)

    async def grades(self, interview_id: str) -> Sequence[GradeRecord]:
        query = _newest_grades().where(tables.answers.c.interview_id == interview_id)
        return [grade_value(row) for row in await self._database.rows(query)]

    async def grade(self, grade_id: str) -> GradeRecord | None:
        query = select(tables.grades).where(tables.grades.c.id == grade_id)
        row = await self._database.row(query)
        return None if row is None else grade_value(row)

    async def newest_grade(self, answer_id: str) -> GradeRecord | None:
        query = _newest_grades().where(tables.answers.c.id == answer_id)
        row = await self._database.row(query)
        return None if row is None else grade_value(row)

    async def unread(self) -> Sequence[str]:
        query = select(tables.interviews.c.id).where(tables.interviews.c.pending.is_not(None))
        return [str(row.id) for row in await self._database.rows(query)]

    async def incomplete(self) -> Sequence[Answer]:
        answer, grade, interview = tables.answers, tables.grades, tables.interviews
        newer = tables.grades.alias()
        query = (
            select(answer)
            .join(interview, interview.c.id == answer.c.interview_id)
            .outerjoin(
                grade,
                and_(
                    grade.c.answer_id == answer.c.id,
                    ~exists().where(newer.c.answer_id == answer.c.id, newer.c.serial > grade.c.serial),
                ),
            )
            .where(
                answer.c.ending.is_not(None),
                interview.c.automated,
                interview.c.state != State.WITHDRAWN,
                exists().where(tables.parts.c.answer_id == answer.c.id),
                ~_decided(),
                or_(
                    grade.c.id.is_(None),
                    grade.c.answer_revision != answer.c.revision,
                    grade.c.status == "ungraded",
                    grade.c.critique.in_(("pending", "failed")),
                ),
            )
            .order_by(answer.c.final_at)
        )
        return [answer_value(row, ()) for row in await self._database.rows(query)]

    async def requests(self, *, limit: int | None = None, after: Place | None = None) -> Sequence[PendingRequest]:
        request, interview = tables.requests, tables.interviews
        query = (
            select(request, interview.c.label, interview.c.bank_name, interview.c.extra_time, interview.c.plain_wording)
            .join(interview, interview.c.id == request.c.interview_id)
            .where(request.c.settled_at.is_(None), later(request.c.at, request.c.id, after))
            .order_by(request.c.at, request.c.id)
            .limit(limit)
        )
        return [
            PendingRequest(
                interview_id=row.interview_id,
                label=row.label,
                bank=row.bank_name,
                request=request_value(row),
                extra_time=row.extra_time,
                plain_wording=row.plain_wording,
            )
            for row in await self._database.rows(query)
        ]

    async def ungraded(self, *, limit: int | None = None, after: Place | None = None) -> Sequence[UngradedAnswer]:
        answer, interview = tables.answers, tables.interviews
        grade = _newest_grades().subquery()
        query = (
            select(grade, answer.c.question_id, answer.c.interview_id, interview.c.label, interview.c.bank_name)
            .join(answer, answer.c.id == grade.c.answer_id)
            .join(interview, interview.c.id == answer.c.interview_id)
            .where(
                grade.c.status == "ungraded",
                interview.c.mode != Mode.PRACTICE,
                interview.c.state != State.WITHDRAWN,
                interview.c.automated,
                later(grade.c.created_at, grade.c.id, after),
            )
            .order_by(grade.c.created_at, grade.c.id)
            .limit(limit)
        )
        return [ungraded_value(row) for row in await self._database.rows(query)]

    async def settle(self, request_id: str, *, who: str, note: str, at: datetime) -> None:
        row = tables.requests
        told = update(row).where(row.c.id == request_id, row.c.settled_at.is_(None))
        settled = told.values(settled_at=at, settled_by=who, note=note)
        of = tables.interviews
        # First the lock that everything takes by which an answer comes into the queue, or leaves it.
        owner = select(of.c.id).join(row, row.c.interview_id == of.c.id).where(row.c.id == request_id)

        def settle(connection: Connection) -> None:
            connection.execute(owner.with_for_update(of=of))
            found = connection.execute(settled.returning(row.c.interview_id, row.c.question_id)).one_or_none()
            if found is None:
                raise NotFound(f"There is no open request {request_id}; it may have been settled before.")
            requeue_question(connection, found.interview_id, found.question_id)

        await self._database.write(settle)

    async def summaries(self, *, limit: int | None = None, after: Place | None = None) -> Sequence[InterviewSummary]:
        interview, answer, grade = tables.interviews, tables.answers, tables.grades
        newer = tables.grades.alias()
        answered = (
            select(func.count())
            .where(
                answer.c.interview_id == interview.c.id,
                answer.c.ending.is_not(None),
                exists().where(tables.parts.c.answer_id == answer.c.id),
            )
            .scalar_subquery()
        )
        review = (
            select(func.count())
            .select_from(grade.join(answer))
            .where(
                answer.c.interview_id == interview.c.id,
                grade.c.needs_review,
                ~exists().where(newer.c.answer_id == grade.c.answer_id, newer.c.serial > grade.c.serial),
            )
            .scalar_subquery()
        )
        query = select(interview, answered.label("answered"), review.label("review"))
        if after is not None:
            at, id_ = interview.c.created_at, interview.c.id
            query = query.where(or_(at < after.at, and_(at == after.at, id_ < after.id)))
        query = query.order_by(interview.c.created_at.desc(), interview.c.id.desc()).limit(limit)
        return [summary_value(row) for row in await self._database.rows(query)]

    async def draft(self, interview_id: str) -> Draft | None:
        query = select(tables.drafts).where(tables.drafts.c.interview_id == interview_id)
        row = await self._database.row(query)
        return None if row is None else Draft(row.text, row.saved_at)

    async def save_draft(self, interview_id: str, draft: Draft | None) -> None:
        def save(connection: Connection) -> None:
            connection.execute(delete(tables.drafts).where(tables.drafts.c.interview_id == interview_id))
            if draft is not None:
                row = {"interview_id": interview_id, "text": draft.text, "saved_at": draft.saved_at}
                connection.execute(insert(tables.drafts).values(row))

        await self._database.write(save)

    async def delete(self, interview_id: str, *, reason: str, at: datetime) -> None:
        def bury(connection: Connection) -> None:
            gone = connection.execute(delete(tables.interviews).where(tables.interviews.c.id == interview_id))
            if gone.rowcount != 1:
                raise NotFound(f"There is no interview {interview_id}; it may have been deleted before.")
            row = {"interview_id": interview_id, "deleted_at": at, "reason": reason}
            connection.execute(insert(tables.tombstones).values(row))

        await self._database.write(bury)


def later(at: ColumnElement[datetime], id_: ColumnElement[str], place: Place | None) -> ColumnElement[bool]:
    """Whether a row of a list by time and id comes after that place; every row does where there is none."""
    return true() if place is None else or_(at > place.at, and_(at == place.at, id_ > place.id))


def batched(ids: Collection[str], size: int) -> Iterator[list[str]]:
    """The ids in lists of at most that many."""
    remaining = iter(ids)
    while some := list(islice(remaining, size)):
        yield some


def _pulses(connection: Connection, interview_ids: Collection[str]) -> Mapping[str, Pulse]:
    interview, answer, newest = tables.interviews, tables.answers, _newest_grades().subquery()
    versions: dict[str, int] = {}
    graded: dict[str, dict[str, str]] = {}
    for some in batched(interview_ids, IDS_AT_A_TIME):
        rows = connection.execute(select(interview.c.id, interview.c.version).where(interview.c.id.in_(some)))
        versions.update((row.id, row.version) for row in rows)
        # Nobody but who practises is shown grades.
        query = (
            select(answer.c.interview_id, answer.c.question_id, newest.c.id)
            .join(newest, newest.c.answer_id == answer.c.id)
            .join(interview, interview.c.id == answer.c.interview_id)
            .where(interview.c.id.in_(some), interview.c.mode == Mode.PRACTICE)
        )
        for row in connection.execute(query):
            graded.setdefault(row.interview_id, {})[row.question_id] = row.id
    return {found: Pulse(version, graded.get(found, {})) for found, version in versions.items()}


def _write_interview(connection: Connection, interview: Interview, known: Interview | None) -> Sequence[Entry]:
    """Store all that is new of it; gives its new entries, or raises AlreadyReceived.

    Args:
        connection: In a transaction.
        interview: As it is to be; its version is the one it came from.
        known: As it was read or written before, if at all.
    """
    row = tables.interviews
    changed = connection.execute(
        update(row)
        .where(row.c.id == interview.id, row.c.version == interview.version)
        .values({**interview_row(interview), "version": interview.version + 1})
    )
    if changed.rowcount != 1:
        raise AlreadyReceived("The interview went on meanwhile; nothing was stored twice.")
    if known is None or known.version != interview.version:
        known = load_interview(connection, interview.id)
    fresh = interview.transcript[len(known.transcript) :]
    _tell_turns(connection, interview, known)
    _add_entries(connection, interview, fresh)
    _write_answers(connection, interview, known)
    _write_requests(connection, interview, known)
    return fresh


def _add_entries(connection: Connection, interview: Interview, fresh: Sequence[Entry]) -> None:
    if fresh:
        connection.execute(insert(tables.entries), [entry_row(interview.id, entry) for entry in fresh])


def _tell_turns(connection: Connection, interview: Interview, stored: Interview) -> None:
    """What replies were taken for that were stored before they were read."""
    row = tables.entries
    for before, entry in zip(stored.transcript, interview.transcript, strict=False):
        if before.turn is None and entry.turn is not None:
            told = {"turn": entry.turn.value, "masked": entry.masked}
            connection.execute(
                update(row).where(row.c.interview_id == interview.id, row.c.seq == entry.seq).values(told)
            )


def _write_answers(connection: Connection, interview: Interview, stored: Interview) -> None:
    """Answers and parts that are new or changed since the last write."""
    answer, part = tables.answers, tables.parts
    upsert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    before = {value.id: value for value in stored.answers}
    for value in interview.answers:
        known = before.get(value.id)
        if known == value:
            continue
        row = answer_row(interview.id, value)
        connection.execute(upsert(answer).values(row).on_conflict_do_update(index_elements=["id"], set_=row))
        written = {(one.number, one.revision) for one in known.parts} if known else set()
        fresh = [part_row(value.id, one) for one in value.parts if (one.number, one.revision) not in written]
        if fresh:
            connection.execute(insert(part), fresh)


def _write_requests(connection: Connection, interview: Interview, stored: Interview) -> None:
    known = {request.id for request in stored.requests}
    fresh = [request_row(interview.id, request) for request in interview.requests if request.id not in known]
    if fresh:
        connection.execute(insert(tables.requests), fresh)
    for question_id in {row["question_id"] for row in fresh if row["kind"] == RequestKind.CONTEST}:
        requeue_question(connection, interview.id, question_id)


def _decided() -> Exists:
    """Whether a person decided about the answer as it stands: no machine's grade comes after that."""
    made = tables.review_decisions
    return exists().where(made.c.answer_id == tables.answers.c.id, made.c.answer_revision == tables.answers.c.revision)


def _forget_judgements(connection: Connection, interview_id: str) -> None:
    mine = select(tables.answers.c.id).where(tables.answers.c.interview_id == interview_id)
    # What people decided hangs on the grades, and goes with them.
    for judged in (tables.exemplars, tables.review_comments, tables.grades):
        connection.execute(delete(judged).where(judged.c.answer_id.in_(mine)))


def add_grade(connection: Connection, grade: GradeRecord) -> None:
    """Store a grade as the newest of its answer."""
    grades = tables.grades
    last = select(func.coalesce(func.max(grades.c.serial), 0)).where(grades.c.answer_id == grade.answer_id)
    serial = (connection.execute(last)).scalar_one() + 1
    connection.execute(insert(grades).values(grade_row(grade, serial=serial)))
    requeue(connection, grade.answer_id)


def _add_if_current(connection: Connection, grade: GradeRecord) -> bool:
    answer, interview = tables.answers, tables.interviews
    current = (
        select(answer.c.id)
        .join(interview, interview.c.id == answer.c.interview_id)
        .where(
            answer.c.id == grade.answer_id,
            answer.c.revision == grade.answer_revision,
            answer.c.ending.is_not(None),
            interview.c.state != State.WITHDRAWN,
            interview.c.automated,
        )
        .with_for_update(of=interview)
    )
    if connection.execute(current).scalar_one_or_none() is None:
        return False
    # Asked once the lock is held: a decision that was stored while it was waited for counts.
    decided = select(answer.c.id).where(answer.c.id == grade.answer_id, _decided())
    if connection.execute(decided).first() is not None:
        return False
    add_grade(connection, grade)
    return True


def load_interview(connection: Connection, interview_id: str, known: Interview | None = None) -> Interview:
    """The interview as it is stored.

    Args:
        connection: In a transaction.
        interview_id: Whose.
        known: As it was read or written before: given back where nothing has changed since.

    Raises:
        NotFound: There is none of that id.
    """
    interview, request = tables.interviews, tables.requests
    # People settle requests beside the interview, which does not go on by that.
    settled = select(func.count()).where(request.c.interview_id == interview_id, request.c.settled_at.is_not(None))
    query = select(interview, settled.scalar_subquery().label("settled")).where(interview.c.id == interview_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        raise NotFound(f"There is no interview {interview_id}; it may have been deleted.")
    if known is not None and (known.version, _settled(known)) == (row.version, row.settled):
        return known
    answer, part = tables.answers, tables.parts
    lines = connection.execute(
        select(tables.entries).where(tables.entries.c.interview_id == interview_id).order_by(tables.entries.c.seq)
    )
    transcript = tuple(entry_value(line) for line in lines)
    replies: dict[str, dict[int, Part]] = {}
    query = select(part).join(answer).where(answer.c.interview_id == interview_id)
    for found in connection.execute(query.order_by(part.c.number, part.c.revision)):
        # A later revision of a part takes the place of an earlier one.
        replies.setdefault(found.answer_id, {})[found.number] = Part(
            number=found.number, text=found.text, revision=found.revision, replaced=found.replaced
        )
    wanted = select(tables.requests).where(tables.requests.c.interview_id == interview_id)
    asked = connection.execute(wanted.order_by(tables.requests.c.at, tables.requests.c.id))
    requests = tuple(request_value(found) for found in asked)
    rows = connection.execute(
        select(answer).where(answer.c.interview_id == interview_id).order_by(answer.c.opened_at, answer.c.id)
    )
    given = tuple(answer_value(found, tuple(replies.get(found.id, {}).values())) for found in rows)
    return interview_value(row, answers=given, transcript=transcript, requests=requests)


def _settled(interview: Interview) -> int:
    return sum(request.settled_at is not None for request in interview.requests)


def _newest_grades() -> Select[Any]:
    newer = tables.grades.alias()
    return (
        select(tables.grades)
        .join(tables.answers)
        .where(tables.grades.c.answer_revision == tables.answers.c.revision)
        .where(~exists().where(newer.c.answer_id == tables.grades.c.answer_id, newer.c.serial > tables.grades.c.serial))
    )
