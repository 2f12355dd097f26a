"""`viva screen new|invite|invitations|remind|revoke`: a link for each of many people, and who stands where."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.settings import read_settings
from app.cli.terminal import safe
from app.errors import InvalidInput

if TYPE_CHECKING:
    from app.cli.letter_files import LinksFile
    from app.config import Settings
    from app.mail.smtp import Sender
    from app.screening.invitations import Invitation
    from app.screening.inviting import Delivered, Invited, Inviting
    from app.screening.people import PeopleFile

ScreeningId = Annotated[str, typer.Argument(metavar="ID", help="As `viva screen list` shows it.")]
Mapping = Annotated[
    list[str] | None,
    typer.Option(
        "--map",
        metavar="COLUMN=FIELD",
        help="What a column means: candidate, name, email, language, extra_time or ignore.",
    ),
]
Days = Annotated[
    int | None,
    typer.Option("--expires-days", min=1, max=3650, help="Days for which the links open; by default VIVA_LINK_DAYS."),
]
_PROBLEMS_SHOWN = 20


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the screening; candidates are not shown it.")],
    *,
    bank: Annotated[str, typer.Option(metavar="NAME", help="The bank whose questions are asked.")],
    policy: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The rules, as YAML; see `viva schema policy`.")
    ] = None,
    deadline: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M"], help="Take no answers after that, in UTC."),
    ] = None,
    retention_days: Annotated[
        int | None, typer.Option(min=1, help="Remove its candidates so many days after it was closed or its deadline.")
    ] = None,
    language: Annotated[str | None, typer.Option(help="Of the answers, such as de; by default the bank's.")] = None,
) -> None:
    """Begin a screening without answers, so that people can be invited to it; its rules are fixed from now on."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)
    from app.screening.policy_file import PolicyFile, load_policy  # noqa: PLC0415 (slow to import)

    async def run() -> None:
        rules = load_policy(policy) if policy is not None else PolicyFile()
        async with open_records(read_settings()) as records:
            made = await records.screenings.create(
                name=name,
                bank=bank,
                policy=rules,
                language=language,
                deadline=deadline.replace(tzinfo=UTC) if deadline else None,
                retention_days=retention_days,
            )
            await records.screenings.activate(made.id)
        typer.echo(made.id)

    asyncio.run(run())


def invite(
    screening_id: ScreeningId,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="People as .csv, .xlsx or .jsonl.")],
    *,
    output: Annotated[
        str, typer.Option(metavar="FILE", help="A new .csv for the links, or - for standard output.")
    ] = "-",
    expires_days: Days = None,
    mapping: Mapping = None,
    renew: Annotated[
        bool,
        typer.Option("--renew", help="New links for who was invited before; their earlier ones open nothing more."),
    ] = False,
    readmit: Annotated[
        bool, typer.Option("--readmit", help="New links for those, too, whose link was withdrawn.")
    ] = False,
    send: Annotated[bool, typer.Option("--send", help="Send each person the link by VIVA_SMTP_URL.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask about rows that are left out.")] = False,
) -> None:
    """Give each person of a file an interview of their own and a link to it.

    A link is told once, as Viva keeps its digest alone: with --send to the person, and whom that did not reach stands in
    the output. The same file again invites who is new. Exit code 1 says that somebody could not be written to.
    """
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)
    from app.cli.letter_files import links_file  # noqa: PLC0415 (slow to import)

    settings = read_settings()
    people = _looked_through(file, mapping or (), yes=yes)

    async def run() -> bool:
        async with AsyncExitStack() as stack:
            sender = await stack.enter_async_context(_sender(settings)) if send else None
            records = await stack.enter_async_context(open_records(settings))
            _remark(settings, people, keeps=records.inviting.keeps_addresses)
            links = stack.enter_context(links_file(output))
            outcomes, sending = Counter[str](), _Sending()
            async for some in records.inviting.invite(
                screening_id, people.people, expires_days=expires_days, renew=renew, readmit=readmit
            ):
                outcomes.update(one.outcome for one in some)
                await _hand_on(some, records.inviting, sender, links, sending)
        for outcome, times in outcomes.items():
            typer.echo(f"{times:,} {_OUTCOMES[outcome]}.", err=True)
        return sending.told()

    if not asyncio.run(run()):
        raise typer.Exit(1)


