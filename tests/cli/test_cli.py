"""The command line, in process: exit codes, one line for every bad input, JSON alone on standard output."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import pytest

from verify.claims import Registry, load_file, report_schema
from verify.cli import main

COMMANDS = (
    *("list", "check", "derive", "report", "flow", "limit", "hunt"),
    *("iterate", "experiment", "replay", "doctor"),
)

CLAIMS = '''
"""Claims about nothing much, quickly decided."""

from verify.claims import Assurance, Established, Evidence, Scope, Verdict, Witness, claim

EVERY = Scope.all("numbers")


@claim("mine/holds", paper="mine", number="Thm 1", scope=EVERY, kinds=("identity",))
def holds(run):
    """Statement: it holds."""
    yield Evidence.supports(kind="identity", assurance=Assurance.PROVED, scope=EVERY, detail="d")


@claim("mine/literal", paper="mine", number="abstract", scope=EVERY, expects=Verdict.REFUTED, literal_reading=True)
def literal(run):
    """Statement: it is false."""
    yield Evidence.refutes(
        kind="evaluation", assurance=Assurance.PROVED, scope=Scope.instances("1"), detail="fails",
        witness=Witness(
            problem={"a": "1"}, hypotheses=(Established(name="h", how="exact"),), violates="it fails at 1"
        ),
    )


@literal.recheck
def again(witness, run):
    from verify.arithmetic import exact

    wrong = exact(witness.problem.get("a"), "a") == 1
    make = Evidence.refutes if wrong else Evidence.supports
    return make(kind="other path", assurance=Assurance.PROVED, scope=Scope.instances("1"), detail="looked again")
'''
UNDECIDED = '''
@claim("mine/open", scope=EVERY)
def open_(run):
    """Statement: who knows."""
    yield Evidence.undecided(kind="attempt", scope=EVERY, detail="too hard")
'''
FAILING = '''
@claim("mine/fails", scope=EVERY)
def fails(run):
    """Statement: it raises."""
    raise ZeroDivisionError("boom")
'''

PROBLEM = {"model": "deep", "layers": [[["1/2"]], [["1/2"]]], "observed": [[0, 0, "1"]]}


class Answer(NamedTuple):
    """What a command did."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def verify(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs ``verify`` in this process."""

    def run(*arguments: object) -> Answer:
        code = main([str(argument) for argument in arguments])
        return Answer(code, *capsys.readouterr())

    return run


@pytest.fixture
def refused(verify: Command) -> Callable[..., str]:
    """Runs ``verify`` on something bad: exit code 3, one line on standard error, nothing else; returns the line."""

    def run(*arguments: object) -> str:
        answer = verify(*arguments)
        assert answer.code == 3, answer
        assert answer.out == ""
        assert answer.err.startswith("verify: ")
        assert answer.err.endswith("\n")
        assert answer.err.count("\n") == 1
        assert "Traceback" not in answer.err
        return answer.err

    return run


@pytest.fixture(autouse=True)
def _same_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("COLUMNS", raising=False)
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        if name.startswith("rankproof_claims_of_"):
            del sys.modules[name]


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    """A file of claims that all come out as expected."""
    path = tmp_path / "my_claims.py"
    path.write_text(CLAIMS, encoding="utf-8")
    return path


@pytest.fixture
def installed(claims: Path, monkeypatch: pytest.MonkeyPatch) -> Registry:
    """These claims, as if their package were installed."""
    registry = load_file(claims)
    monkeypatch.setattr("verify.cli.checks.installed_claims", lambda: registry)
    return registry


@pytest.fixture
def problem(tmp_path: Path) -> Path:
    """A problem file."""
    path = tmp_path / "P.json"
    path.write_text(json.dumps(PROBLEM), encoding="utf-8")
    return path


# --- help and usage ------------------------------------------------------------------------------------------------


