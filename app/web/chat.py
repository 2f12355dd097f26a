"""The candidate's pages: consent, the chat, and the receipt.

Every form carries the id of its delivery, so that sending it twice is harmless, and what its page had shown, so that
a page left open in another tab answers nothing it was not asked.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from app.access.principal import Asking, LinkHolder, Operator, Principal
from app.errors import AlreadyReceived, AppError, InvalidInput, NotFound, OutOfTurn
from app.interviews.models import Command, GradeRecord, Interview, Kind, Message, Mode, State, Step
from app.locale.catalogue import LANGUAGES, translated
from app.reports.report import QuestionReport, build_report
from app.web.chat_view import ChatView, chat_view
from app.web.introductions import is_introduction
from app.web.keepsake import copy_of
from app.web.languages import Languages, languages_before_consent, languages_of
from app.web.own_answers import can_change, text_of
from app.web.receivers import receivers
from app.web.report_view import QuestionView, question_view
from app.web.services import Desk
from app.web.templating import LARGEST_FORM, is_fragment, page

CHANNEL = "web"
LONGEST_NONCE = 64
NOT_TICKED = "Please tick that you understand and agree, or choose that a person grades it instead."
router = APIRouter(prefix="/i/{link}", include_in_schema=False, max_body_size=LARGEST_FORM)

Text = Annotated[str, Form()]


@router.get("")
async def interview_page(
    request: Request,
    desk: Desk,
    who: LinkHolder,
    asking: Asking,
    link: str,
    change: Annotated[str, Query()] = "",
    language: Annotated[str, Query()] = "",
) -> Response:
    """The interview as it stands: consent, chat, the look back or the receipt; `change` opens an earlier answer."""
    step = await desk.interviews.step(who.interview_id)
    languages = _languages(request, step.interview, language)
    draft = await _draft(desk, step.interview, change)
    view = await view_of(desk, link, step, draft=draft, changing=change, languages=languages)
    return shown(request, desk, asking, view)


@router.post("/language")
async def choose_language(desk: Desk, who: LinkHolder, link: str, language: Text = "") -> Response:
    """Speak with the candidate in another language from now on; before consent only the page does, nothing is kept."""
    if language not in LANGUAGES:
        raise InvalidInput("That is none of the languages.")
    if (await desk.interviews.step(who.interview_id)).interview.state is not State.CONSENT:
        await desk.wishes.choose_language(who.interview_id, language)
    return RedirectResponse(f"/i/{link}?language={language}", 303)


@router.get("/stage")
async def stage(
    request: Request,
    desk: Desk,
    who: LinkHolder,
    asking: Asking,
    link: str,
    change: Annotated[str, Query()] = "",
    seen: Annotated[int, Query()] = -1,
    after: Annotated[int | None, Query()] = None,
) -> Response:
    """The chat as it stands; nothing while a reply is being read, or where version `seen` is the newest.

    What was said after the entry `after` is announced; else what was said since the candidate's last word.
    """
    step = await desk.interviews.step(who.interview_id)
    if step.waiting or step.interview.version == seen:
        return Response(status_code=204)
    draft = await _draft(desk, step.interview, change)
    fresh = step.since_last_delivery() if after is None else replace(step, since=max(after, -1) + 1)
    view = await view_of(desk, link, fresh, draft=draft, changing=change)
    return shown(request, desk, asking, view)


@router.post("/messages")
async def send(
    request: Request,
    desk: Desk,
    who: LinkHolder,
    asking: Asking,
    link: str,
    text: Text = "",
    nonce: Text = "",
    seen: Annotated[int | None, Form()] = None,
    revises: Text = "",
    more: Text = "",
    done: Text = "",
) -> Response:
    """Take a reply, or another text for an earlier answer. What cannot be taken stays in the composer, with the reason.

    `more` says that the answer goes on in another message, `done` that it is complete: with nothing typed, as it stands.
    """
    # Forms send line breaks as CRLF, whatever was typed.
    text = text.replace("\r\n", "\n")
    command = Command.DONE if done and not text.strip() else None
    message = _message(desk, who.interview_id, nonce, text="" if command else text, command=command)
    message = replace(message, seen=seen, more=bool(more) and not revises, revises=revises)
    return await _submitted(request, desk, asking, link, message)


@router.post("/commands")
async def choose(
    request: Request,
    desk: Desk,
    who: LinkHolder,
    asking: Asking,
    link: str,
    command: Text = "",
    nonce: Text = "",
    seen: Annotated[int | None, Form()] = None,
    agreed: Text = "",
    language: Text = "",
) -> Response:
    """Take one of the commands; consent needs its box ticked, and settles the language its page was read in."""
    chosen = _command(command)
    message = _message(desk, who.interview_id, nonce, command=chosen)
    if chosen is Command.CONSENT and agreed != "yes":
        step = await desk.interviews.step(who.interview_id)
        languages = _languages(request, step.interview, language)
        view = await view_of(desk, link, step, error=translated(NOT_TICKED, languages.page), languages=languages)
        return shown(request, desk, asking, view, 422)
    if language in LANGUAGES:
        interview = (await desk.interviews.step(who.interview_id)).interview
        if interview.state is State.CONSENT and interview.interface != language:
            await desk.wishes.choose_language(interview.id, language)
    return await _submitted(request, desk, asking, link, replace(message, seen=seen))


@router.put("/draft")
@router.post("/draft")
async def keep_draft(
    request: Request,
    desk: Desk,
    who: LinkHolder,
    link: str,
    text: Text = "",
    seen: Annotated[int | None, Form()] = None,
) -> Response:
    """Keep what was typed so far; what was typed before the newest reply or question comes too late and is left out."""
    at = await desk.interviews.save_draft(who.interview_id, text.replace("\r\n", "\n"), seen=seen)
    if request.method == "PUT":
        return PlainTextResponse(at.isoformat(), headers={"Cache-Control": "no-store"})
    return RedirectResponse(f"/i/{link}#answer", 303)


@router.get("/marks/{question_id}")
async def practice_marks(request: Request, desk: Desk, who: LinkHolder, link: str, question_id: str) -> Response:
    """In practice, what was found in one answer so far."""
    step = await desk.interviews.step(who.interview_id)
    answer = step.interview.answer_to(question_id)
    if step.interview.mode is not Mode.PRACTICE or answer is None or not answer.is_final:
        raise NotFound("There is no feedback on that question.")
    report = build_report(step.interview, step.script, await desk.interviews.grades(who.interview_id), now=desk.clock())
    question = next(question for question in report.questions if question.id == question_id)
    marks = question_view(question, step.interview)
    return page(request, "marks.html", languages=languages_of(step.interview), q=marks, link=link)


@router.get("/transcript.txt")
async def transcript(desk: Desk, who: LinkHolder, link: str) -> Response:
    """The candidate's own copy of the talk, in practice with its feedback."""
    view = await view_of(desk, link, await desk.interviews.step(who.interview_id))
    headers = {"Content-Disposition": 'attachment; filename="interview.txt"', "Cache-Control": "no-store"}
    return PlainTextResponse(copy_of(view), headers=headers)


