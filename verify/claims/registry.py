"""Collections of claims as values: gathered from modules, asked by slug, glob or paper. Importing fills no
global."""

from __future__ import annotations

import difflib
import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from types import ModuleType

from verify.arithmetic import InputError
from verify.arithmetic.errors import shown
from verify.claims.claim import Claim

#: Entry point group by which installed packages announce the modules that hold their claims.
ENTRY_POINTS = "rankproof.claims"

_FILE_MODULE = "rankproof_claims_of_"


@dataclass(frozen=True, slots=True)
class Registry:
    """Claims with distinct slugs, in the order in which they were given."""

    claims: tuple[Claim, ...] = ()

    def __post_init__(self) -> None:
        seen: dict[str, Claim] = {}
        for one in self.claims:
            other = seen.setdefault(one.slug, one)
            if other is not one:
                places = f"{_place(other)} and {_place(one)}"
                raise InputError(f"claim {one.slug!r}", f"the slug is used twice, in {places}", "rename one of them")
        object.__setattr__(self, "claims", tuple(seen.values()))

    def __iter__(self) -> Iterator[Claim]:
        return iter(self.claims)

    def __len__(self) -> int:
        return len(self.claims)

    def __add__(self, other: Registry) -> Registry:
        return Registry(self.claims + other.claims)

    @property
    def slugs(self) -> tuple[str, ...]:
        """All slugs."""
        return tuple(one.slug for one in self.claims)

    @property
    def papers(self) -> tuple[str, ...]:
        """All papers, each once."""
        return tuple(dict.fromkeys(one.paper for one in self.claims if one.paper))

    def get(self, slug: str) -> Claim:
        """The claim with that slug; an ``InputError`` with near matches if there is none."""
        for one in self.claims:
            if one.slug == slug:
                return one
        raise self._unknown(slug, "claim")

    def select(self, selectors: Iterable[str]) -> Registry:
        """The claims that some selector names, in this registry's order; all of them if there is no selector.

        A selector is a slug, its last component where that is unique, a glob over slugs (``*``, ``?``,
        ``[…]``), or a paper.

        Raises
        ------
        InputError
            for a selector that names nothing, with near matches.
        """
        wanted = tuple(selectors)
        if not wanted:
            return self
        chosen: set[str] = set()
        for selector in wanted:
            found = self._matches(selector)
            if not found:
                raise self._unknown(selector, "selector")
            chosen |= found
        return Registry(tuple(one for one in self.claims if one.slug in chosen))

    def _matches(self, selector: str) -> set[str]:
        exactly = {one.slug for one in self.claims if selector in (one.slug, one.paper)}
        if exactly:
            return exactly
        if any(sign in selector for sign in "*?["):
            return {one.slug for one in self.claims if fnmatchcase(one.slug, selector)}
        tails = [one.slug for one in self.claims if one.slug.rpartition("/")[2] == selector]
        if len(tails) > 1:
            raise InputError(f"selector {shown(selector)}", "names several claims", f"choose {' or '.join(tails)}")
        return set(tails)

    def _unknown(self, name: str, what: str) -> InputError:
        known = [*self.papers, *self.slugs]
        tails = {one.slug.rpartition("/")[2]: one.slug for one in self.claims}
        near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
        near += [
            tails[tail] for tail in difflib.get_close_matches(name.rpartition("/")[2], list(tails), n=3, cutoff=0.5)
        ]
        # a fragment of a name is as good a hint as a misspelling
        near += [slug for slug in known if name and name.strip("*") and name.strip("*") in slug]
        unique = list(dict.fromkeys(near))[:4]
        if unique:
            mend = f"did you mean {' or '.join(unique)}?"
        elif known:
            mend = "verify list shows what there is"
        else:
            mend = "no claims are installed; give a .py file with @claim functions"
        return InputError(f"{what} {shown(name)}", "names no claim", mend)


def collect(module: ModuleType) -> Registry:
    """The claims written in a module, or in the modules of the package that it belongs to and whose names it
    holds.

    Claims that the module imported from elsewhere are not its own and are left out.
    """
    package = getattr(module, "__package__", "") or ""

    def own(one: Claim) -> bool:
        return one.module == module.__name__ or bool(package and one.module.startswith(package + "."))

    return Registry(tuple(one for one in vars(module).values() if isinstance(one, Claim) and own(one)))