def test_help_names_every_command(verify: Command) -> None:
    answer = verify("--help")
    assert answer.code == 0
    assert verify() == answer
    assert [name for name in COMMANDS if f"\n  {name} " in answer.out] == list(COMMANDS)
    assert "..." not in answer.out.partition("Commands:")[2]  # no sentence is cut off


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_help_with_an_example(verify: Command, command: str) -> None:
    answer = verify(command, "--help")
    assert answer.code == 0
    assert f"Example: verify {command}" in answer.out


def test_version(verify: Command) -> None:
    from verify import __version__

    assert verify("--version") == (0, f"rankproof {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["chek"], "No such command 'chek'"),
        (["prove"], "No such command"),  # what is not there is not pretended
        (["--bogus"], "No such option"),
        (["check", "--bogus"], "verify check --help"),
        (["check", "--profile", "fast"], "quick"),
        (["check", "--digits", "0"], "--digits"),
        (["check", "--digits", "100001"], "--digits"),
        (["check", "--digits", "many"], "--digits"),
        (["check", "--jobs", "0"], "--jobs"),
        (["check", "--json"], "requires an argument"),
        (["flow"], "P.json"),
        (["flow", "P.json"], "--time"),
        (["limit", "P.json", "--digits", "-1"], "--digits"),
        (["derive"], "which topic"),
        (["derive", "gradient-flow", "--depth", "0"], "--depth"),
        (["derive", "gradient-flow", "--size", "two"], "--size"),
        (["derive", "gradient-flow", "--format", "html"], "--format"),
        (["replay"], "FILE.json"),
    ],
)
def test_bad_usage_is_one_line(refused: Callable[..., str], arguments: list[str], said: str) -> None:
    assert said in refused(*arguments)


# --- list and check ------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("installed")
def test_list(verify: Command) -> None:
    answer = verify("list")
    assert answer.code == 0
    assert answer.err == ""
    for part in ("holds", "literal †", "Thm 1", "REFUTED", "identity"):
        assert part in answer.out
    listed = json.loads(verify("list", "--json", "-").out)
    assert [(one["slug"], one["number"], one["expected"], one["kinds"]) for one in listed] == [
        ("mine/holds", "Thm 1", "HOLDS", ["identity"]),
        ("mine/literal", "abstract", "REFUTED", []),
    ]
    assert [one["slug"] for one in json.loads(verify("list", "mine/h*", "--json", "-").out)] == ["mine/holds"]


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("selectors", "slugs"),
    [
        ([], ["mine/holds", "mine/literal"]),
        (["holds"], ["mine/holds"]),
        (["mine/l*"], ["mine/literal"]),
        (["mine"], ["mine/holds", "mine/literal"]),
    ],
)
def test_check_selects(verify: Command, selectors: list[str], slugs: list[str]) -> None:
    answer = verify("check", *selectors, "--json", "-")
    document = json.loads(answer.out)
    jsonschema.validate(document, report_schema(), cls=jsonschema.Draft202012Validator)
    assert (answer.code, answer.err) == (0, "")
    assert [one["slug"] for one in document["results"]] == slugs


def test_check_a_file_of_ones_own(verify: Command, claims: Path, tmp_path: Path) -> None:
    target = tmp_path / "report.json"
    answer = verify("check", claims, "--digits", 17, "--seed", 5, "--profile", "full", "--json", target)
    assert answer.code == 0
    for part in ("proved: identity", "all numbers", "literal †", "it fails at 1", "all as expected"):
        assert part in answer.out
    environment = json.loads(target.read_text(encoding="utf-8"))["environment"]
    assert [environment[key] for key in ("digits", "seed", "profile")] == [17, 5, "full"]


def test_files_and_selectors_together(verify: Command, installed: Registry, tmp_path: Path) -> None:
    other = tmp_path / "other.py"
    other.write_text(CLAIMS.replace("mine/", "other/"), encoding="utf-8")
    document = json.loads(verify("check", other, "holds", "--json", "-").out)
    assert [one["slug"] for one in document["results"]] == ["other/holds", "other/literal", "mine/holds"]
    assert len(installed) == 2


