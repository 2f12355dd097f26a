"""Questions of imported banks for the rows that name them: one version of each bank for the whole run."""

from app.banks.catalogue import BankCatalogue, BankVersion
from app.errors import NotFound
from app.grading.grader import BankRef
from rubric.bank import Question


class BankQuestions:
    """Finds questions; each bank's newest version is looked up once."""

    def __init__(self, catalogue: BankCatalogue) -> None:
        self._catalogue = catalogue
        self._versions: dict[str, BankVersion] = {}

    async def find(self, bank: str, question_id: str) -> tuple[BankRef, Question]:
        """The bank's version and its question.

        Raises:
            NotFound: There is no such bank, or it has no such question.
        """
        version = self._versions.get(bank)
        if version is None:
            version = self._versions[bank] = await self._catalogue.get(bank)
        try:
            question = version.bank.question(question_id)
        except KeyError:
            raise NotFound(
                f"The bank {bank!r} has no question {question_id!r}; viva bank show {bank} --json lists those it has."
            ) from None
        return BankRef(version.name, version.version, version.sha256), question
