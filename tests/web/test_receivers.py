from app.config import Settings
from app.web.receivers import receivers


def told(settings: Settings) -> list[str]:
    return [receiver.told("en") for receiver in receivers(settings)]


def a_language_model_at(host: str) -> str:
    return (
        f"Your answers are also sent to a language model (judge-1) at {host}, which judges them against the criteria."
    )


def test_with_no_service_configured_nothing_leaves_the_server() -> None:
    assert told(Settings()) == []


def test_a_language_model_is_told_by_name_and_host_and_without_its_key() -> None:
    settings = Settings(llm_model="judge-1", llm_base_url="https://key:secret@models.example.org:8443/v1")

    assert told(settings) == [a_language_model_at("models.example.org")]


def test_a_model_without_an_address_is_at_the_default_one() -> None:
    assert told(Settings(llm_model="judge-1")) == [a_language_model_at("api.openai.com")]


def test_an_embedding_service_is_told_too() -> None:
    (sentence,) = told(Settings(embeddings_base_url="http://10.0.0.7:9/v1"))

    assert "an embedding model at 10.0.0.7, which" in sentence
