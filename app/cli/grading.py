"""Assembly for commands that grade rows: the grader with what the rows need of it, and no more."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from app.config import Settings
from app.screening.files import Survey
from app.screening.rows import AnyRow
from vectorstore.errors import StoreInUse
from vectorstore.ownership import who_owns

if TYPE_CHECKING:
    from app.grading.answer_grader import AnswerGrader
    from app.screening.batch import CompleteRow, Record

Way = Callable[["AnswerGrader"], "CompleteRow"]
"""How rows that were read come to their outcome, given the grader."""


def require_store(settings: Settings) -> None:
    """Refuse to begin what needs the vector store while another process owns it.

    Raises:
        StoreInUse: Naming the owner.
    """
    holder = who_owns(settings.vectors_dir) if settings.chroma_url is None else None
    if holder is not None:
        raise StoreInUse(holder.owner, holder.pid, holder.url)


async def grade_rows(
    settings: Settings,
    known: Survey,
    rows: Iterator[AnyRow],
    keep: Callable[["Record"], None],
    *,
    way: Way | None = None,
    concurrency: int | None = None,
) -> None:
    """Grade rows and hand on their records in order.

    Args:
        settings: Of the models.
        known: What the input holds; decides whether banks are needed.
        rows: To be graded.
        keep: Takes each record.
        way: The grader's own where None.
        concurrency: Rows completed at a time; the setting's where None.
    """
    # Assembly and grading pull in the database, Chroma and numpy: seconds that `viva --help` must not pay.
    from app.bootstrap import audit_sample, build_grader, build_services  # noqa: PLC0415 (slow to import)
    from app.logs import set_up  # noqa: PLC0415 (slow to import)
    from app.screening.bank_questions import BankQuestions  # noqa: PLC0415 (slow to import)
    from app.screening.batch import BatchGrader  # noqa: PLC0415 (slow to import)

    set_up("warning")  # on standard error: standard output may be the output
    async with AsyncExitStack() as stack:
        if known.needs_banks:
            services = await stack.enter_async_context(build_services(settings, owner="viva grade"))
            grader, find_question = services.grader, BankQuestions(services.banks).find
        else:
            grader, find_question = await stack.enter_async_context(build_grader(settings)), None
        batch = BatchGrader(
            grader=grader,
            new_id=lambda: uuid.uuid4().hex,
            concurrency=concurrency or settings.llm_concurrency,
            find_question=find_question,
            complete=way(grader) if way is not None else None,
            is_sampled=audit_sample(settings).holds,
        )
        await batch.grade(rows, keep)
