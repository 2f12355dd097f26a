"""Lists come a page at a time, whole and without twins, whatever happens in between."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.api.conftest import Opened

Open = Callable[..., Opened]


def pages(
    client: TestClient, operator: dict[str, str], path: str, limit: int, more: str = ""
) -> Iterator[dict[str, Any]]:
    """Every page, by the address that the header Link gives."""
    address: str | None = f"/api/v1/{path}?limit={limit}{more}"
    while address is not None:
        answer = client.get(address, headers=operator)
        assert answer.status_code == 200, answer.text
        body = answer.json()
        yield body
        link = answer.headers.get("Link", "")
        assert (body["next"] is None) == (link == "")
        address = link[1 : link.index(">")] if link else None
        assert link == "" or link.endswith('>; rel="next"')


def test_interviews_come_newest_first_and_what_is_added_or_deleted_meanwhile_disturbs_no_page(
    client: TestClient, operator: dict[str, str], opened: Open
) -> None:
    mine = [opened(label=f"Paged {n}").id for n in range(7)]
    seen: list[str] = []
    for number, page in enumerate(pages(client, operator, "interviews", 3)):
        assert len(page["interviews"]) <= 3
        seen += [one["id"] for one in page["interviews"]]
        if number == 0:
            opened(label="Came later")
            client.delete(f"/api/v1/interviews/{seen[-1]}", headers=operator)
    assert [id_ for id_ in seen if id_ in mine] == mine[::-1]
    assert len(set(seen)) == len(seen)


def test_requests_and_answers_without_a_grade_are_paged_together(
    client: TestClient, operator: dict[str, str], opened: Open
) -> None:
    for n in range(5):
        interview = opened(label=f"Asks {n}")
        said = {"id": "m", "text": "What is the salary for this position?"}
        client.post(f"/api/v1/interviews/{interview.id}/messages", json=said, headers=interview.bearer)
    whole = client.get("/api/v1/requests", headers=operator).json()
    assert whole["next"] is None
    assert len(whole["requests"]) >= 5
    found = list(pages(client, operator, "requests", 2))
    for name in ("requests", "ungraded"):
        assert [one for page in found for one in page[name]] == whole[name]


def test_reviews_are_paged_and_keep_their_filter(client: TestClient, operator: dict[str, str]) -> None:
    whole = client.get("/api/v1/reviews?bank=lake&limit=200", headers=operator).json()
    found = list(pages(client, operator, "reviews", 1, "&bank=lake")) if whole["total"] else []
    assert [one["id"] for page in found for one in page["reviews"]] == [one["id"] for one in whole["reviews"]]
    assert {page["total"] for page in found} <= {whole["total"]}


@pytest.mark.parametrize("path", ["interviews", "reviews", "requests"])
@pytest.mark.parametrize(
    "cursor", ["x", "bnVsbA", "W10", "W1siMjAyNiIsMV1d", "W1siMjAyNi0wMS0wNVQwOTowMDowMCIsImEiXV0", "é"]
)
def test_a_cursor_that_is_none_is_refused(client: TestClient, operator: dict[str, str], path: str, cursor: str) -> None:
    refused = client.get(f"/api/v1/{path}", params={"cursor": cursor}, headers=operator)
    assert refused.status_code == 422
    assert refused.json()["detail"].startswith("cursor: ")


def test_a_page_has_bounds(client: TestClient, operator: dict[str, str]) -> None:
    for limit in (0, 201, "many"):
        refused = client.get("/api/v1/interviews", params={"limit": limit}, headers=operator)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "#/limit"
