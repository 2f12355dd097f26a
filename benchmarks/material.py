"""Banks, replies and rows made up on the spot, equal in every run: nothing is read from anywhere."""

import random
from typing import Any

_THINGS = [
    "cache",
    "queue",
    "index",
    "schema",
    "cluster",
    "bucket",
    "table",
    "stream",
    "pipeline",
    "replica",
    "partition",
    "backup",
    "token",
    "gateway",
    "worker",
    "container",
    "dashboard",
    "alert",
    "ledger",
    "batch",
    "lock",
    "snapshot",
    "proxy",
    "shard",
    "cursor",
    "registry",
    "scheduler",
    "socket",
    "buffer",
]
_DEEDS = [
    "stores",
    "splits",
    "retries",
    "encrypts",
    "measures",
    "routes",
    "copies",
    "compresses",
    "validates",
    "orders",
    "drops",
    "merges",
    "checks",
    "limits",
    "caches",
    "logs",
    "reads",
    "writes",
    "isolates",
    "rebuilds",
]
_MANNERS = (
    "by date", "once a night", "before it is needed", "in small steps", "for every tenant", "when load rises",
    "without downtime", "under a lease", "at the edge", "with a checksum", "in the same transaction", "on two machines",
)  # fmt: skip


def sentence(chance: random.Random) -> str:
    """About twelve words that parse as a claim."""
    one, other, third = chance.sample(_THINGS, 3)
    return (
        f"The {one} {chance.choice(_DEEDS)} the {other} {chance.choice(_MANNERS)}, "
        f"so the {third} {chance.choice(_DEEDS)} {chance.choice(_MANNERS)}."
    )


def reply(chance: random.Random, words: int = 100) -> str:
    """A reply of so many words."""
    said: list[str] = []
    while len(said) < words:
        said += sentence(chance).split()
    return " ".join(said[:words])


def criterion(chance: random.Random) -> str:
    """One expected point."""
    thing, other = chance.sample(_THINGS, 2)
    return f"The {thing} {chance.choice(_DEEDS)} the {other} {chance.choice(_MANNERS)}"


def question(chance: random.Random) -> str:
    """A question of ten words or so."""
    thing, other = chance.sample(_THINGS, 2)
    return f"How would you keep the {thing} and the {other} of a busy service apart?"


def bank_yaml(name: str, questions: int, criteria: int = 5) -> bytes:
    """A bank's file of one section; seeded by its name."""
    chance = random.Random(name)
    lines = ["sections:", f"- title: {name}", "  questions:"]
    for number in range(1, questions + 1):
        lines += [f"  - id: q{number}", f"    text: {question(chance)}", "    criteria:"]
        lines += [f"    - {criterion(chance)} ({number}.{place})" for place in range(1, criteria + 1)]
    return "\n".join(lines).encode()


def rows(count: int, rubrics: int = 60, criteria: int = 5) -> list[dict[str, Any]]:
    """Rows of `viva grade` with inline rubrics, a few answers to each."""
    chance = random.Random(count)
    asked = [(question(chance), [criterion(chance) for _ in range(criteria)]) for _ in range(rubrics)]
    found = []
    for number in range(count):
        text, points = asked[number % rubrics]
        found.append({"id": number, "question": text, "criteria": points, "answer": reply(chance)})
    return found
