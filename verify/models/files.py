"""Problem files: JSON in, exact numbers out, every kind of bad input refused in one line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from verify.arithmetic import ExactMatrix, InputError, exact, exact_matrix
from verify.arithmetic.errors import shown
from verify.arithmetic.exact import exact_text
from verify.models.deep import Problem, Sensing, check_shapes
from verify.models.factored import UDU, UDV, BurerMonteiro
from verify.models.measurements import Measurements
from verify.models.model import Model
from verify.models.observations import Observations

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
    """The deep problem in a file, in `text`, or in a mapping of the same form.

    The form: ``{"model": "deep", "layers": [W_1, ..., W_L], "observed": [[row, column, value], ...]}``.

    Raises
    ------
    InputError
        naming the place and the mend, for anything that is not such a problem.
    """
    model = load_model(source, text=text)
    if not isinstance(model, Problem):
        name = "problem" if isinstance(source, Mapping) else str(source)
        raise InputError(f"{name}: model", f"is {shown(model.model)}, not 'deep'", "this needs a deep factorization")
    return model


def load_model(source: str | Path | Mapping[str, Any], *, text: str | None = None) -> Model:
    """The model in a file, in `text`, or in a mapping of the same form.

    The forms, all with ``observed`` (``[[row, column, value], ...]``) or, but for ``deep``, with ``measurements``
    (matrices) and ``values``; what stands in parentheses may be left out:

    =========== ====================================
    ``model``   keys
    =========== ====================================
    ``deep``    ``layers`` (W_1 first)
    ``sensing`` ``layers``, with measurements
    ``bm``      ``U`` (``step``)
    ``udu``     ``U``, ``D`` (``radius``, ``step``)
    ``udv``     ``U``, ``D``, ``V`` (``radii``, ``step``)
    =========== ====================================

    Raises
    ------
    InputError
        naming the place and the mend, for anything that is not such a problem.
    """
    if isinstance(source, Mapping):
        return _model(source, "problem")
    data = read_json(source, text=text)
    if not isinstance(data, Mapping):
        raise InputError(str(source), "is not a JSON object", f"a problem file looks like {_EXAMPLE}")
    return _model(data, str(source))


def dump_problem(problem: Model) -> dict[str, Any]:
    """The problem as the JSON object that :func:`load_model` reads back exactly."""
    matrices = {name: [[exact_text(x) for x in row] for row in rows] for name, rows in problem.start.items()}
    data = {"model": problem.model, **problem.labelled(matrices)}
    for key in ("radius", "step"):
        if (number := getattr(problem, key, None)) is not None:
            data[key] = exact_text(number)
    if (radii := getattr(problem, "radii", None)) is not None:
        data["radii"] = [exact_text(x) for x in radii]
    return {**data, **problem.observations.to_json()}


@dataclass(frozen=True)
class _Form:
    """How a kind of model is written: its keys, those that may be left out, and what makes it from their values."""

    needed: tuple[str, ...]
    optional: tuple[str, ...]
    data: tuple[str, ...]
    make: Callable[[dict[str, Any], Observations | Measurements], Model]

    @property
    def keys(self) -> tuple[str, ...]:
        kinds = {"observed": ("observed",), "measurements": ("measurements", "values")}
        return ("model", *self.needed, *self.optional, *(key for kind in self.data for key in kinds[kind]))


_BOTH = ("observed", "measurements")
_FORMS = {
    "deep": _Form(("layers",), (), ("observed",), lambda v, o: Problem(v["layers"], _entries(o))),
    "sensing": _Form(("layers",), (), ("measurements",), lambda v, o: Sensing(v["layers"], _inner_products(o))),
    "bm": _Form(("U",), ("step",), _BOTH, lambda v, o: BurerMonteiro(**v, observations=o)),
    "udu": _Form(("U", "D"), ("radius", "step"), _BOTH, lambda v, o: UDU(**v, observations=o)),
    "udv": _Form(("U", "D", "V"), ("radii", "step"), _BOTH, lambda v, o: UDV(**v, observations=o)),
}


def _model(data: Mapping[str, Any], name: str) -> Model:
    def at(place: str) -> str:
        return f"{name}: {place}"

    kind = data.get("model")
    form = _FORMS.get(kind) if isinstance(kind, str) else None
    known = form.keys if form else tuple(dict.fromkeys(key for each in _FORMS.values() for key in each.keys))
    for key in data:
        if key not in known:
            raise InputError(at(shown(key)), "is not a key of a problem", f"the keys are {', '.join(known)}")
    if "model" not in data:
        raise InputError(at("model"), "is missing", f"a problem file looks like {_EXAMPLE}")
    if form is None:
        raise InputError(at("model"), f"{shown(kind)} is not known", f"known models: {', '.join(_FORMS)}")
    for key in form.needed:
        if key not in data:
            raise InputError(at(key), "is missing", f"a {kind} problem has the keys {', '.join(form.keys)}")
    values = {key: _READ[key](data[key], at(key)) for key in (*form.needed, *form.optional) if key in data}
    measured = "measurements" in form.data and ("observed" not in form.data or "measurements" in data)
    if measured and "observed" in data:
        raise InputError(at("measurements"), "stands next to observed", "keep one of the two")
    try:
        # First the shape of the product: where the factors do not fit, it is idle to say that an observation lies
        # outside of it.
        shape = _product_shape(values)
        if measured:
            observations: Observations | Measurements = _measurements(data, at)
        else:
            observations = Observations(*shape, _observed(data, at))
        return form.make(values, observations)
    except InputError as error:
        if error.where.startswith(f"{name}: "):
            raise
        raise InputError(at(error.where), error.problem, error.mend) from None


def _product_shape(values: Mapping[str, Any]) -> tuple[int, int]:
    if "layers" in values:
        check_shapes([(len(matrix), len(matrix[0])) for matrix in values["layers"]])
        return len(values["layers"][-1]), len(values["layers"][0][0])
    return len(values["U"]), len(values.get("V", values["U"]))


def _entries(observations: Observations | Measurements) -> Observations:
    assert isinstance(observations, Observations)
    return observations


def _inner_products(observations: Observations | Measurements) -> Measurements:
    assert isinstance(observations, Measurements)
    return observations


def _layers(value: Any, where: str) -> tuple[ExactMatrix, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise InputError(where, "is not a non-empty list of matrices", "list W_1 first")
    return tuple(exact_matrix(rows, f"{where}[{k}]") for k, rows in enumerate(value))


def _numbers(value: Any, where: str) -> tuple[Fraction, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise InputError(where, "is not a non-empty list of numbers", 'write, for example, ["1", "1/2"]')
    return tuple(exact(x, f"{where}[{k}]") for k, x in enumerate(value))


#: How the value of a key is read.
_READ: dict[str, Callable[[Any, str], Any]] = {
    "layers": _layers,
    "U": exact_matrix,
    "V": exact_matrix,
    "D": _numbers,
    "radius": exact,
    "step": exact,
    "radii": _numbers,
}


def _measurements(data: Mapping[str, Any], at: Callable[[str], str]) -> Measurements:
    for key in ("measurements", "values"):
        if key not in data:
            raise InputError(at(key), "is missing", "give matrices as measurements, and for each its value in values")
    matrices = data["measurements"]
    if not isinstance(matrices, list | tuple) or not matrices:
        raise InputError(at("measurements"), "is not a non-empty list of matrices", "list A_1, ..., A_m")
    place = at("measurements")
    return Measurements(
        tuple(exact_matrix(rows, f"{place}[{k}]") for k, rows in enumerate(matrices)),
        _numbers(data["values"], at("values")),
    )


def _observed(data: Mapping[str, Any], at: Callable[[str], str]) -> tuple[tuple[int, int, Fraction], ...]:
    if "observed" not in data:
        raise InputError(at("observed"), "is missing", "list [row, column, value] for each observed entry")
    observed = data["observed"]
    if not isinstance(observed, list | tuple) or not observed:
        raise InputError(at("observed"), "is not a non-empty list", "list [row, column, value] for each observed entry")
    entries = []
    for k, item in enumerate(observed):
        place = at(f"observed[{k}]")
        if not isinstance(item, list | tuple) or len(item) != 3:
            raise InputError(place, "is not [row, column, value]", 'write, for example, [0, 0, "1"]')
        entries.append((_index(item[0], f"{place}[0]"), _index(item[1], f"{place}[1]"), exact(item[2], f"{place}[2]")))
    return tuple(entries)


def _index(value: Any, where: str) -> int:
    number = exact(value, where) if isinstance(value, int | _Text) else None
    if number is None or number.denominator != 1:
        raise InputError(where, f"{shown(value)} is not a whole number", "write 0, 1, 2, ... without quotes")
    return int(number)
