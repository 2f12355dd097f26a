import time

from tests.web.conftest import Browser


def test_the_process_says_that_it_is_alive(nobody: Browser) -> None:
    assert nobody.client.get("/healthz").json() == {"status": "alive"}


def test_ready_says_what_is_still_warming_until_the_grader_is_warm(nobody: Browser) -> None:
    for _ in range(100):
        answer = nobody.client.get("/readyz")
        if answer.status_code == 200:
            break
        assert answer.status_code == 503
        assert answer.json()["waiting_for"]
        time.sleep(0.1)
    assert answer.json() == {"status": "ready"}