async def _submitted(request: Request, desk: Desk, asking: Principal, link: str, message: Message) -> Response:
    try:
        step = await desk.interviews.submit(message)
    except InvalidInput as error:
        return await _refused(request, desk, asking, link, message, error, 422)
    except (OutOfTurn, AlreadyReceived) as error:
        return await _refused(request, desk, asking, link, message, error, 409)
    if not is_fragment(request):
        return RedirectResponse(f"/i/{link}#{_place(step.interview, message)}", 303)
    draft = await _draft(desk, step.interview) if message.command or message.revises else ""
    return shown(request, desk, asking, await view_of(desk, link, step, draft=draft))


def _place(interview: Interview, message: Message) -> str:
    """The part of the page to go on at."""
    if interview.state is State.REVIEWING:
        return "review"
    return "open" if message.command in {Command.CONSENT, Command.DECLINE, Command.RESUME} else "answer"


async def _refused(
    request: Request, desk: Desk, asking: Principal, link: str, message: Message, error: AppError, status: int
) -> Response:
    """The page as it stands, with what was typed and why it was not taken."""
    step = await desk.interviews.step(message.interview_id)
    draft = message.text
    if message.command:
        draft = await _draft(desk, step.interview)
    reason = translated(error.sentence, languages_of(step.interview).page, **error.values)
    view = await view_of(desk, link, step, draft=draft, error=reason, changing=message.revises)
    return shown(request, desk, asking, view, status)


