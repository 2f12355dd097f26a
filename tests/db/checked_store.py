"""A store that never believes its memory: whatever it remembers is compared with what the database holds."""

from app.db.database import Database
from app.db.interview_store import SqlInterviewStore, load_interview
from app.interviews.models import Interview
from app.jobs.enqueueing import enqueue


class CheckedStore(SqlInterviewStore):
    def __init__(self, database: Database) -> None:
        super().__init__(database, enqueue=enqueue)

    async def load(self, interview_id: str) -> Interview:
        found = await super().load(interview_id)
        assert found == await self._database.read(lambda connection: load_interview(connection, interview_id))
        return found
