"""What of a bank is in the vector store, and under which ids."""

from dataclasses import replace

from app.grading.encodings import group_key, in_question
from rubric.bank import Bank, Question
from vectorstore.embeddings import InContext
from vectorstore.store import Passage


def passages_of(bank: Bank) -> dict[Passage, InContext]:
    """Every question and criterion of a bank, with their translations, and what is encoded of each.

    Ids are as `vectorstore.store.Passage` says. A translation has kind "translation", so that a search finds each
    criterion once; its id is that of the question or criterion with the translation's own text, read in the light
    of the question in that language, where there is one.
    """
    found: dict[str, tuple[Passage, InContext]] = {}
    for question in bank.questions():
        for passage, group in _in_languages(bank.name, question):
            found.setdefault(passage.id, (passage, group))
    return dict(found.values())


def _in_languages(bank: str, question: Question) -> list[tuple[Passage, InContext]]:
    made = asked_passages(bank, question.id, question.text, [(c.id, c.text) for c in question.criteria])
    languages = dict.fromkeys(
        [*question.translations, *(language for criterion in question.criteria for language in criterion.translations)]
    )
    for language in languages:
        translation = question.translations.get(language)
        text = question.text if translation is None else translation.text
        criteria = [(c.id, c.translations.get(language, c.text)) for c in question.criteria]
        made += [
            (replace(passage, kind="translation"), group)
            for passage, group in asked_passages(bank, question.id, text, criteria)
        ]
    return made


def asked_passages(
    bank: str, question_id: str, question: str, criteria: list[tuple[str, str]]
) -> list[tuple[Passage, InContext]]:
    """A question as it is asked, then its criteria (id and text), each with what is encoded of it."""
    asked, *told = in_question(question, [text for _, text in criteria])
    return [
        (
            Passage(
                id=f"{bank}:question:{question_id}:{group_key(asked)}",
                text=question,
                kind="question",
                bank=bank,
                question_id=question_id,
            ),
            asked,
        ),
        *(
            (
                Passage(
                    id=f"{bank}:criterion:{criterion_id}:{group_key(group)}",
                    text=text,
                    kind="criterion",
                    bank=bank,
                    question_id=question_id,
                    criterion_id=criterion_id,
                ),
                group,
            )
            for (criterion_id, text), group in zip(criteria, told, strict=True)
        ),
    ]
