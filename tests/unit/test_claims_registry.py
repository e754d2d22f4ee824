"""Claims as values: the decorator, the docstring, collections of claims, files of them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from verify.arithmetic import InputError
from verify.claims import Claim, Registry, Run, Scope, Verdict, claim, collect, installed_claims, load_file
from verify.claims.docstring import items, parse_sections

EVERY = Scope.all("starts")


def named(slug: str, paper: str = "", **options: Any) -> Claim:
    """A claim of which only the name matters."""

    @claim(slug, scope=EVERY, paper=paper, **options)
    def made(run: Run) -> None:
        """Statement: something."""

    return made


@pytest.fixture(autouse=True)
def _same_modules() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("rankproof_claims_of_") or name == "beside":
            del sys.modules[name]


# --- docstrings ----------------------------------------------------------------------------------------------------

DOCSTRING = """For readers of the source.

    Statement: the limit has full rank,
        whatever the depth.

    Hypotheses:
      - the start has full rank
      - the flow converges
        to a minimizer

    Proof idea
    ----------
    Differentiate the determinant. Note: this says more.

    Not checked: nothing.
    """


def test_sections_are_read() -> None:
    sections = parse_sections(DOCSTRING, "claim")
    assert list(sections) == ["Statement", "Hypotheses", "Proof idea", "Not checked"]
    assert sections["Statement"] == "the limit has full rank,\nwhatever the depth."
    assert sections["Proof idea"] == "Differentiate the determinant. Note: this says more."
    assert items(sections["Hypotheses"]) == ("the start has full rank", "the flow converges to a minimizer")


def test_points_without_bullets_are_paragraphs() -> None:
    assert items("one\nline\n\nanother") == ("one line", "another")
    assert items("(a) first\n(b) second") == ("first", "second")
    assert items("") == ()


@pytest.mark.parametrize(
    ("docstring", "problem"),
    [
        (None, "has no section 'Statement'"),
        ("The limit has full rank.", "has no section 'Statement'"),
        ("Hypotheses: none.", "has no section 'Statement'"),
        ("Statement:\n\nConclusion: x", "'Statement' of the docstring is empty"),
        ("Statement: a\nStatement: b", "'Statement' twice"),
    ],
)
def test_docstrings_without_a_statement_are_refused(docstring: str | None, problem: str) -> None:
    with pytest.raises(InputError, match=problem):
        parse_sections(docstring, "claim")


# --- the decorator -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options",
    [
        {"slug": "Upper/case"},
        {"slug": ""},
        {"slug": "a//b"},
        {"slug": "with space"},
        {"slug": "../up"},
        {"scope": None},
        {"scope": "all"},
        {"expects": Verdict.ERROR},
        {"expects": Verdict.VACUOUS},
        {"expects": "HOLDS"},
        {"parts": "upper"},
        {"parts": ("a", "a")},
        {"hypotheses": ("",)},
        {"kinds": (3,)},
    ],
)
def test_bad_arguments_are_refused(options: dict[str, Any]) -> None:
    given: dict[str, Any] = {"slug": "a/b", "scope": EVERY} | options

    with pytest.raises(InputError, match=r"^claim"):

        @claim(given.pop("slug"), **given)
        def made(run: Run) -> None:
            """Statement: x."""


def test_one_twin_and_one_recheck() -> None:
    made = named("a/b")
    assert made.twin is None
    made.negative_twin("false")(lambda run: None)
    assert made.twin is not None
    with pytest.raises(InputError, match="second negative twin"):
        made.negative_twin("false again")(lambda run: None)
    made.recheck(lambda witness, run: None)
    with pytest.raises(InputError, match="second recheck"):
        made.recheck(lambda witness, run: None)
    with pytest.raises(InputError, match="not described"):
        made.negative_twin(" ")


def test_a_claim_is_frozen_and_knows_its_place() -> None:
    made = named("a/b")
    with pytest.raises(AttributeError):
        made.slug = "c"  # type: ignore[misc]
    assert Path(made.file) == Path(__file__)
    assert made.title == "made"
    assert named("a/b", literal_reading=True).literal_reading.startswith("literal reading")
    assert named("a/b", literal_reading="the abstract, line 3").literal_reading == "the abstract, line 3"


def test_hypotheses_come_from_the_decorator_or_the_docstring() -> None:
    @claim("a/b", scope=EVERY)
    def made(run: Run) -> None:
        """Statement: x.

        Hypotheses: the start is balanced.
        """

    assert made.stated_hypotheses == ("the start is balanced.",)
    assert named("a/b", hypotheses=("balanced",)).stated_hypotheses == ("balanced",)


@pytest.mark.parametrize(
    "options",
    [{"profile": "fast"}, {"digits": 0}, {"digits": 100_001}, {"digits": True}, {"digits": 3.0}, {"seed": "x"}],
)
def test_runs_out_of_range_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        Run(**options)


def test_runs_choose_and_draw_reproducibly() -> None:
    assert [Run(profile=p).pick(quick=1, full=2, nightly=3) for p in ("quick", "full", "nightly")] == [1, 2, 3]
    assert Run(profile="nightly").pick(quick=1, full=2) == 2
    draws = {Run(claim=c, seed=s, twin=t).random().random() for c in "ab" for s in (0, 1) for t in (False, True)}
    assert len(draws) == 8
    assert Run(claim="a", digits=99).random().random() == Run(claim="a").random().random()


# --- collections ---------------------------------------------------------------------------------------------------

CLAIMS = Registry(
    (named("shin/coupling-kernel", "shin"), named("shin/full-rank", "shin"), named("hou/full-rank", "hou"))
)


@pytest.mark.parametrize(
    ("selectors", "slugs"),
    [
        ([], CLAIMS.slugs),
        (["shin/full-rank"], ("shin/full-rank",)),
        (["coupling-kernel"], ("shin/coupling-kernel",)),
        (["hou", "shin/c*"], ("shin/coupling-kernel", "hou/full-rank")),
        (["*/full-rank"], ("shin/full-rank", "hou/full-rank")),
        (["*", "hou"], CLAIMS.slugs),
    ],
)
def test_selection(selectors: list[str], slugs: tuple[str, ...]) -> None:
    assert CLAIMS.select(selectors).slugs == slugs


@pytest.mark.parametrize(
    ("selector", "near"),
    [
        ("shin/couplin-kernel", "did you mean shin/coupling-kernel"),
        ("coupling", "did you mean shin/coupling-kernel"),
        ("coupling-kernle", "did you mean shin/coupling-kernel"),
        ("full-rank", "names several claims; choose shin/full-rank or hou/full-rank"),
        ("zzzz", "verify list"),
        ("nothing/*", "verify list"),
    ],
)
def test_unknown_selectors_name_what_is_near(selector: str, near: str) -> None:
    with pytest.raises(InputError, match=near):
        CLAIMS.select(["hou", selector])


def test_slugs_are_unique() -> None:
    one = named("a/b")
    assert len(Registry((one, one))) == 1  # the same claim under two names
    with pytest.raises(InputError, match="used twice"):
        Registry((one, named("a/b")))


def test_collect_takes_a_modules_own_claims() -> None:
    own, foreign = named("a/own"), named("a/foreign")
    module = ModuleType("paper.claims")
    module.__package__ = "paper"
    for name, one in (("own", own), ("again", own), ("foreign", foreign)):
        setattr(module, name, one)
    object.__setattr__(own, "module", "paper.parts.rank")
    assert collect(module).slugs == ("a/own",)


# --- files ---------------------------------------------------------------------------------------------------------

CONTENT = '''
from verify.claims import Scope, claim

@claim("mine/{name}", scope=Scope.all("starts"))
def check(run):
    """Statement: x."""
'''


def test_a_file_is_loaded_again_when_it_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "my_claims.py"
    path.write_text(CONTENT.format(name="one"), encoding="utf-8")
    first = load_file(path)
    assert first.slugs == ("mine/one",)
    assert load_file(path).claims[0] is first.claims[0]
    path.write_text(CONTENT.format(name="other-name"), encoding="utf-8")
    assert load_file(path).slugs == ("mine/other-name",)


def test_a_file_may_import_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "beside.py").write_text("NAME = 'starts'\n", encoding="utf-8")
    path = tmp_path / "my_claims.py"
    path.write_text("import beside\n" + CONTENT.format(name="one"), encoding="utf-8")
    assert load_file(path).slugs == ("mine/one",)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"x = (\n", r"my_claims\.py:1: syntax error"),
        (b"x = 1\ny = = 2\n", r"my_claims\.py:2: syntax error"),
        (b"\nimport no_such_module_here\n", r"my_claims\.py:2: cannot be loaded \(ModuleNotFoundError"),
        (b"x = 1\nraise SystemExit(0)\n", r"my_claims\.py:2: cannot be loaded \(SystemExit"),
        (b"x = 1\n", "holds no claim"),
        (b"x = '\xff'\n", r"my_claims\.py:1: syntax error.*utf-8"),
        (b"x = '\0'\n", r"my_claims\.py"),
        (CONTENT.format(name="UPPER").encode(), r"my_claims\.py:4: claim 'mine/UPPER': is not a slug"),
        (CONTENT.replace("Statement", "Lemma").format(name="one").encode(), "no section 'Statement'"),
        ((CONTENT + CONTENT.replace("check", "other")).format(name="one").encode(), "used twice"),
    ],
)
def test_bad_files_are_refused_in_one_line(tmp_path: Path, content: bytes, problem: str) -> None:
    path = tmp_path / "my_claims.py"
    path.write_bytes(content)
    with pytest.raises(InputError, match=problem) as caught:
        load_file(path)
    assert "\n" not in str(caught.value)


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        load_file(tmp_path / "none.py")
    with pytest.raises(InputError, match="is a directory"):
        load_file(tmp_path)
    (tmp_path / "notes.txt").write_text("x", encoding="utf-8")
    with pytest.raises(InputError, match="not a Python file"):
        load_file(tmp_path / "notes.txt")


def test_installed_papers_are_asked_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    from importlib.metadata import EntryPoint

    import verify.claims.registry as registry

    points = [EntryPoint("broken", "no_such_module_here", registry.ENTRY_POINTS)]
    monkeypatch.setattr(registry, "entry_points", lambda group: points)
    with pytest.raises(InputError, match="entry point broken"):
        installed_claims()
    points[:] = [EntryPoint("none", "json", registry.ENTRY_POINTS)]
    assert len(installed_claims()) == 0