def invitations(
    screening_id: ScreeningId, *, as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False
) -> None:
    """Who was invited, and where they stand."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)
    from app.screening.record import invitation_record  # noqa: PLC0415 (slow to import)

    async def run() -> None:
        async with open_records(read_settings()) as records:
            found, at = await records.inviting.store.some(screening_id), records.clock()
        if as_json:
            told = [invitation_record(one, at) for one in found]
            typer.echo(json.dumps(told, ensure_ascii=False, indent=2))
            return
        for one in found:
            until = f"until {one.expires_at:%Y-%m-%d %H:%M}" if one.expires_at else "for ever"
            typer.echo(f"{one.state(at).replace('_', ' '):<12} {until:<22} {safe(one.key)}  {safe(one.name)}")
        counts = Counter(one.state(at).replace("_", " ") for one in found)
        typer.echo(
            ", ".join(f"{times:,} {state}" for state, times in counts.items()) or "Nobody was invited.", err=True
        )

    asyncio.run(run())


def remind(
    screening_id: ScreeningId,
    *,
    output: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="New: links as .csv, letters as .mbox, or a folder with an .eml for each."),
    ] = None,
    send: Annotated[
        bool, typer.Option("--send", help="Send them by VIVA_SMTP_URL, one a day to each person at most.")
    ] = False,
    people: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Addresses for the letters, where none are kept.")
    ] = None,
    mapping: Mapping = None,
    expires_days: Days = None,
) -> None:
    """Remind those who have not handed in, each with a new link; the one they have is good until that is followed.

    Of several files of reminders the links of the newest are good. Exit code 1 says that somebody could not be
    written to.
    """
    if send is (output is not None):
        raise InvalidInput("Say what becomes of the reminders: --output FILE, or --send.")
    if send and people is not None:
        raise InvalidInput(
            "--people gives addresses to files; --send takes those that were kept when people were invited."
        )
    settings = read_settings()
    if output is None:
        if not asyncio.run(_send_reminders(settings, screening_id, expires_days)):
            raise typer.Exit(1)
        return
    addresses = (
        {one.key: one.email for one in _looked_through(people, mapping or (), yes=True).people} if people else {}
    )
    asyncio.run(_write_reminders(settings, screening_id, output, addresses, expires_days))


def revoke(
    screening_id: ScreeningId,
    key: Annotated[str, typer.Argument(metavar="KEY", help="Of the candidate.")],
) -> None:
    """Let no link of somebody open anything from now on; what they answered stays."""
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    async def run() -> None:
        async with open_records(read_settings()) as records:
            await records.inviting.revoke(screening_id, key)
        typer.echo(f"The links of {safe(key)} open nothing any more; `viva screen invite --readmit` gives another one.")

    asyncio.run(run())


_OUTCOMES = {
    "invited": "invited",
    "renewed": "given another link",
    "known": "invited before; their links stay (--renew gives others)",
    "over": "done: handed in, or withdrawn",
    "revoked": "without a link, as it was withdrawn (--readmit gives another one)",
    "erased": "deleted before, and stay so",
    "answered": "not invited, as a file has their answers",
}


class _Sending:
    """What became of letters, told by person where they did not arrive."""

    def __init__(self) -> None:
        self._counts = Counter[str]()

    def add(self, key: str, delivered: "Delivered") -> None:
        """One letter's fate."""
        self._counts[delivered.delivery] += 1
        if delivered.why:
            typer.echo(f"  {safe(key)}: {safe(delivered.why)}", err=True)

    def told(self) -> bool:
        """Sum up; whether none failed."""
        told = {
            "sent": "letters sent",
            "no_address": "without an address; nothing was sent",
            "today": "written to less than a day ago; nothing was sent",
            "failed": "letters failed, see above; try again later",
        }
        for delivery, words in told.items():
            if times := self._counts[delivery]:
                typer.echo(f"{times:,} {words}.", err=True)
        return not self._counts["failed"]


