"""Workers killed, servers restarted, a model that fails: every answer is graded once."""

import os

import pytest

from tests.fleet.chaos import chaos
from tests.fleet.servers import folder_of_servers, postgres_programs


@pytest.mark.slow
async def test_every_answer_is_graded_once_whatever_is_killed_meanwhile() -> None:
    if postgres_programs() is None:
        reason = "no pg_ctl here; install PostgreSQL's server"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with folder_of_servers() as folder:
        outcome = await chaos(folder, 2000)
        log = (folder / "workers.log").read_text(errors="replace")
    assert outcome.is_whole, f"{outcome.told()}\n{log[-4000:]}"
    assert outcome.killed >= 3
    assert outcome.faults > 50
