"""Tallies add like the shards that they count, and survive a file."""

from __future__ import annotations

import json
from itertools import permutations
from math import inf, nextafter

import numpy as np
import pytest

from tests.hunted import CHART, certify
from verify.arithmetic import InputError
from verify.search import Hunt, Tally, merged
from verify.search.shard import search
from verify.search.tally import decade, decade_text, histogram

HUNT = Hunt(charts=(CHART,), certify=certify)


def shards() -> list[Tally]:
    return [search(HUNT, seed=5, shard=k, cases=512).without_time() for k in range(3)]


def test_the_sum_does_not_depend_on_order_or_grouping() -> None:
    parts = shards()
    whole = merged(parts)
    assert all(merged(order) == whole for order in permutations(parts))
    assert parts[0] + (parts[1] + parts[2]) == (parts[0] + parts[1]) + parts[2] == whole
    assert whole.shards == (0, 1, 2)
    assert whole.drawn == sum(part.drawn for part in parts) == sum(p.drawn for p in parts)
    assert sum(whole.histogram.values()) == whole.admitted < whole.drawn
    assert whole.smallest == min(part.smallest for part in parts) == whole.extremes[0][0]


def test_a_shard_is_the_same_every_time_and_others_differ() -> None:
    first, again = (search(HUNT, seed=1, shard=2, cases=256).without_time() for _ in range(2))
    assert first == again
    assert first.histogram != search(HUNT, seed=1, shard=3, cases=256).histogram
    assert first.histogram != search(HUNT, seed=2, shard=2, cases=256).histogram


def test_a_shard_is_not_counted_twice() -> None:
    part = shards()[0]
    with pytest.raises(InputError, match="shard 0 is counted twice"):
        part + part


def test_a_tally_survives_a_file() -> None:
    from dataclasses import replace

    tally = merged(shards())
    addressed = replace(
        tally, found=tuple(replace(f, witness=f.witness.addressed_to("a/b", twin=False)) for f in tally.found)
    )
    assert addressed.found
    assert Tally.from_json(json.loads(json.dumps(addressed.to_json()))) == addressed
    assert Tally.from_json(json.loads(json.dumps(Tally().to_json()))) == Tally()


@pytest.mark.parametrize("value", [0.0, 1e-20, 1e-15, 3e-7, 0.1, 1.0, 9.99, 10.0, 1e20, inf, nextafter(1.0, 0)])
@pytest.mark.parametrize("sign", [1, -1])
def test_histogram_and_decades_agree(value: float, sign: int) -> None:
    assert histogram(np.array([sign * value, np.nan])) == {decade(sign * value): 1}


def test_decades_are_told_in_words() -> None:
    assert [decade_text(decade(x)) for x in (0.005, -0.5, 0.0)] == ["1e-3 to 1e-2", "-1e0 to -1e-1", "0"]
    assert sorted([decade(-10.0), decade(-1e-3), 0, decade(1e-3), decade(10.0)]) == [
        decade(-10.0),
        decade(-1e-3),
        0,
        decade(1e-3),
        decade(10.0),
    ]
