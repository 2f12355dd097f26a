"""Brings app/locale/*.po up to date with the sentences that code and templates hold (`make messages`).

New sentences come in empty, to be translated by hand; sentences that nothing says any more go. A changed sentence is a
new one: its old translation is never guessed to fit.
"""

import ast
from collections.abc import Iterable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

from babel import Locale
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

from app.locale.catalogue import ENGLISH, LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "app" / "locale"
WIDTH = 110
HEADING = "what Viva says to candidates. `make messages` brings in new sentences, to be translated by hand."
CALLS = frozenset({"translated", "translated_count", "_say"})
"""Functions that code gives a sentence to be translated at once."""
REFUSALS = frozenset({"LinkClosed", "OutOfTurn", "AlreadyReceived", "InvalidInput", "NotFound"})
"""Errors whose sentence a candidate may read; it is translated where it is shown."""
COUNTED = "{count}"
"""What a constant pair of sentences, for one and for several, leaves open."""
TEMPLATE_CALLS = ("t", "nt")
"""What templates give a sentence to."""
TEMPLATE_OPTIONS = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}

Message = str | tuple[str, ...]

CONSTANTS = {
    "app/cli/chat_words.py": {
        *("MEANINGS", "OWN_MEANINGS", "HOW_TO_ANSWER", "HELP", "FOUND", "LOOKING_BACK"),
        *("NEW_ANSWER", "WHICH_QUESTION", "NOTHING_KEPT", "LEFT_ALONE"),
    },
    "app/screening/letters.py": {
        *("INVITATION_SUBJECT", "REMINDER_SUBJECT", "GREETING", "INVITATION", "REMINDER"),
        *("LINK", "UNTIL", "FOR_EVER", "REPLACES", "QUESTIONS"),
    },
    "app/web/chat.py": {"NOT_TICKED"},
    "app/web/chat_view.py": {"QUIET_COMMANDS"},
    "app/web/error_pages.py": {"HEADINGS", "BACK", "FIRST_PAGE", "_WRONG", "_BUG", "_SENTENCES"},
    "app/web/receivers.py": {"EMBEDDINGS", "LANGUAGE_MODEL", "_NO_HOST"},
    "app/web/words.py": {"VERDICTS", "UNCLEAR", "STATES", "COMMANDS", "REQUESTS", "TOLD", "IN_THE_BROWSER"},
}
"""Module-level constants whose texts are translated where they are shown; of `wording`, all are."""
WORDING = "app/interviews/wording.py"


def _below(*patterns: str) -> tuple[str, ...]:
    return tuple(path.relative_to(ROOT).as_posix() for pattern in patterns for path in sorted(ROOT.glob(pattern)))


SPEAKING = _below("app/interviews/*.py", "app/screening/letters.py", "app/web/*.py", "app/cli/*.py")
REFUSING = _below("app/interviews/*.py", "app/web/chat.py", "app/web/receipt.py", "app/db/interview_store.py")
"""Modules whose errors a candidate may read."""
TEMPLATES = _below("app/web/templates/*.html")


def extracted() -> Catalog:
    """Every sentence that a candidate may read, with the places that say it."""
    catalog = Catalog(project="Viva", fuzzy=False)
    for place, line, message in _messages():
        catalog.add(message, locations=[(place, line)])
    return catalog


def catalogue(language: str) -> Catalog:
    """What is translated into that language so far."""
    path = FOLDER / f"{language}.po"
    if not path.exists():
        heading = f"# {Locale(language).english_name}: {HEADING}"
        return Catalog(locale=language, project="Viva", version="1", header_comment=heading, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language)


def updated(language: str) -> bytes:
    """The file of one language with exactly the sentences that are there to be said."""
    known = catalogue(language)
    known.update(extracted(), no_fuzzy_matching=True, update_creation_date=False)
    known.obsolete.clear()
    text = BytesIO()
    write_po(text, known, width=WIDTH, sort_by_file=True, include_lineno=False)
    return text.getvalue()


def is_translated(text: str | Sequence[str] | None) -> bool:
    """Whether a translation is there, in all its forms."""
    return bool(text) and all(text or ())


def _messages() -> Iterator[tuple[str, int, Message]]:
    for path in dict.fromkeys((*SPEAKING, *REFUSING)):
        tree = ast.parse((ROOT / path).read_bytes())
        names = CALLS | (REFUSALS if path in REFUSING else frozenset())
        for line, message in (*_constants(tree, path), *_given(tree, names)):
            yield path, line, message
    for path in TEMPLATES:
        with (ROOT / path).open("rb") as file:
            for line, _, texts, _ in babel_extract(file, TEMPLATE_CALLS, (), TEMPLATE_OPTIONS):
                if message := _message(texts if isinstance(texts, tuple) else [texts]):
                    yield path, line, message


def _given(tree: ast.Module, names: frozenset[str]) -> Iterator[tuple[int, Message]]:
    """Texts that are given to functions of these names, word for word."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node.func) in names:
            given = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
            if message := _message(given):
                yield node.lineno, message


def _name(function: ast.expr) -> str:
    match function:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def _constants(tree: ast.Module, path: str) -> Iterator[tuple[int, Message]]:
    """Texts that module-level constants are or hold, but for docstrings and the keys of mappings."""
    for node in tree.body:
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        names = {target.id for target in targets if isinstance(target, ast.Name)}
        if path == WORDING or names & CONSTANTS.get(path, set()):
            yield from _texts(node.value)


def _texts(node: ast.expr) -> Iterator[tuple[int, Message]]:
    match node:
        case ast.Tuple(elts=[ast.Constant(value=str(one)), ast.Constant(value=str(several))]) if COUNTED in one:
            yield node.lineno, (one, several)
        case ast.Constant(value=str(text)) if text:
            yield node.lineno, text
        case ast.Dict(values=values) | ast.Tuple(elts=values):
            for value in values:
                yield from _texts(value)


def _message(texts: Iterable[str | None]) -> Message:
    """A call's sentence, or the two forms of a counted one; empty where a variable gives it."""
    known = tuple(text for text in texts if text is not None)
    return known[0] if len(known) == 1 else known


def main() -> None:
    """Bring every language up to date."""
    for language in sorted(LANGUAGES.keys() - {ENGLISH}):
        path = FOLDER / f"{language}.po"
        path.write_bytes(updated(language))
        sentences = [message for message in catalogue(language) if message.id]
        missing = sum(not is_translated(message.string) for message in sentences)
        print(f"{path.name}: {len(sentences)} sentences, {missing} to translate")


if __name__ == "__main__":
    main()
