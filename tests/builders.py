"""Banks for tests, as small as the test needs, and one that uses every field."""

from pathlib import Path

from rubric.bank import Band, Bank, Question, QuestionTranslation, Section, SkipPolicy, Term
from rubric.criteria import Criterion

SHIPPED_BANK = Path(__file__).parent.parent / "rubric" / "banks" / "aws_data_engineer.txt"


def a_question(text: str = "How do you store raw data?", *criteria: str, id: str = "") -> Question:  # noqa: A002 - the field's name
    """A question with these criteria, or with one."""
    texts = criteria or ("Keep it in object storage.",)
    return Question(text=text, criteria=tuple(Criterion(text=criterion) for criterion in texts), id=id)


def a_section(title: str = "Storage", *questions: Question) -> Section:
    """A section with these questions, or with one."""
    return Section(title=title, questions=questions or (a_question(),))


def a_bank(*sections: Section, name: str = "storage") -> Bank:
    """A bank with these sections, or with one."""
    return Bank(name=name, sections=sections or (a_section(),))


def a_bank_of(*questions: Question, name: str = "storage") -> Bank:
    """A bank of one section with these questions."""
    return a_bank(a_section("Storage", *questions), name=name)


def a_full_bank() -> Bank:
    """A bank that uses every field there is, explicit ids included."""
    return Bank(
        name="night-nurse",
        title="Night nurse, ward 7",
        language="en-GB",
        bands=(Band(name="not yet", minimum=0), Band(name="solid", minimum=60), Band(name="strong", minimum=85)),
        minimum_completeness=70,
        sections=(
            Section(
                title="Handover",
                translations={"de": "Übergabe"},
                questions=(
                    Question(
                        id="handover",
                        text="How do you hand over a patient?\nTake your time.",
                        criteria=(
                            Criterion(id="sbar", text="Uses SBAR: situation, background, …", weight=3, must_have=True),
                            Criterion(
                                id="bedside", text="= at the bedside, with the patient", translations={"de": "Am Bett"}
                            ),
                        ),
                        follow_up="Could you say more about how you would do that?",
                        clarification="Any ward you know will do.",
                        terms=(Term(term="SBAR", gloss="a fixed order of telling"), Term(term="ward", gloss="yes")),
                        offer_related=True,
                        explain_code=True,
                        skip=SkipPolicy.RETURN,
                        time_limit_s=300,
                        tags=("communication", "no"),
                        translations={
                            "de": QuestionTranslation(
                                text="Wie übergeben Sie?", follow_up="Sagen Sie mehr.", clarification="Jede Station."
                            ),
                            "pt-BR": QuestionTranslation(text="Como você passa o plantão?"),
                        },
                    ),
                    Question(
                        id="refusal",
                        text="A patient refuses a medicine. What do you do?",
                        criteria=(Criterion(id="ask-why", text="- Asks why, without pressing.", weight=2),),
                        skip=SkipPolicy.NEVER,
                    ),
                ),
            ),
            Section(
                title="1. Records",
                questions=(
                    Question(
                        id="records", text="2) What do you write down?", criteria=(Criterion(id="t", text="12:30"),)
                    ),
                ),
            ),
        ),
    )