@pytest.mark.parametrize(
    ("extra", "codes"),
    [("", (0, 0)), (UNDECIDED, (0, 2)), (FAILING, (1, 1)), (UNDECIDED + FAILING, (1, 1))],
)
def test_exit_codes(verify: Command, claims: Path, extra: str, codes: tuple[int, int]) -> None:
    claims.write_text(CLAIMS + extra, encoding="utf-8")
    assert (verify("check", claims).code, verify("check", claims, "--strict").code) == codes


def test_json_alone_on_standard_output_also_when_something_is_wrong(verify: Command, claims: Path) -> None:
    claims.write_text(CLAIMS + FAILING, encoding="utf-8")
    answer = verify("check", claims, "--json", "-")
    assert json.loads(answer.out)["results"][2]["failure"].startswith("Traceback")
    assert answer.err == "verify: not as expected: mine/fails\n"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("selector", "said"),
    [("mine/hold", "mine/holds"), ("literally", "mine/literal"), ("nothing-like-it", "verify list"), ("", "claim")],
)
def test_unknown_selectors(refused: Callable[..., str], selector: str, said: str) -> None:
    assert said in refused("check", selector)
    assert said in refused("list", selector)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("def f(:\n", "my_claims.py:1: syntax error"),
        ("import nothing_of_that_name\n", "my_claims.py:1: cannot be loaded"),
        ("x = 1\n", "holds no claim"),
        ("\n\n1/0\n", "my_claims.py:3: cannot be loaded (ZeroDivisionError"),
        ("import sys\nsys.exit(7)\n", "my_claims.py:2: cannot be loaded (SystemExit"),
    ],
)
def test_bad_claim_files(refused: Callable[..., str], claims: Path, content: str, said: str) -> None:
    claims.write_text(content, encoding="utf-8")
    assert said in refused("check", claims)


def test_missing_claim_files(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "no such file" in refused("check", tmp_path / "none.py")
    folder = tmp_path / "folder.py"
    folder.mkdir()
    assert "is a directory" in refused("check", folder)


def test_a_report_that_cannot_be_written_is_refused_before_the_work(
    refused: Callable[..., str], claims: Path, tmp_path: Path
) -> None:
    claims.write_text("raise AssertionError('the work was begun')\n", encoding="utf-8")
    assert "is a directory" in refused("check", claims, "--json", tmp_path)
    assert "cannot be written" in refused("check", claims, "--json", tmp_path / "none" / "r.json")
    assert "cannot be written" in refused("check", claims, "--json", "/proc/none.json")


def test_trying_a_target_leaves_nothing_behind(refused: Callable[..., str], claims: Path, tmp_path: Path) -> None:
    claims.write_text("x = 1\n", encoding="utf-8")
    old = tmp_path / "old.json"
    old.write_text("kept", encoding="utf-8")
    refused("check", claims, "--json", tmp_path / "new.json")
    refused("check", claims, "--json", old)
    assert not (tmp_path / "new.json").exists()
    assert old.read_text(encoding="utf-8") == "kept"


def test_an_interrupt_keeps_what_was_decided(verify: Command, claims: Path, tmp_path: Path) -> None:
    claims.write_text(CLAIMS + FAILING.replace('ZeroDivisionError("boom")', "KeyboardInterrupt"), encoding="utf-8")
    target = tmp_path / "report.json"
    answer = verify("check", claims, "--json", target)
    assert answer.code == 130
    assert "1 of 3 claims" in answer.err
    assert "mine/fails" in answer.out
    document = json.loads(target.read_text(encoding="utf-8"))
    assert [one["verdict"] for one in document["results"]] == ["HOLDS", "REFUTED"]
    assert document["unfinished"] == ["mine/fails"]


def test_an_interrupt_before_the_work(verify: Command, claims: Path) -> None:
    claims.write_text("raise KeyboardInterrupt\n", encoding="utf-8")
    answer = verify("check", claims)
    assert (answer.code, answer.out) == (130, "")
    assert "Traceback" not in answer.err


# --- replay --------------------------------------------------------------------------------------------------------


@pytest.fixture
def witness(verify: Command, claims: Path, tmp_path: Path) -> Path:
    """The witness that a check of the claims found, stored."""
    document = json.loads(verify("check", claims, "--json", "-").out)
    path = tmp_path / "witness.json"
    path.write_text(json.dumps(document["results"][1]["evidence"][0]["witness"]), encoding="utf-8")
    return path


def change(path: Path, **changes: Any) -> None:
    """Replace entries of a JSON file."""
    data = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(data | changes), encoding="utf-8")


