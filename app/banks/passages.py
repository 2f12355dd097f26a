"""What of a bank is in the vector store, and under which ids."""

from dataclasses import replace

from app.grading.encodings import text_key
from rubric.bank import Bank
from vectorstore.store import Passage


def passages_of(bank: Bank) -> list[Passage]:
    """Every question and criterion of a bank, with their translations; ids as `vectorstore.store.Passage` says.

    A translation has kind "translation", so that a search finds each criterion once; its id is that of the
    question or criterion with the translation's own text.
    """
    passages = []
    for question in bank.questions():
        passages.append(question_passage(bank.name, question.id, question.text))
        passages += [
            replace(question_passage(bank.name, question.id, translation.text), kind="translation")
            for translation in question.translations.values()
        ]
        for criterion in question.criteria:
            passages.append(criterion_passage(bank.name, question.id, criterion.id, criterion.text))
            passages += [
                replace(criterion_passage(bank.name, question.id, criterion.id, text), kind="translation")
                for text in criterion.translations.values()
            ]
    return list({passage.id: passage for passage in reversed(passages)}.values())[::-1]


def question_passage(bank: str, question_id: str, text: str) -> Passage:
    """A question as it is stored."""
    id_ = f"{bank}:question:{question_id}:{text_key(text)}"
    return Passage(id=id_, text=text, kind="question", bank=bank, question_id=question_id)


def criterion_passage(bank: str, question_id: str, criterion_id: str, text: str) -> Passage:
    """A criterion as it is stored."""
    id_ = f"{bank}:criterion:{criterion_id}:{text_key(text)}"
    return Passage(id=id_, text=text, kind="criterion", bank=bank, question_id=question_id, criterion_id=criterion_id)
