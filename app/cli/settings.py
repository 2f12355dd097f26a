"""`viva settings`: every variable with its value, its default and where the value came from."""

import difflib
import json
import os
import re
import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from pydantic import SecretStr, ValidationError
from pydantic.fields import FieldInfo

from app.config import LAUNCHER_VARIABLES, PREFIX, Settings
from app.errors import InvalidInput

MASK = "********"
_PASSWORD_IN_URL = re.compile(r"(?<=://)([^/@\s:]*):[^/@\s]+(?=@)")


@dataclass(frozen=True, slots=True)
class SettingRow:
    """One variable as it is shown; secrets are masked already.

    Attributes:
        name: The environment variable.
        value: What is in force; None where nothing is set.
        default: What would be in force without the variable.
        source: "environment" or "default".
    """

    name: str
    value: str | None
    default: str | None
    source: str
    description: str


@dataclass(frozen=True, slots=True)
class UnknownVariable:
    """A VIVA_* name that means nothing here, and the valid one it resembles most, if any does."""

    name: str
    nearest: str | None

    @property
    def sentence(self) -> str:
        """What to tell the person."""
        if self.nearest is None:
            return f"{self.name} is not a setting of Viva's and does nothing; `viva settings` lists those that are."
        return f"{self.name} is not a setting of Viva's and does nothing; did you mean {self.nearest}?"


def read_settings() -> Settings:
    """The settings of this process's environment.

    Raises:
        InvalidInput: A variable's value can't be used; names each with what is wrong, never with a secret's value.
    """
    try:
        return Settings()
    except ValidationError as error:
        wrong = [f"{PREFIX}{'.'.join(map(str, fault['loc'])).upper()}: {fault['msg']}" for fault in error.errors()]
        raise InvalidInput(f"{'; '.join(wrong)}. `viva settings` lists every variable.") from None


def settings_table(settings: Settings, environ: Mapping[str, str]) -> list[SettingRow]:
    """Every variable that Viva reads, in the order of their definition, the launcher's last."""
    present = {name.upper() for name, value in environ.items() if value}
    rows = []
    for field, info in Settings.model_fields.items():
        name = f"{PREFIX}{field.upper()}"
        rows.append(
            SettingRow(
                name=name,
                value=_shown(getattr(settings, field)),
                default=_shown(info.get_default()),
                source="environment" if name in present else "default",
                description=_description(info),
            )
        )
    for name, description in LAUNCHER_VARIABLES.items():
        value = environ.get(name)
        rows.append(SettingRow(name, _shown(value), None, "environment" if value else "default", description))
    return rows


def unknown_variables(environ: Mapping[str, str]) -> list[UnknownVariable]:
    """VIVA_* names in the environment that no setting reads, by name; pydantic ignores them in silence."""
    known = {f"{PREFIX}{field.upper()}" for field in Settings.model_fields} | set(LAUNCHER_VARIABLES)
    unknown = sorted(name for name in environ if name.upper().startswith(PREFIX) and name.upper() not in known)
    return [UnknownVariable(name, _nearest(name.upper(), known)) for name in unknown]


def masked(address: str) -> str:
    """An address as it may be shown: without the password it may hold."""
    return _PASSWORD_IN_URL.sub(rf"\1:{MASK}", address)


def show_settings(
    *, as_json: Annotated[bool, typer.Option("--json", help="Print a JSON array instead of a table.")] = False
) -> None:
    """List every setting: variable, value, default, and where the value comes from."""
    rows = settings_table(read_settings(), os.environ)
    if as_json:
        typer.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
    else:
        typer.echo("\n".join(_as_text(row) for row in rows))
    for unknown in unknown_variables(os.environ):
        typer.echo(unknown.sentence, err=True)


def _as_text(row: SettingRow) -> str:
    default = f"default {row.default}" if row.default else "unset by default"
    value = row.value if row.value is not None else "(not set)"
    note = f"from the environment; {default}" if row.source == "environment" else "default"
    meaning = textwrap.fill(row.description, width=100, initial_indent="    ", subsequent_indent="    ")
    return f"{row.name} = {value}  [{note}]\n{meaning}"


def _shown(value: object) -> str | None:
    """The value as text: secrets masked, passwords inside addresses too."""
    if value is None:
        return None
    if isinstance(value, SecretStr):
        return MASK if value.get_secret_value() else ""
    return masked(str(value))


def _description(info: FieldInfo) -> str:
    return info.description or ""


def _nearest(name: str, known: set[str]) -> str | None:
    found = difflib.get_close_matches(
        name.removeprefix(PREFIX), [known_name.removeprefix(PREFIX) for known_name in known], n=1
    )
    return PREFIX + found[0] if found else None
