"""Problem files: JSON in, exact numbers out, every kind of bad input refused in one line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from verify.arithmetic import ExactMatrix, InputError, exact, exact_matrix
from verify.arithmetic.errors import shown
from verify.arithmetic.exact import exact_text
from verify.models.deep import Problem, check_shapes
from verify.models.observations import Observations

_MODELS = ("deep",)
_KEYS = ("model", "layers", "observed")
_EXAMPLE = '{"model": "deep", "layers": [[["1/10"]], [["1/10"]]], "observed": [[0, 0, "1"]]}'
#: Larger files are refused before they are parsed.
_LARGEST = 64 * 1024 * 1024


class _Text(str):
    """A number of the JSON text, as it was written."""


def read_json(path: str | Path, *, text: str | None = None) -> Any:
    """The JSON document at `path` (or in `text`, with `path` as its name), numbers kept as they were written.

    Raises
    ------
    InputError
        when there is no such file, it is not UTF-8, not JSON, has a key twice, or holds NaN or an infinity.
    """
    name = str(path)
    if text is None:
        text = _read_text(Path(path))
    if not text.strip():
        raise InputError(name, "is empty", f"a problem file looks like {_EXAMPLE}")

    def refuse(constant: str) -> Any:
        raise InputError(name, f"holds {constant}, which is no number", "write finite numbers")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        seen: dict[str, Any] = {}
        for key, value in pairs:
            if key in seen:
                raise InputError(name, f"the key {shown(key)} stands twice", "keep one")
            seen[key] = value
        return seen

    try:
        return json.loads(text, parse_float=_Text, parse_int=_Text, parse_constant=refuse, object_pairs_hook=unique)
    except json.JSONDecodeError as error:
        place = f"{name}:{error.lineno}:{error.colno}"
        raise InputError(place, f"is not JSON ({error.msg})", f"a problem file looks like {_EXAMPLE}") from None
    except RecursionError:
        raise InputError(name, "is nested too deeply", f"a problem file looks like {_EXAMPLE}") from None


def _read_text(path: Path) -> str:
    name = str(path)
    try:
        if path.is_dir():
            raise InputError(name, "is a directory", "name a problem file")
        with path.open("rb") as file:
            content = file.read(_LARGEST + 1)  # bounded, also where there is no size to ask for: /dev/zero, a pipe
        if len(content) > _LARGEST:
            raise InputError(name, "is larger than 64 MiB", "name a problem file")
        return content.decode("utf-8-sig")
    except FileNotFoundError:
        raise InputError(name, "there is no such file", "check the path") from None
    except UnicodeDecodeError as error:
        raise InputError(name, f"is not UTF-8 text (byte {error.start})", "save it as UTF-8") from None
    except OSError as error:
        raise InputError(name, f"cannot be read ({error.strerror})", "check the path and its permissions") from None
    except ValueError as error:  # a path that no system allows
        if isinstance(error, InputError):
            raise
        raise InputError(name, f"is not a path ({error})", "check the path") from None


def load_problem(source: str | Path | Mapping[str, Any], *, text: str | None = None) -> Problem:
    """The problem in a file, in `text`, or in a mapping of the same form.

    The form: ``{"model": "deep", "layers": [W_1, ..., W_L], "observed": [[row, column, value], ...]}``.

    Raises
    ------
    InputError
        naming the place and the mend, for anything that is not such a problem.
    """
    if isinstance(source, Mapping):
        return _problem(source, "problem")
    data = read_json(source, text=text)
    if not isinstance(data, Mapping):
        raise InputError(str(source), "is not a JSON object", f"a problem file looks like {_EXAMPLE}")
    return _problem(data, str(source))


def dump_problem(problem: Problem) -> dict[str, Any]:
    """The problem as the JSON object that :func:`load_problem` reads back exactly."""
    return {
        "model": problem.model,
        "layers": [_text(layer) for layer in problem.layers],
        "observed": [[i, j, exact_text(y)] for i, j, y in problem.observations.entries],
    }


def _text(matrix: ExactMatrix) -> list[list[str]]:
    return [[exact_text(x) for x in row] for row in matrix]


def _problem(data: Mapping[str, Any], name: str) -> Problem:
    def at(place: str) -> str:
        return f"{name}: {place}"

    for key in data:
        if key not in _KEYS:
            raise InputError(at(shown(key)), "is not a key of a problem", f"the keys are {', '.join(_KEYS)}")
    for key in _KEYS:
        if key not in data:
            raise InputError(at(key), "is missing", f"a problem file looks like {_EXAMPLE}")
    if data["model"] not in _MODELS:
        raise InputError(at("model"), f"{shown(data['model'])} is not known", f"known models: {', '.join(_MODELS)}")
    layers = data["layers"]
    if not isinstance(layers, list | tuple) or not layers:
        raise InputError(at("layers"), "is not a non-empty list of matrices", "list W_1 first")
    matrices = tuple(exact_matrix(rows, at(f"layers[{k}]")) for k, rows in enumerate(layers))
    observed = data["observed"]
    if not isinstance(observed, list | tuple) or not observed:
        raise InputError(at("observed"), "is not a non-empty list", "list [row, column, value] for each observed entry")
    entries = []
    for k, item in enumerate(observed):
        place = at(f"observed[{k}]")
        if not isinstance(item, list | tuple) or len(item) != 3:
            raise InputError(place, "is not [row, column, value]", 'write, for example, [0, 0, "1"]')
        entries.append((_index(item[0], f"{place}[0]"), _index(item[1], f"{place}[1]"), exact(item[2], f"{place}[2]")))
    try:
        # first the layers: where they do not fit, it is idle to say that an observation lies outside their product
        check_shapes([(len(matrix), len(matrix[0])) for matrix in matrices])
        return Problem(matrices, Observations(len(matrices[-1]), len(matrices[0][0]), tuple(entries)))
    except InputError as error:
        raise InputError(at(error.where), error.problem, error.mend) from None


def _index(value: Any, where: str) -> int:
    number = exact(value, where) if isinstance(value, int | _Text) else None
    if number is None or number.denominator != 1:
        raise InputError(where, f"{shown(value)} is not a whole number", "write 0, 1, 2, ... without quotes")
    return int(number)
