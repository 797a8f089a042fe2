"""A reader of the raw database, as a thief of its files would be: every byte of every document of every collection."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator

from bson import decode_iter
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from pymongo import AsyncMongoClient

from tests.harness.school import School

AS_BYTES = CodecOptions(document_class=RawBSONDocument)


def spellings(secret: str) -> Iterator[bytes]:
    """The secret as it is, in lower case, backwards hex and base64: what a careless writer might have made of it."""
    for text in {secret, secret.lower()}:
        raw = text.encode()
        yield from (raw, raw.hex().encode(), base64.b64encode(raw).rstrip(b"=")[:-1])


async def found_in_clear(school: School, secrets: Iterable[str], *, except_in: Iterable[str] = ()) -> list[str]:
    """Where one of the secrets stands in the clear: collection and secret. New collections are read like the others."""
    wanted = {secret: tuple(spellings(secret)) for secret in secrets}
    found = []
    async with AsyncMongoClient(school.place.mongodb_url) as client:
        database = client[school.place.database]
        for name in set(await database.list_collection_names()) - set(except_in):
            # Thousands of documents at once: looked through as one, and one by one where something was found.
            async for batch in database[name].find_raw_batches({}):
                ways_here = {s: ways for s, ways in wanted.items() if any(way in batch for way in ways)}
                for document in decode_iter(batch, AS_BYTES) if ways_here else ():
                    raw = document.raw
                    found += [f"{name}: {secret}" for secret, ways in ways_here.items() if any(w in raw for w in ways)]
    return found
