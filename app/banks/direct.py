"""A bank's vectors made from its texts, for one command: no vector store is opened, so none has to be free.

They are made the way the store's are, half precision of tokens included, so that features measured with either agree.
"""

from collections.abc import Mapping, Sequence

from app.banks.decoys import BankDecoys, FindBank
from app.banks.index import kept_tokens
from app.banks.passages import asked_passages, passages_of
from app.grading.encodings import RubricEncoding
from app.grading.grader import BankRef, GradeRequest
from vectorstore.embeddings import Embedder, Encoding, Vectors
from vectorstore.store import Passage


class DirectRubrics:
    """Encodes the banks that requests name; a `RubricSource` for bank requests."""

    def __init__(self, embedder: Embedder, find_bank: FindBank) -> None:
        """Encode with this model what `find_bank` gives, each bank version once."""
        self._embedder = embedder
        self._find_bank = find_bank
        self._passages = _Passages()
        self._known: set[BankRef] = set()
        self._decoys = BankDecoys(self._passages, embedder, find_bank)

    async def encodings(self, requests: Sequence[GradeRequest]) -> list[RubricEncoding]:
        """One a request, in order, all of a bank; see `RubricSource.encodings`."""
        return [await self._encoding(request) for request in requests]

    async def _encoding(self, request: GradeRequest) -> RubricEncoding:
        if request.bank is None:
            raise ValueError("a request with an inline rubric belongs to no bank")
        if request.bank not in self._known:
            passages = passages_of(await self._find_bank(request.bank))
            encodings = await self._embedder.encode(list(passages.values()))
            self._passages.add(list(passages), [_as_kept(found[0]) for found in encodings])
            self._known.add(request.bank)
        name = request.bank.name
        criteria = [(criterion.id, criterion.text) for criterion in request.criteria]
        asked = asked_passages(name, request.question_id, request.question, criteria)
        ids = tuple(passage.id for passage, _ in asked)
        found = [self._passages.encoding(id_) for id_ in ids]
        return RubricEncoding(found[0], tuple(found[1:]), ids, await self._decoys.of(request))


class _Passages:
    """Passages with their encodings, by id."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[Passage, Encoding]] = {}

    def add(self, passages: Sequence[Passage], encodings: Sequence[Encoding]) -> None:
        self._found |= {p.id: (p, e) for p, e in zip(passages, encodings, strict=True)}

    def encoding(self, id_: str) -> Encoding:
        return self._found[id_][1]

    async def fetch(self, ids: Sequence[str]) -> Mapping[str, tuple[Passage, Vectors]]:
        return {id_: (passage, encoding.vector) for id_ in ids for passage, encoding in (self._found[id_],)}


def _as_kept(encoding: Encoding) -> Encoding:
    return Encoding(encoding.vector, kept_tokens(encoding).full(), encoding.offsets)