def shown(request: Request, desk: Desk, asking: Principal, view: ChatView, status: int = 200) -> Response:
    """The page of that view: consent, or the chat with all that comes after it; for htmx its stage alone."""
    if view.interview.state is State.CONSENT:
        told = receivers(desk.settings)
        timed = any(view.script.question(question_id).time_limit_s for question_id in view.interview.plan)
        told_first = [entry for entry in view.interview.transcript if entry.kind is Kind.DISCLOSURE]
        about = [entry.text for entry in told_first if not is_introduction(entry)]
        sections = _sections(view)
        return page(
            request,
            "consent.html",
            status,
            languages=view.languages,
            view=view,
            sections=sections,
            timed=timed,
            languages_offered=LANGUAGES,
            about=about,
            receivers=told,
        )
    name = "stage.html" if is_fragment(request) else "chat.html"

    def marks(question: QuestionReport) -> QuestionView:
        return question_view(question, view.interview)

    is_operator = isinstance(asking, Operator)
    return page(request, name, status, languages=view.languages, view=view, marks=marks, is_operator=is_operator)


async def _draft(desk: Desk, interview: Interview, changing: str = "") -> str:
    """What the composer holds: an earlier answer that is to be changed, else what was typed and not sent."""
    if can_change(interview, changing):
        return text_of(interview.answer_to(changing))
    draft = await desk.interviews.draft(interview.id)
    return draft.text if draft else ""


def _languages(request: Request, interview: Interview, asked: str) -> Languages:
    accepted = request.headers.get("accept-language", "")
    return languages_before_consent(interview, asked=asked, accepted=accepted)


async def view_of(
    desk: Desk,
    link: str,
    step: Step,
    *,
    draft: str = "",
    error: str = "",
    changing: str = "",
    contesting: str = "",
    languages: Languages | None = None,
) -> ChatView:
    """The view of an interview, in practice with its marks; the arguments are those of `chat_view`."""
    if step.interview.is_over:
        step = replace(step, script=await desk.interviews.briefed(step.interview))
    return chat_view(
        link,
        step,
        limit=desk.settings.max_answer_chars,
        now=desk.clock(),
        draft=draft,
        changing=changing,
        contesting=contesting,
        error=error,
        languages=languages,
        grades=await _practice_grades(desk, step.interview),
    )


async def _practice_grades(desk: Desk, interview: Interview) -> Mapping[str, GradeRecord] | None:
    """Marks leave the server towards a candidate in practice alone."""
    return await desk.interviews.grades(interview.id) if interview.mode is Mode.PRACTICE else None


def _sections(view: ChatView) -> list[tuple[str, int]]:
    titles = [view.script.section_title(question_id) for question_id in view.interview.plan]
    return [(title, titles.count(title)) for title in dict.fromkeys(titles)]


def _message(desk: Desk, interview_id: str, nonce: str, *, text: str = "", command: Command | None = None) -> Message:
    if not 8 <= len(nonce) <= LONGEST_NONCE or not nonce.isascii() or not nonce.isprintable():
        raise InvalidInput("The form’s delivery id is missing. Reload the page and send again.")
    return Message(id=nonce, interview_id=interview_id, channel=CHANNEL, at=desk.clock(), text=text, command=command)


def _command(value: str) -> Command:
    try:
        return Command(value)
    except ValueError as error:
        raise InvalidInput("That is none of the commands.") from error