def test_replay(verify: Command, claims: Path, witness: Path) -> None:
    answer = verify("replay", witness, "--claims", claims)
    assert (answer.code, answer.err) == (0, "")
    assert "still refutes mine/literal" in " ".join(answer.out.split())
    (entry,) = json.loads(verify("replay", witness, "--claims", claims, "--json", "-").out)
    assert entry["refutes"] is True
    assert entry["recheck"]["kind"] == "other path"


@pytest.mark.usefixtures("installed")
def test_replay_of_installed_claims_from_standard_input(
    verify: Command, witness: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(witness.read_bytes())))
    assert verify("replay", "-").code == 0


def test_replay_of_what_no_longer_refutes(verify: Command, claims: Path, witness: Path) -> None:
    change(witness, problem={"a": "2"})
    answer = verify("replay", witness, "--claims", claims)
    assert answer.code == 1
    assert "no longer refutes" in " ".join(answer.out.split())  # a long path wraps the line


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": "other"}, "schema"),
        ({"claim": "mine/litera"}, "mine/literal"),
        ({"claim": "mine/holds"}, "no recheck"),
        ({"problem": {"a": "x"}}, "witness.json: a: 'x' is not a number"),
        ({"problem": {}}, "is empty"),
        ({"extra": 1}, "'extra' is not known"),
    ],
)
def test_bad_witnesses(
    refused: Callable[..., str], installed: Registry, witness: Path, changes: dict[str, Any], said: str
) -> None:
    assert len(installed) == 2
    change(witness, **changes)
    assert said in refused("replay", witness)


@pytest.mark.usefixtures("installed")
def test_bad_witness_files(refused: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "w.json"
    assert "no such file" in refused("replay", path)
    path.write_bytes(b"{")
    assert "line 1, column 2" in refused("replay", path)
    assert "is a directory" in refused("replay", tmp_path)


# --- flow and limit ------------------------------------------------------------------------------------------------


def bad(**changes: Any) -> bytes:
    """A problem file with some entries replaced; None removes the entry."""
    data = {key: value for key, value in (PROBLEM | changes).items() if value is not None}
    return json.dumps(data).encode()


BAD_PROBLEMS: dict[str, tuple[bytes, str]] = {
    "shapes": (bad(layers=[[["1", "2"]], [["1", "2"]]]), "layers"),
    "ragged": (bad(layers=[[["1"], ["1", "2"]]]), "layers"),
    "row": (bad(observed=[[1, 0, "1"]]), "observed[0]"),
    "column": (bad(observed=[[0, -1, "1"]]), "observed[0]"),
    "fractional index": (bad(observed=[[0.5, 0, "1"]]), "observed[0]"),
    "twice": (bad(observed=[[0, 0, "1"], [0, 0, "1"]]), "twice"),
    "nothing observed": (bad(observed=[]), "observed"),
    "NaN": (b'{"model": "deep", "layers": [[[NaN]]], "observed": [[0, 0, 1]]}', "NaN"),
    "NaN as text": (bad(layers=[[["nan"]]]), "layers"),
    "infinite": (bad(observed=[[0, 0, "inf"]]), "observed[0]"),
    "a word": (bad(layers=[[["one"]]]), "layers"),
    "true": (bad(layers=[[[True]]]), "layers"),
    "division by zero": (bad(layers=[[["1/0"]]]), "layers"),
    "unknown key": (bad(widht=3), "widht"),
    "missing key": (bad(layers=None), "layers"),
    "unknown model": (bad(model="shallow"), "shallow"),
    "key twice": (b'{"model": "deep", "model": "deep"}', "model"),
    "not JSON": (b'{"model": "deep",\n  layers}', "2"),
    "empty": (b"", "empty"),
    "a list": (b"[]", "object"),
    "not UTF-8": (b"\xff\xfe{", "UTF-8"),
}


@pytest.mark.parametrize("command", [["flow", "--time", "1"], ["limit"]])
@pytest.mark.parametrize("kind", BAD_PROBLEMS)
def test_bad_problems(refused: Callable[..., str], tmp_path: Path, command: list[str], kind: str) -> None:
    content, said = BAD_PROBLEMS[kind]
    path = tmp_path / "bad.json"
    path.write_bytes(content)
    assert said in refused(command[0], path, *command[1:])


@pytest.mark.parametrize("command", [["flow", "--time", "1"], ["limit"]])
def test_bad_problem_files(
    refused: Callable[..., str], tmp_path: Path, command: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "no such file" in refused(command[0], tmp_path / "none.json", *command[1:])
    assert "is a directory" in refused(command[0], tmp_path, *command[1:])
    for content, said in ((b"\xff", "UTF-8"), (b"", "empty"), (b"{", "JSON")):
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(content)))
        line = refused(command[0], "-", *command[1:])
        assert said in line
        assert "standard input" in line


