"""The database client, with the guarantees that the promises rest on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from beanie import init_beanie
from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase

from models import DOCUMENTS
from services.committer import MongoClient


@dataclass(frozen=True, slots=True)
class Database:
    """An open client, and the database of this school."""

    client: MongoClient
    database: AsyncDatabase[Mapping[str, object]]


def connect(url: str) -> MongoClient:
    """A client whose writes survive the loss of any one server, and whose waits end after 5 s."""
    return AsyncMongoClient(
        url,
        tz_aware=True,
        w="majority",
        journal=True,
        readConcernLevel="majority",
        retryWrites=True,
        retryReads=True,
        timeoutMS=5000,
        serverSelectionTimeoutMS=3000,
        maxPoolSize=100,
        waitQueueTimeoutMS=1000,
        appname="coursewire",
    )


@asynccontextmanager
async def open_database(url: str, name: str) -> AsyncIterator[Database]:
    """Connect, and bind the documents; indexes are the business of `migrate`."""
    client = connect(url)
    try:
        database = client.get_database(name)
        await init_beanie(database=database, document_models=DOCUMENTS, skip_indexes=True)
        yield Database(client, database)
    finally:
        await client.close()
