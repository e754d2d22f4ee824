"""Formulas, programs and checks as JSON that says everything, and back: what a replay reads.

Formulas are lists in prefix form in the manner of MathJSON: ``["Add", "a", ["Multiply", 2, "b"]]``. A symbol is its
name, an integer itself, another rational ``["Rational", 1, 2]``; functions are ``["Apply", name, arguments, labels]``.
Where a formula stands among other data it is wrapped: ``{"formula": …}``, ``{"relation": ["Equal", left, right]}``,
``{"rational": "1/2"}``, ``{"program": nodes, "outputs": …}``. A record is ``{"is": "checks.Identity", field: …}``:
frozen dataclasses of this package alone, so that a file can state what is to be checked but not bring its own checks.
How symbols look is kept once for a whole file, in a table.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from fractions import Fraction
from functools import cache
from importlib import import_module
from typing import Any

from verify.arithmetic import Program
from verify.arithmetic.program import Node, Op
from verify.models import Observations
from verify.symbolic.expressions import Call, Expr, Num, Power, Product, Quotient, Relation, Sum, Sym, Transpose

#: Symbols by name, with their looks in LaTeX and in text.
Looks = Mapping[str, tuple[str, str]]

_OPERATORS: Mapping[str, type[Expr]] = {
    "Add": Sum, "Multiply": Product, "Power": Power, "Divide": Quotient, "Transpose": Transpose,
}  # fmt: skip
_ARITY = {"Power": 2, "Divide": 2, "Transpose": 1}
_NAME_OF = {kind: name for name, kind in _OPERATORS.items()}
_RELATIONS = {"Equal": "=", "Less": "<", "LessEqual": "<=", "Greater": ">", "GreaterEqual": ">="}
_NAME_OF_SIGN = {sign: name for name, sign in _RELATIONS.items()}
_RECORD = re.compile(r"([a-z_]+)\.(_?[A-Z][A-Za-z]*)")
#: Records that are data of other rooms.
_FOREIGN: Mapping[str, type] = {"models.Observations": Observations}
#: Deeper nesting than any formula has.
_DEEPEST = 200


class MachineError(ValueError):
    """Something that is no machine-readable form of a formula or a check."""


def encode(value: Any) -> Any:
    """`value` (a formula, relation, program, record, tuple, number or text) as JSON.

    Raises
    ------
    MachineError
        for anything else.
    """
    match value:
        case None | bool() | int() | str():
            return value
        case Fraction():
            return {"rational": str(value)}
        case Expr():
            return {"formula": _prefix(value)}
        case Relation(left, right, sign):
            return {"relation": [_NAME_OF_SIGN[sign], _prefix(left), _prefix(right)]}
        case Program():
            nodes = [[n.op.value, list(n.arguments), list(n.shape), encode(n.payload)] for n in value.nodes]
            return {"program": nodes, "outputs": dict(value.outputs)}
        case tuple() | list():
            return [encode(item) for item in value]
        case _ if is_dataclass(value) and not isinstance(value, type):
            return {"is": _tag(type(value))} | {
                f.name: encode(getattr(value, f.name))
                for f in fields(value)
                if f.init and not (f.default is not MISSING and getattr(value, f.name) == f.default)
            }
    raise MachineError(f"{type(value).__name__} has no machine-readable form")


def decode(data: Any, looks: Looks) -> Any:
    """What :func:`encode` wrote; symbols look as the table says.

    Raises
    ------
    MachineError
        for anything that :func:`encode` does not write.
    """
    return _decode(data, looks, 0)


def _decode(data: Any, looks: Looks, depth: int) -> Any:
    if depth > _DEEPEST:
        raise MachineError("nested too deeply")
    match data:
        case None | bool() | int() | str():
            return data
        case list():
            return tuple(_decode(item, looks, depth + 1) for item in data)
        case {"rational": str(text), **rest} if not rest:
            return _rational(text)
        case {"formula": tree, **rest} if not rest:
            return _formula(tree, looks, depth + 1)
        case {"relation": [str(name), left, right], **rest} if not rest and name in _RELATIONS:
            return Relation(_formula(left, looks, depth + 1), _formula(right, looks, depth + 1), _RELATIONS[name])
        case {"program": list(nodes), "outputs": dict(outputs), **rest} if not rest:
            return _program(nodes, outputs, looks, depth + 1)
        case {"is": str(tag), **given}:
            kind = _record(tag)
            names = {f.name for f in fields(kind) if f.init}
            values = {str(name): _decode(item, looks, depth + 1) for name, item in given.items()}
            if unknown := sorted(values.keys() - names):
                raise MachineError(f"{tag} has no field {unknown[0]}")
            try:
                return kind(**values)
            except (TypeError, AttributeError) as error:
                raise MachineError(f"{tag}: {error}") from None
    raise MachineError(f"{str(data)[:60]} is not understood")


def symbols(value: Any) -> dict[Sym, None]:
    """The symbols in `value`, wherever they stand, in order of appearance."""
    found: dict[Sym, None] = {}
    _visit(value, lambda expression: found.update((p, None) for p in expression.walk() if isinstance(p, Sym)))
    return found


def _visit(value: Any, found: Callable[[Expr], None]) -> None:
    match value:
        case Expr():
            found(value)
        case Relation(left, right):
            found(left)
            found(right)
        case Program() | str():
            return
        case tuple() | list():
            for item in value:
                _visit(item, found)
        case _ if is_dataclass(value) and not isinstance(value, type):
            for f in fields(value):
                if f.init:
                    _visit(getattr(value, f.name), found)


def _prefix(expression: Expr) -> Any:
    match expression:
        case Num(value):
            return int(value) if value.denominator == 1 else ["Rational", value.numerator, value.denominator]
        case Sym(name):
            return name
        case Call(function, arguments, labels):
            return ["Apply", function, [_prefix(a) for a in arguments], list(labels)]
    return [_NAME_OF[type(expression)], *(_prefix(part) for part in expression.parts)]


def _formula(tree: Any, looks: Looks, depth: int) -> Expr:
    if depth > _DEEPEST:
        raise MachineError("nested too deeply")
    match tree:
        case bool():
            pass
        case int():
            return Num(Fraction(tree))
        case str():
            if tree not in looks:
                raise MachineError(f"the symbol {tree} is not in the table")
            return Sym(tree, *looks[tree])
        case ["Rational", int(p), int(q)] if not isinstance(p, bool) and q not in (0, True):
            return Num(Fraction(p, q))
        case ["Apply", str(function), list(arguments), list(labels)] if all(isinstance(x, str) for x in labels):
            return Call(function, tuple(_formula(a, looks, depth + 1) for a in arguments), tuple(labels))
        case [str(operator), *parts] if operator in _OPERATORS:
            arity = _ARITY.get(operator)
            if len(parts) != arity if arity else len(parts) < 2:
                raise MachineError(f"{operator} does not take {len(parts)} parts")
            built = tuple(_formula(part, looks, depth + 1) for part in parts)
            return Transpose(*built) if operator == "Transpose" else _built(operator, built)
    raise MachineError(f"{str(tree)[:60]} is not a formula")


def _built(operator: str, parts: tuple[Expr, ...]) -> Expr:
    match operator:
        case "Add":
            return Sum(parts)
        case "Multiply":
            return Product(parts)
        case "Power":
            return Power(*parts)
    return Quotient(*parts)


def _program(nodes: list[Any], outputs: dict[Any, Any], looks: Looks, depth: int) -> Program:
    built: list[Node] = []
    for node in nodes:
        match node:
            case [str(op), list(arguments), [rows, columns], payload]:
                if any(type(a) is not int or not 0 <= a < len(built) for a in arguments):
                    raise MachineError("a program's node has arguments that do not come before it")
                try:
                    built.append(Node(Op(op), tuple(arguments), (rows, columns), _decode(payload, looks, depth)))
                except ValueError as error:
                    raise MachineError(str(error)) from None
            case _:
                raise MachineError(f"{str(node)[:60]} is no node of a program")
    for name, index in outputs.items():
        if not isinstance(name, str) or type(index) is not int or not 0 <= index < len(built):
            raise MachineError("a program's output is not one of its nodes")
    return Program(tuple(built), dict(outputs))


def _rational(text: str) -> Fraction:
    if not re.fullmatch(r"-?\d{1,4000}(/[1-9]\d{0,3999})?", text, re.ASCII):
        raise MachineError(f"{text[:40]} is not a rational number")
    return Fraction(text)


def _tag(kind: type) -> str:
    for name, foreign in _FOREIGN.items():
        if kind is foreign:
            return name
    tag = f"{kind.__module__.rpartition('.')[2]}.{kind.__name__}"
    if _record(tag) is not kind:
        raise MachineError(f"{kind.__name__} is not a record of this package")
    return tag


@cache
def _record(tag: str) -> Any:
    """The record class of a tag."""
    if tag in _FOREIGN:
        return _FOREIGN[tag]
    match = _RECORD.fullmatch(tag)
    if match is None:
        raise MachineError(f"{tag[:60]} is not a record")
    try:
        module = import_module(f"verify.symbolic.{match[1]}")
    except ModuleNotFoundError:
        raise MachineError(f"{tag} is not a record") from None
    kind = getattr(module, match[2], None)
    if not isinstance(kind, type) or kind.__module__ != module.__name__ or not _frozen(kind):
        raise MachineError(f"{tag} is not a record")
    return kind


def _frozen(kind: type) -> bool:
    parameters = getattr(kind, "__dataclass_params__", None)
    return bool(parameters is not None and parameters.frozen)