@pytest.mark.parametrize("time", ["-1", "x", "nan", "inf", "1/0", ""])
def test_bad_times(refused: Callable[..., str], problem: Path, time: str) -> None:
    assert "time" in refused("flow", problem, "--time", time)


@pytest.mark.parametrize("ball", ["-1", "x", "nan"])
def test_bad_balls(refused: Callable[..., str], problem: Path, ball: str) -> None:
    assert "ball" in refused("limit", problem, "--ball", ball)


def test_flow(verify: Command, problem: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = verify("flow", problem, "--time", "1/128", "--digits", 20, "--json", "-")
    assert (answer.code, answer.err) == (0, "")
    approximate = json.loads(answer.out)
    assert {"time", "digits", "layers", "product", "radius", "steps", "seconds"} <= set(approximate)
    assert (approximate["time"], approximate["radius"]) == ("1/128", None)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(problem.read_bytes())))
    enclosed = json.loads(verify("flow", "-", "--time", "1/128", "--digits", 20, "--rigorous", "--json", "-").out)
    assert enclosed["radius"] is not None
    assert enclosed["product"][0][0]["mid"][:18] == approximate["product"][0][0][:18]
    assert "approximate, no error bound" in verify("flow", problem, "--time", "0.01").out


def test_flow_past_several_times(verify: Command, problem: Path) -> None:
    several = json.loads(verify("flow", problem, "--time", "1/2", "--time", "1/4", "--json", "-").out)
    assert [state["time"] for state in several] == ["1/4", "1/2"]
    alone = json.loads(verify("flow", problem, "--time", "1/4", "--json", "-").out)
    assert several[0]["product"][0][0][:25] == alone["product"][0][0][:25]
    grid = json.loads(verify("flow", problem, "--time", "1", "--every", "0.4", "--digits", 9, "--json", "-").out)
    assert [state["time"] for state in grid] == ["0", "2/5", "4/5", "1"]
    enclosed = json.loads(
        verify("flow", problem, "--time", "1/2", "--every", "1/2", "--rigorous", "--digits", 9, "--json", "-").out
    )
    assert [state["radius"] is None for state in enclosed] == [False, False]