def installed_claims() -> Registry:
    """The claims of all installed packages that announce them (entry point group :data:`ENTRY_POINTS`)."""
    registry = Registry()
    for point in sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name):
        registry += collect(_load_entry_point(point))
    return registry


def _load_entry_point(point: EntryPoint) -> ModuleType:
    where = f"entry point {point.name} = {point.value}"
    try:
        module = point.load()
    except InputError:
        raise
    except Exception as error:
        raise InputError(where, f"cannot be imported ({_one_line(error)})", "reinstall that package") from error
    if not isinstance(module, ModuleType):
        raise InputError(where, "is not a module", "announce the module that holds the claims")
    return module


def load_file(path: str | Path) -> Registry:
    """The claims of a Python file. The file is executed, as ``python file.py`` would, though not as
    ``__main__``.

    Raises
    ------
    InputError
        when the file cannot be read or executed (with file and line), or holds no claim.
    """
    module = import_file(path)
    registry = collect(module)
    if not len(registry):
        raise InputError(str(path), "holds no claim", "put @claim(…) above a function; verify.claims shows how")
    return registry


def import_file(path: str | Path) -> ModuleType:
    """The module made by executing a file; one that has not changed since it was loaded is not executed
    again."""
    file = Path(path).resolve()
    try:
        status = file.stat()
    except (OSError, ValueError):
        raise InputError(str(path), "there is no such file", "check the path") from None
    if file.is_dir():
        raise InputError(str(path), "is a directory", "give a .py file")
    # The name changes with the file: who edits it in a long session gets the new claims, in every process.
    version = f"{file}/{status.st_mtime_ns}/{status.st_size}"
    name = _FILE_MODULE + hashlib.sha256(version.encode()).hexdigest()[:12]
    known = sys.modules.get(name)
    if known is not None:
        return known
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise InputError(str(path), "is not a Python file", "give a .py file")
    module = importlib.util.module_from_spec(spec)
    # Modules beside the file can be imported, as they could if it were run; last, so that they hide nothing.
    if str(file.parent) not in sys.path:
        sys.path.append(str(file.parent))
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except KeyboardInterrupt:
        del sys.modules[name]
        raise
    except BaseException as error:  # SystemExit too: a script that ends the process is no reason to end this one
        del sys.modules[name]
        raise _cannot_execute(error, file, str(path)) from error
    return module


def load_claim(module: str, file: str, slug: str) -> Claim:
    """The claim, found again in another process by the name of its module (or its file) and its slug."""
    found = import_file(file) if module.startswith(_FILE_MODULE) else importlib.import_module(module)
    for one in vars(found).values():
        if isinstance(one, Claim) and one.slug == slug and one.module == module:
            return one
    raise InputError(f"claim {slug!r}", f"is not in {module}", "keep claims at the top level of their module")


def can_be_loaded(one: Claim) -> bool:
    """Whether :func:`load_claim` would find this very claim: not if it lives in a notebook or inside a
    function."""
    module = sys.modules.get(one.module)
    return one.module != "__main__" and module is not None and any(value is one for value in vars(module).values())


def _cannot_execute(error: BaseException, file: Path, name: str) -> InputError:
    if isinstance(error, SyntaxError) and error.filename == str(file):
        where = f"{name}:{error.lineno}" if error.lineno else name
        return InputError(where, f"syntax error ({error.msg})", "mend the line")
    if isinstance(error, UnicodeDecodeError):
        return InputError(name, "is not UTF-8 text", "save it as UTF-8")
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    where = f"{name}:{lines[-1]}" if lines else name
    if isinstance(error, InputError):
        return InputError(f"{where}: {error.where}", error.problem, error.mend)
    return InputError(where, f"cannot be loaded ({_one_line(error)})", "mend the file")


def _one_line(error: BaseException) -> str:
    text = " ".join(str(error).split())
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


def _place(one: Claim) -> str:
    return one.file if one.module.startswith(_FILE_MODULE) else one.module
