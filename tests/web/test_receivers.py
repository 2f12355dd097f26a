from app.config import Settings
from app.web.receivers import receivers


def told(settings: Settings) -> list[tuple[str, str]]:
    return [(receiver.what, receiver.host) for receiver in receivers(settings)]


def test_with_no_service_configured_nothing_leaves_the_server() -> None:
    assert told(Settings()) == []


def test_a_language_model_is_told_by_name_and_host_and_without_its_key() -> None:
    settings = Settings(llm_model="judge-1", llm_base_url="https://key:secret@models.example.org:8443/v1")

    assert told(settings) == [("a language model (judge-1)", "models.example.org")]


def test_a_model_without_an_address_is_at_the_default_one() -> None:
    assert told(Settings(llm_model="judge-1")) == [("a language model (judge-1)", "api.openai.com")]


def test_an_embedding_service_is_told_too() -> None:
    assert told(Settings(embeddings_base_url="http://10.0.0.7:9/v1")) == [("an embedding model", "10.0.0.7")]
