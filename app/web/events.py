"""What happens in an interview while its page is open, as server-sent events: the page fetches what is new itself.

The id of an event is the interview's version. A page that comes back after a gap names the last one it had, and is told
at once when the interview moved on meanwhile.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable
from datetime import datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response, StreamingResponse

from app.access.principal import LinkHolder
from app.bootstrap import Services
from app.errors import NotFound
from app.interviews import clock
from app.interviews.models import Mode, Step
from app.interviews.store import Pulse
from app.reports.report import build_report
from app.web.services import Desk

KEEP_ALIVE_BEATS = 15
"""Beats without news after which a comment keeps the connection open."""
RETRY_MS = 2000
"""How long a browser waits before it comes back."""
LONGEST_ID = 18
router = APIRouter(prefix="/i/{link}", include_in_schema=False)


@router.get("/events")
async def events(
    desk: Desk,
    who: LinkHolder,
    seen: Annotated[int, Query()] = -1,
    last_event_id: Annotated[str, Header()] = "",
) -> Response:
    """What is new from version `seen` on, until the interview is over and nothing more is awaited."""
    if last_event_id.isascii() and last_event_id.isdecimal() and len(last_event_id) <= LONGEST_ID:
        seen = int(last_event_id)
    step = await desk.interviews.step(who.interview_id)
    if step.interview.version == seen and not await is_live(desk, step):
        return Response(status_code=204)  # which tells the browser not to come back
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(told(desk, who.interview_id, seen), media_type="text/event-stream", headers=headers)


async def is_live(desk: Services, step: Step) -> bool:
    """Whether anything may still change by itself: the talk goes on, or feedback of practice is awaited."""
    interview = step.interview
    if not interview.is_over:
        return True
    if interview.mode is not Mode.PRACTICE:
        return False
    grades = await desk.interviews.grades(interview.id)
    return not build_report(interview, step.script, grades, now=desk.clock()).is_settled


async def told(desk: Services, interview_id: str, seen: int) -> AsyncIterator[str]:
    """The stream, from what comes after version `seen`."""
    yield f"retry: {RETRY_MS}\n\n"
    step: Step | None = None
    last: Pulse | None = None
    beats = 0
    watch = desk.interviews.watch
    async with watch.on(interview_id) as next_beat:
        while not desk.stopping.is_set():
            look = next_beat() if beats else watch.now(interview_id)
            pulse = await _unless_stopped(look, desk.stopping)
            if pulse is None:
                return  # stopped, or deleted meanwhile
            try:
                if step is None or pulse != last or _is_due(step, desk):
                    step = await desk.interviews.step(interview_id)
            except NotFound:
                return
            if step.interview.version != seen:
                seen = step.interview.version
                yield _event("stage", seen)
            if pulse != last:
                if pulse.graded and (last is None or pulse.graded != last.graded):
                    yield _event("marks", seen, json.dumps(dict(pulse.graded)))
                if not await is_live(desk, step):
                    yield _event("over", seen)
                    return
            last = pulse
            beats += 1
            if beats % KEEP_ALIVE_BEATS == 0:
                yield ": still here\n\n"


def _is_due(step: Step, desk: Services) -> bool:
    """Whether something happens now without anybody's doing: a look at the interview brings it about."""
    if step.waiting:
        return True  # a reading that failed is tried again by whoever looks
    quiet_until = clock.quiet_until(step.interview, desk.settings.quiet_s)
    moments = [*_of_limit(step), *([] if quiet_until is None else [quiet_until])]
    return bool(moments) and desk.clock() >= min(moments)


def _of_limit(step: Step) -> list[datetime]:
    """When the time for the open question is nearly up, or up."""
    interview, script = step.interview, step.script
    ends, allowed = clock.deadline(interview, script), clock.allowed_s(interview, script)
    answer = interview.answer_to(interview.current) if interview.current is not None else None
    if ends is None or allowed is None or answer is None:
        return []
    if answer.warned:
        return [ends + timedelta(seconds=clock.GRACE_S)]
    return [ends - timedelta(seconds=max(clock.WARNED_SHARE * allowed, clock.LEAST_WARNING_S))]


def _event(name: str, version: int, data: str = "") -> str:
    return f"id: {version}\nevent: {name}\ndata: {data}\n\n"


async def _unless_stopped(beat: Awaitable[Pulse | None], stopping: asyncio.Event) -> Pulse | None:
    """What the beat gives; None as soon as the server stops."""
    waiting, end = asyncio.ensure_future(beat), asyncio.ensure_future(stopping.wait())
    try:
        await asyncio.wait({waiting, end}, return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else None
    finally:
        waiting.cancel()
        end.cancel()
