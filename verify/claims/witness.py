"""Witnesses: exact data that satisfy the hypotheses of a statement and violate its conclusion."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

from verify.arithmetic import InputError
from verify.claims.plain import plain, read_json

#: Names the format of a stored witness; a change that older readers would misread gets a new number.
WITNESS_SCHEMA = "rankproof/witness/1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Established:
    """One hypothesis that a witness satisfies, and how that is known.

    Only a hypothesis established in exact arithmetic counts: ``exact=False`` records one that was merely seen
    to hold approximately, and such a witness refutes nothing.
    """

    name: str
    how: str
    exact: bool = True

    def __post_init__(self) -> None:
        for key in ("name", "how"):
            value = getattr(self, key)
            if not isinstance(value, str) or not value.strip():
                raise InputError(f"hypothesis {key}", f"{value!r} is not text", "say it in words")
        if not isinstance(self.exact, bool):
            raise InputError(f"hypothesis {self.name}", "exact is neither true nor false", "write true or false")

    def to_json(self) -> dict[str, object]:
        """``{"name", "how", "exact"}``."""
        return {"name": self.name, "how": self.how, "exact": self.exact}


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A counterexample, as exact data that anybody can check again.

    Parameters
    ----------
    problem
        The data, usually a problem file's content; fractions become text, floats are refused.
    hypotheses
        Every hypothesis of the statement with how it was established.
    violates
        In words: which conclusion fails, and how.
    enclosed
        What was computed about it: exact numbers as text, balls as ``{"mid", "rad"}``.
    kind
        What sort of data `problem` is, so that a reader knows how to check it (``problem``, ``matrix``, …).
    claim, twin, without
        The slug of the claim, whether its negative twin is meant, and which hypothesis was dropped (empty: none). The
        runner fills them in.
    """

    problem: Mapping[str, object]
    hypotheses: tuple[Established, ...]
    violates: str
    enclosed: Mapping[str, object] = field(default_factory=dict)
    kind: str = "problem"
    claim: str = ""
    twin: bool = False
    without: str = ""

    def __post_init__(self) -> None:
        for name in ("problem", "enclosed"):
            value = getattr(self, name)
            if not isinstance(value, Mapping):
                raise InputError(f"witness {name}", "is not a mapping of names to values", "give a dict")
            object.__setattr__(self, name, plain(value, f"witness {name}"))
        object.__setattr__(self, "hypotheses", tuple(self.hypotheses))
        if not all(isinstance(item, Established) for item in self.hypotheses):
            raise InputError("witness hypotheses", "one is not an Established", "give Established(name=…, how=…)")
        names = [item.name for item in self.hypotheses]
        if len(set(names)) < len(names):
            raise InputError("witness hypotheses", "one is named twice", "name each once")
        for name in ("violates", "kind"):
            value = getattr(self, name)
            if not isinstance(value, str) or not value.strip():
                raise InputError(f"witness {name}", f"{value!r} is not text", "say it in words")
        if not self.problem:
            raise InputError("witness problem", "is empty", "give the data that violate the statement")

    def addressed_to(self, claim: str, *, twin: bool, without: str = "") -> Witness:
        """This witness, for the claim with that slug, unless it already names another one."""
        return replace(self, claim=claim, twin=twin, without=without) if self.claim in ("", claim) else self

    @property
    def of(self) -> str:
        """What it refutes, for people."""
        variant = "the negative twin of " if self.twin else ""
        return f"{variant}{self.claim}" + (f" without {self.without!r}" if self.without else "")

    @property
    def digest(self) -> str:
        """Names the witness by its content: equal witnesses, and only they, have equal digests."""
        text = json.dumps(self.to_json(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, object]:
        """The stored form, ``{"schema", "claim", "twin", "kind", "problem", "hypotheses", "violates",
        "enclosed"}``, with ``"without"`` where a hypothesis was dropped."""
        return {
            "schema": WITNESS_SCHEMA,
            "claim": self.claim,
            "twin": self.twin,
            **({"without": self.without} if self.without else {}),
            "kind": self.kind,
            "problem": dict(self.problem),
            "hypotheses": [item.to_json() for item in self.hypotheses],
            "violates": self.violates,
            "enclosed": dict(self.enclosed),
        }

    @classmethod
    def from_json(cls, data: object, where: str = "witness") -> Witness:
        """The witness that :meth:`to_json` wrote; anything else is refused with an ``InputError`` naming the
        place."""
        keys = ("schema", "claim", "twin", "kind", "problem", "hypotheses", "violates", "enclosed")
        record = _record(data, keys, where, optional=("without",))
        if record["schema"] != WITNESS_SCHEMA:
            raise InputError(f"{where}.schema", f"{record['schema']!r} is not known", f"expected {WITNESS_SCHEMA!r}")
        for key in ("claim", "kind", "violates"):
            if not isinstance(record[key], str) or not str(record[key]).strip():
                raise InputError(f"{where}.{key}", "is not text", "give non-empty text")
        if not isinstance(record["twin"], bool):
            raise InputError(f"{where}.twin", "is neither true nor false", "write true or false")
        without = record.get("without", "")
        if not isinstance(without, str) or ("without" in record and not without.strip()):
            raise InputError(f"{where}.without", "is not text", "name the hypothesis that was dropped")
        if not isinstance(record["hypotheses"], list):
            raise InputError(f"{where}.hypotheses", "is not a list", 'give [{"name", "how", "exact"}, …]')
        established = []
        for i, item in enumerate(record["hypotheses"]):
            entry = _record(item, ("name", "how", "exact"), f"{where}.hypotheses[{i}]")
            try:
                established.append(Established(**entry))  # type: ignore[arg-type]
            except InputError as error:
                raise InputError(f"{where}.hypotheses[{i}]", error.problem, error.mend) from None
        try:
            return cls(
                problem=cast("Mapping[str, object]", record["problem"]),
                hypotheses=tuple(established),
                violates=str(record["violates"]),
                enclosed=cast("Mapping[str, object]", record["enclosed"]),
                kind=str(record["kind"]),
                claim=str(record["claim"]),
                twin=record["twin"],
                without=without,
            )
        except InputError as error:
            raise InputError(f"{where}: {error.where}", error.problem, error.mend) from None


def read_witness(path: str | Path) -> Witness:
    """The witness stored in a file (``"-"``: standard input). Every bad file is refused with an
    ``InputError``."""
    name = "standard input" if str(path) == "-" else str(path)
    return Witness.from_json(read_json(path), name)


def write_witness(witness: Witness, path: str | Path) -> None:
    """Store a witness, readable by people and by :func:`read_witness`."""
    if not witness.claim:
        raise InputError("witness claim", "is empty", "store a witness that a run has addressed to its claim")
    text = json.dumps(witness.to_json(), indent=1, ensure_ascii=False)
    Path(path).write_text(text + "\n", encoding="utf-8")


def stored_witnesses(folder: Path, claim: str) -> tuple[Witness, ...]:
    """The witnesses of a claim among ``folder/*.json``, in the order of the file names; none if there is no
    folder."""
    if not folder.is_dir():
        return ()
    found = (read_witness(path) for path in sorted(folder.glob("*.json")))
    return tuple(witness for witness in found if witness.claim == claim)


def _record(data: object, keys: tuple[str, ...], where: str, optional: tuple[str, ...] = ()) -> dict[str, object]:
    if not isinstance(data, Mapping):
        raise InputError(where, "is not a record", f"give an object with the keys {', '.join(keys)}")
    for key in data:
        if key not in keys and key not in optional:
            raise InputError(where, f"the key {key!r} is not known", f"known keys: {', '.join((*keys, *optional))}")
    for key in keys:
        if key not in data:
            raise InputError(where, f"the key {key!r} is missing", f"needed keys: {', '.join(keys)}")
    return dict(data)
