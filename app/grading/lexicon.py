"""Words of a text: where they stand, which carry content, their stems, denials and numbers.

English, deliberately small: the embedding carries the meaning; these lists only say which words to weigh and
which words turn a statement round.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

_WORD = re.compile(r"\w+(?:['’]\w+)*")
_NUMBER = re.compile(r"(?<![\w.])(\d+(?:[.,]\d+)*)\s*-?\s*(%|[^\W\d_]+)?")


def _listed(text: str) -> frozenset[str]:
    return frozenset(text.split())


STOP_WORDS = _listed(
    """a about above after again all also although am an and any anything are aren't as at be because been before
    being below between both but by can can't cannot could couldn't did didn't do does doesn't doing don't down during
    each either else etc even ever every few for from further get gets getting give gives go goes going gone got had
    hadn't has hasn't have haven't having he he'd he'll he's her here hers herself him himself his how however i i'd
    i'll i'm i've if in instead into is isn't it it's its itself just kind let let's like lot lots make makes making
    many may maybe me might mine more most much must my myself need needed needs no nor not now of off often on once one ones
    only onto or other others our ours out over own per please quite rather really same shall she she's should
    shouldn't so some something sort still such take takes than that that's the their theirs them themselves then
    there there's therefore these they they'd they'll they're they've thing things this those though through thus to
    too under until up upon us use used uses using usually very via was wasn't way we we'd we'll we're we've well were
    weren't what what's when where whether which while who whom whose why will with within without won't would
    wouldn't yes yet you you'd you'll you're you've your yours yourself e.g eg i.e ie vs explain describe name tell
    question answer example examples following given e g s t d ll re ve m"""
)
"""Words that carry no claim by themselves."""

_PIECE = re.compile(r"[,;/|•·\n]|\.(?=\s|$)|\s[-–—*]\s")
_RELATION = re.compile(r"[:=<>]|->|→")
MIN_KEYWORDS = 5
MAX_KEYWORD_WORDS = 3
MIN_DEPRIVED_CHARS = 4
FUNCTION_WORDS = _listed(
    """the of and to a in is it that for on with as are this be by not or an at from if which would can we they you
    i so there have has was were will do does what when how but all their its our my your than then because into"""
)
"""Words that any stretch of English prose is full of."""

_DENIALS = _listed(
    """not no never none nobody nothing nowhere neither nor cannot without avoid avoids avoided avoiding skip skips
    skipped skipping refuse refuses refused ignore ignores ignored ignoring disable disables disabled disabling
    unnecessary pointless useless needless impossible prevent prevents prevented forbid forbids forbidden stop stops
    stopped unable hardly rarely withhold withheld forget forgets"""
)
_BARE_CONTRACTIONS = frozenset({"dont", "doesnt", "didnt", "isnt", "arent", "wasnt", "wont", "cant", "shouldnt"})
_DENYING_PHRASES = re.compile(
    r"\b(?:waste of|instead of|rather than|too (?:slow|late|much|expensive|risky)|turn(?:ed|s)? off|switch(?:ed|es)? off"
    r"|leave (?:it |them |that )?out|get rid of|doesn['’]?t matter|by themselves|no need|no point)\b",
    re.IGNORECASE,
)

_SUFFIXES = (
    "ization", "isation", "ational", "ations", "ation", "ingly", "iness", "ments", "ising", "izing", "ised", "ized",
    "ises", "izes", "ities", "ment", "edly", "ers", "ors", "ing", "ies", "ied", "ise", "ize", "ity", "ion", "ed", "ly",
    "es", "er", "or", "s", "e", "y", "i",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Word:
    """A word and its place, in code points of its text."""

    text: str
    start: int
    end: int

    @property
    def is_content(self) -> bool:
        """Whether it carries a claim."""
        return self.text.lower().replace("’", "'") not in STOP_WORDS


@lru_cache(maxsize=1024)
def words(text: str) -> tuple[Word, ...]:
    """The words of a text, in order; kept for a while, as a sentence is looked at once a criterion and rule."""
    return tuple(Word(match.group(), match.start(), match.end()) for match in _WORD.finditer(text))


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    """A crude common form: "partition", "partitions", "partitioned" and "partitioning" share one."""
    form = word.lower().replace("’", "'").removesuffix("'s")
    while (shorter := _cut(form)) != form:
        form = shorter
    return form


def _cut(form: str) -> str:
    """One suffix less, leaving at least three letters; then without a doubled consonant."""
    for suffix in _SUFFIXES:
        if len(form) - len(suffix) >= 3 and form.endswith(suffix) and not form.endswith("ss"):
            form = form.removesuffix(suffix)
            break
    return form[:-1] if len(form) > 3 and form[-1] == form[-2] and form[-1] not in "aeiouls" else form


def content_stems(text: str) -> frozenset[str]:
    """Stems of the words that carry content."""
    return frozenset(stem(word.text) for word in words(text) if word.is_content)


@lru_cache(maxsize=1024)
def denials(text: str) -> int:
    """How many cues of denial or dismissal a text has ("not", "never", "avoid", "no need", "turned off")."""
    count = len(_DENYING_PHRASES.findall(" ".join(text.split())))
    for word in words(text):
        folded = word.text.lower().replace("’", "'")
        count += folded in _DENIALS or folded.endswith("n't") or folded in _BARE_CONTRACTIONS
    return count


def numbers(text: str) -> frozenset[tuple[str, str]]:
    """(value, stem of the unit or "") of each number standing by itself; "S3" and "x86" are names, not numbers."""
    found = set()
    for match in _NUMBER.finditer(text):
        unit = (match.group(2) or "").lower()
        found.add((match.group(1).replace(",", "."), "" if unit in STOP_WORDS else stem(unit)))
    return frozenset(found)


def is_keyword_list(text: str) -> bool:
    """Whether a text only names things: at least five pieces of hardly more than three words and no function word."""
    pieces = [piece for piece in _PIECE.split(text) if piece.strip()]
    named = words(text)
    return (
        len(pieces) >= MIN_KEYWORDS
        and len(named) <= MAX_KEYWORD_WORDS * len(pieces)
        and english_share(text) == 0
        and not _RELATION.search(text)
    )


def english_share(text: str) -> float:
    """Share of a text's words that are English function words; 0 when it has none."""
    found = words(text)
    return sum(word.text.lower() in FUNCTION_WORDS for word in found) / len(found) if found else 0.0


