"""Real MongoDB and Valkey as child processes: no installation, no port, no orphan."""

from server.engines.child import Child
from server.engines.errors import EngineError, EngineFailed, EngineMissing, EnginesBusy
from server.engines.locate import find_mongod, find_valkey
from server.engines.mongod import Mongod
from server.engines.pair import Engines, EngineUrls
from server.engines.sharing import borrowed_engines, running_engines
from server.engines.valkey import Valkey

__all__ = [
    "Child",
    "EngineError",
    "EngineFailed",
    "EngineMissing",
    "EngineUrls",
    "Engines",
    "EnginesBusy",
    "Mongod",
    "Valkey",
    "borrowed_engines",
    "find_mongod",
    "find_valkey",
    "running_engines",
]
