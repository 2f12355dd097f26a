"""A process that does jobs until it is ended: each writes down that it began, takes a moment, and writes that it ended.

Started by `test_processes` with the database's address.
"""

import asyncio
import os
import signal
import sys

from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert

from app.config import Settings
from app.db.database import Database
from app.db.engine import make_engine
from app.jobs.durable import DurableJobs
from app.logs import set_up

BEAT_S = 0.3
DEAD_AFTER_S = 3.0
notes = Table(
    "notes",
    MetaData(),
    Column("what", String(10)),
    Column("id", String(50)),
    Column("pid", Integer),
)


async def main(address: str) -> None:
    set_up("error")
    database = Database(make_engine(Settings(database_url=address)))
    jobs = DurableJobs(
        database,
        version="1",
        concurrency=5,
        look_every_s=0.05,
        beat_s=BEAT_S,
        dead_after_s=DEAD_AFTER_S,
        first_pause_s=0.2,
    )

    async def note(what: str, of: str) -> None:
        def write(connection: Connection) -> None:
            connection.execute(insert(notes).values(what=what, id=of, pid=os.getpid()))

        await database.write(write)

    async def handle(ids: tuple[str, ...]) -> bool:
        await note("began", ids[0])
        await asyncio.sleep(0.2)
        await note("ended", ids[0])
        return True

    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await jobs.start({"grade": handle})
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await stop.wait()
    await jobs.stop(5)
    await database.aclose()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
