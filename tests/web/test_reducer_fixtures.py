"""One set of examples, read by the model of the property test and by the JavaScript client."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness.reducer import applied, judged

EXAMPLES = json.loads((Path(__file__).parents[1] / "fixtures" / "reducer.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example["name"])
def test_the_model_does_what_the_examples_say(example: dict[str, Any]):
    """Each event is judged, and only an `apply` moves the position and the feed."""
    position, feed = example["position"], example["feed"]
    for (name, payload), verdict in zip(example["told"], example["verdicts"], strict=True):
        assert judged(position, payload) == verdict
        if verdict == "apply":
            position = [payload["_epoch"], payload["_seq"]]
            applied(feed, name, payload)
    assert (position, feed) == (example["expectedPosition"], example["expectedFeed"])
