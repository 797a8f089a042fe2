"""What is vendored for browsers is what was published."""

import hashlib
import json
from pathlib import Path

VENDOR = Path(__file__).parents[2] / "web" / "vendor"
MANIFEST = json.loads((VENDOR / "manifest.json").read_text(encoding="utf-8"))


def test_vendored_files_are_unchanged():
    """Every file has the checksum that the manifest names, with the version it comes from."""
    assert MANIFEST
    for name, entry in MANIFEST.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == entry["sha256"], name
        assert entry["version"]


def test_nothing_is_vendored_without_a_checksum():
    """A file that the manifest does not name has no origin."""
    found = {path.relative_to(VENDOR).as_posix() for path in VENDOR.rglob("*") if path.is_file()}
    assert found - {"manifest.json"} == set(MANIFEST)