@asynccontextmanager
async def _sender(settings: "Settings") -> "AsyncIterator[Sender]":
    from app.bootstrap import open_mail  # noqa: PLC0415 (slow to import)

    if settings.public_url is None:
        raise InvalidInput("Set VIVA_PUBLIC_URL first: letters need links that lead to the server from anywhere.")
    async with open_mail(settings) as sender:
        yield sender


def _looked_through(file: Path, mapping: Sequence[str], *, yes: bool) -> "PeopleFile":
    from app.screening.answer_table import load_table  # noqa: PLC0415 (slow to import)
    from app.screening.people import people_of  # noqa: PLC0415 (slow to import)

    found = people_of(load_table(file), mapping)
    typer.echo(safe(found.told()), err=True)
    if found.problems:
        typer.echo(f"{len(found.problems):,} cells cannot be used, and their rows are left out:", err=True)
        for problem in found.problems[:_PROBLEMS_SHOWN]:
            typer.echo(f"  {safe(str(problem))}", err=True)
        if len(found.problems) > _PROBLEMS_SHOWN:
            typer.echo(f"  … and {len(found.problems) - _PROBLEMS_SHOWN:,} more.", err=True)
        if not yes:
            typer.confirm(f"Go on with the other {len(found.people):,} people?", abort=True, err=True)
    if not found.people:
        raise InvalidInput(f"{found.source} has nobody who can be invited; see above.")
    return found


def _remark(settings: "Settings", people: "PeopleFile", *, keeps: bool) -> None:
    if settings.public_url is None:
        typer.echo(f"VIVA_PUBLIC_URL is not set, so the links lead to {settings.people_url}.", err=True)
    if not keeps and any(one.email for one in people.people):
        typer.echo("The addresses are not kept, as no letters can be sent: VIVA_SMTP_URL is not set.", err=True)


async def _hand_on(
    some: Sequence["Invited"], inviting: "Inviting", sender: "Sender | None", links: "LinksFile", sending: _Sending
) -> None:
    """Give new links to whom they are for, and those that did not arrive to whoever invites."""
    for one in some:
        if not one.url:
            continue
        if sender is not None:
            delivered = await inviting.mail(one, sender)
            sending.add(one.person.key, delivered)
            if delivered.is_sent:
                continue
        links.add(one.person.key, one.person.name, one.url, one.expires_at)


async def _send_reminders(settings: "Settings", screening_id: str, expires_days: int | None) -> bool:
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)

    sending = _Sending()
    async with _sender(settings) as sender, open_records(settings) as records:
        waiting = await records.inviting.open_invitations(screening_id)
        async for invitation, delivered in records.inviting.mail_reminders(
            screening_id, waiting, sender, expires_days=expires_days
        ):
            sending.add(invitation.key, delivered)
    if not waiting:
        typer.echo("Nobody is to be reminded.", err=True)
    return sending.told()


async def _write_reminders(
    settings: "Settings", screening_id: str, output: str, addresses: dict[str, str], expires_days: int | None
) -> None:
    from app.bootstrap import open_records  # noqa: PLC0415 (slow to import)
    from app.cli.letter_files import letter_file  # noqa: PLC0415 (slow to import)

    def address(one: "Invitation") -> str:
        return addresses.get(one.key) or one.address

    async with open_records(settings) as records:
        waiting = await records.inviting.open_invitations(screening_id)
        with letter_file(output, sender=settings.mail_from or "", at=records.clock()) as letters:
            async for one in records.inviting.remind(
                screening_id, waiting, expires_days=expires_days, addresses=address
            ):
                who = one.invitation
                letters.add(who.interview_id, who.key, one.letter, (one.url, one.expires_at))
    typer.echo(f"{len(waiting):,} reminders are in {output}.", err=True)