def test_flow_until_the_residual_is_small(verify: Command, problem: Path) -> None:
    passed = json.loads(verify("flow", problem, "--until", "1e-3", "--digits", 12, "--json", "-").out)
    assert 0.4999 <= float(passed["loss"]) * 1e6 <= 0.5
    on_the_way = json.loads(
        verify("flow", problem, "--until", "1e-3", "--every", "2", "--digits", 12, "--json", "-").out
    )
    assert on_the_way[0]["time"] == "0"
    assert on_the_way[-1]["time"] == passed["time"]
    answer = verify("flow", problem, "--until", "1e-3", "--time", "1/100", "--json", "-")
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("verify: not reached: the residual is still")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "how far?"),
        (["--until", "0"], "until"),
        (["--until", "x"], "until"),
        (["--until", "1e-3", "--rigorous"], "--rigorous"),
        (["--until", "1e-3", "--time", "1", "--time", "2"], "several times"),
        (["--time", "1", "--every", "0"], "every"),
        (["--time", "1", "--every", "1e-9"], "every"),
        (["--time", "1", "--every", "-1"], "every"),
    ],
)
def test_flows_without_an_end(refused: Callable[..., str], problem: Path, arguments: list[str], said: str) -> None:
    assert said in refused("flow", problem, *arguments)


def test_limit(verify: Command, problem: Path, tmp_path: Path) -> None:
    target = tmp_path / "limit.json"
    answer = verify("limit", problem, "--digits", 10, "--json", target)
    assert answer.code == 0
    assert "Limit, certified" in answer.out
    document = json.loads(target.read_text(encoding="utf-8"))
    assert document["certificate"] is not None
    around = json.loads(verify("limit", problem, "--digits", 10, "--ball", "1/1000", "--json", "-").out)
    assert around["certificate"] is not None


def test_a_limit_that_cannot_be_certified(verify: Command, tmp_path: Path) -> None:
    path = tmp_path / "saddle.json"  # both layers 0: the flow stays at the saddle
    path.write_bytes(bad(layers=[[["0"]], [["0"]]]))
    answer = verify("limit", path)
    assert answer.code == 0
    assert answer.out.startswith("not certified: ")
    strict = verify("limit", path, "--strict", "--json", "-")
    assert strict.code == 2
    document = json.loads(strict.out)
    assert document["certificate"] is None
    assert document["reason"]
    assert strict.err.startswith("verify: not certified: ")


# --- derive --------------------------------------------------------------------------------------------------------


def test_derive(verify: Command, tmp_path: Path) -> None:
    topics = verify("derive", "--list")
    assert topics.code == 0
    assert "gradient-flow" in topics.out
    options = ("--depth", 2, "--size", 2, "--observe", "diagonal")
    assert verify("derive", "gradient-flow", *options).out.strip()
    assert json.loads(verify("derive", "gradient-flow", *options, "--format", "json").out)["topic"] == "gradient-flow"
    target = tmp_path / "flow.tex"
    answer = verify("derive", "gradient-flow", *options, "--format", "latex", "-o", target)
    assert answer == (0, "", "")
    assert "\\" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gradient-flo"], "gradient-flo"),
        (["gradient-flow", "--depth", "2", "--size", "2", "--observe", "everything"], "everything"),
        (["gradient-flow", "--depth", "2", "--size", "2", "--observe", "2,2"], "observe"),
    ],
)
def test_bad_derivations(refused: Callable[..., str], arguments: list[str], said: str) -> None:
    assert said in refused("derive", *arguments)


def test_a_derivation_that_cannot_be_written(refused: Callable[..., str], tmp_path: Path) -> None:
    assert "cannot be written" in refused("derive", "gradient-flow", "-o", tmp_path / "none" / "x.tex")


# --- doctor --------------------------------------------------------------------------------------------------------


def test_doctor(verify: Command) -> None:
    document = json.loads(verify("doctor", "--json", "-").out)
    passed = {test["name"]: test["passed"] for test in document["tests"]}
    assert {name for name, well in passed.items() if not well} <= {"claims"}  # none may be installed here
    assert document["environment"]["ground types"] == "flint"


def test_doctor_says_what_is_broken(verify: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object, **options: object) -> None:
        raise RuntimeError("no such thing")

    monkeypatch.setattr("verify.numeric.integrate", broken)
    answer = verify("doctor")
    assert answer.code == 1
    assert "FAILED: RuntimeError: no such thing" in " ".join(answer.out.split())
