"""What candidates are written: invitation and reminder, in their language."""

from datetime import datetime

from app.locale.catalogue import moment, translated
from app.mail.letter import Letter

INVITATION_SUBJECT = "Your interview: {title}"
REMINDER_SUBJECT = "Your interview is waiting: {title}"
GREETING = "Hello {name},"
INVITATION = (
    "You are invited to an interview in writing, “{title}”. An AI interviewer asks the questions; what it does and who "
    "decides, it says before it begins."
)
REMINDER = "Your interview in writing, “{title}”, is not handed in yet. What you have answered so far is kept."
LINK = "This link opens it, for you alone; please don't pass it on:"
UNTIL = "The link opens it until {time}. You can pause and come back with the same link."
FOR_EVER = "You can pause and come back with the same link."
REPLACES = "Once you follow it, it takes the place of the link that you had before."
QUESTIONS = (
    "If anything is unclear, or you need more time or another way to take part, please ask the team that invited you."
)


def invitation(*, name: str, to: str, language: str, title: str, url: str, expires_at: datetime | None) -> Letter:
    """The first letter, with the link."""
    return _letter(
        (INVITATION_SUBJECT, INVITATION),
        "",
        name=name,
        to=to,
        language=language,
        title=title,
        url=url,
        until=expires_at,
    )


def reminder(*, name: str, to: str, language: str, title: str, url: str, expires_at: datetime | None) -> Letter:
    """A later letter, with another link."""
    return _letter(
        (REMINDER_SUBJECT, REMINDER),
        REPLACES,
        name=name,
        to=to,
        language=language,
        title=title,
        url=url,
        until=expires_at,
    )


def _letter(
    said: tuple[str, str],
    replaces: str,
    *,
    name: str,
    to: str,
    language: str,
    title: str,
    url: str,
    until: datetime | None,
) -> Letter:
    subject, purpose = said
    lasts = translated(UNTIL, language, time=moment(until, language)) if until else translated(FOR_EVER, language)
    paragraphs = [
        translated(GREETING, language, name=name),
        translated(purpose, language, title=title),
        f"{translated(LINK, language)}\n{url}",
        " ".join(filter(None, (lasts, translated(replaces, language)))),
        translated(QUESTIONS, language),
    ]
    text = "\n\n".join(paragraphs) + "\n"
    return Letter(name=name, to=to, subject=translated(subject, language, title=title), text=text)