_PAIRS = """
    increase/decrease rise/fall grow/shrink raise/lower high/low higher/lower more/less most/least fast/slow faster/slower
    quick/slow large/small big/small long/short early/late before/after first/last above/below over/under up/down
    inside/outside enable/disable allow/forbid allow/prevent accept/reject accept/refuse include/exclude add/remove
    insert/delete create/delete store/delete attach/detach keep/discard keep/drop open/closed open/close public/private structured/unstructured
    compress/uncompressed raw/processed raw/cleaned raw/clean row/column rows/columns
    synchronous/asynchronous sync/async mutable/immutable strong/weak hot/cold warm/cold dry/wet
    positive/negative same/different similar/different equal/unequal always/never all/none required/optional
    mandatory/optional manual/automatic manually/automatically read/write
    reads/writes internal/external local/remote parallel/sequential simple/complex cheap/expensive safe/unsafe
    safe/dangerous separate/together separately/together alone/together calm/angry win/lose profit/loss start/stop
    begin/end push/pull upload/download source/target lend/borrow buy/sell
"""
_PRIVATIVES = ("un", "non", "dis", "in", "im", "ir", "de")


def _opposites() -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for pair in _PAIRS.split():
        one, other = pair.split("/")
        found.setdefault(one, set()).add(other)
        found.setdefault(other, set()).add(one)
    return {word: frozenset(others) for word, others in found.items()}


OPPOSITES = _opposites()
"""What turns a word round, by word."""


def opposed(criterion: str, said: str) -> int:
    """How many of a criterion's words the other text turns into their opposite without saying the word itself.

    A word whose opposite the criterion names too ("raw and processed") turns nothing round.
    """
    known, theirs = _vocabulary(criterion), _vocabulary(said)
    others = theirs - known
    deprived = {
        stem(other.removeprefix(prefix)) for other in others for prefix in _PRIVATIVES if other.startswith(prefix)
    }
    return sum(
        bool(OPPOSITES.get(word, frozenset()) & others)
        or (len(word) >= MIN_DEPRIVED_CHARS and bool(deprived) and stem(word) in deprived)
        for word in known - theirs
    )


@lru_cache(maxsize=4096)
def _vocabulary(text: str) -> frozenset[str]:
    return frozenset(word.text.lower() for word in words(text))
