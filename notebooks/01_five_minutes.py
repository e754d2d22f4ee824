# ---
# jupyter:
#   jupytext:
#     formats: ipynb,py:percent
#     text_representation:
#       extension: .py
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     language: python
#     name: python3
# ---

# %% [markdown]
# # Five minutes with rankproof
#
# Fit a few entries of a matrix by gradient flow on a product $W = W_L \cdots W_1$. The other entries are free. Which
# completion does the flow choose? Shin & Yun (2026, arXiv:2603.04703) study this question: depth couples the observed
# entries, and coupling favours low rank.
#
# We take one start of their family and do five things with it: **derive** the flow, **decide** whether it is coupled,
# **certify** its limit, **refute** a sentence that says too much, and **draw** what is left of it.
#
# Nothing below rests on floating-point numbers. Each answer is *proved* (decided exactly) or *enclosed* (decided in
# ball arithmetic, $t \to \infty$ included), and says so.

# %%
from fractions import Fraction
from pathlib import Path

from IPython.display import Markdown, display

from verify import certify_limit, decide_coupling, derive, symmetric_family

# %% [markdown]
# ## 1. Derive
#
# Depth 3, size 2, both diagonal entries observed. A derivation is a list of steps. Each was checked by machine when it
# was made: a step that exists is true.


# %%
def show(derivation):
    """Set a derivation as mathematics."""
    for number, step in enumerate(derivation.steps, 1):
        formula = step.latex.replace(r"\begin{align*}", "\n$$\n\\begin{aligned}")
        formula = formula.replace(r"\end{align*}", "\\end{aligned}\n$$\n")
        display(Markdown(f"**{number}.** {formula}"))


flow = derive("gradient-flow", depth=3, size=2, observe="diagonal")
show(flow)
print("steps by the kind of check that decided them:", flow.checks)

# %% [markdown]
# The same as a document for pdflatex: `verify derive gradient-flow --depth 3 --size 2 --observe diagonal --format
# latex`.
#
# ## 2. Decide coupling
#
# The dynamics is *decoupled* when the observed entries split into groups whose gradients stay orthogonal for all
# times. All gradients' inner products follow from one formula, the coupling kernel. It holds for all depths and widths.

# %%
kernel = derive("coupling-kernel")
display(Markdown(f"**Statement.** {kernel.statement}."))
show(kernel)

# %% [markdown]
# Now four starts, all in exact rationals:
#
# - the symmetric family, $\alpha = 1/10$ on the diagonal of every layer and $\alpha/2$ off it, at depth 3;
# - the same at depth 2;
# - three equal layers, each a rotation times $1/4$;
# - a diagonal start behind hidden rotations: $W_1 = Q_1 D$, $W_2 = Q_2 D Q_1^\top$, $W_3 = D Q_2^\top$.

# %%
from verify import Observations, Problem
from verify.arithmetic.exact import multiply, transpose
from verify.models import diagonal, rotation

turn, other, scaled = rotation("3/5", "4/5"), rotation("12/13", "5/13"), diagonal(["1/5", "1/5"])
conformal = Problem.of([[["1/5", "-3/20"], ["3/20", "1/5"]]] * 3, Observations.diagonal(2))
hidden = Problem(
    (
        multiply(turn, scaled),
        multiply(other, multiply(scaled, transpose(turn))),
        multiply(scaled, transpose(other)),
    ),
    Observations.diagonal(2),
)

starts = {
    "family, depth 3": symmetric_family(3),
    "family, depth 2": symmetric_family(2),
    "rotations, depth 3": conformal,
    "hidden rotations, depth 3": hidden,
}
coupling = {name: decide_coupling(start) for name, start in starts.items()}
for name, decision in coupling.items():
    assert decision.recheck()  # the stored proof, verified once more as it is written
    print(f"{name:27}{decision.text}\n{'':27}{decision.pairs[0].reason}")

# %% [markdown]
# A nonzero kernel entry at the start settles that a flow is coupled. That it is *decoupled* is a statement about all
# times: the proof is a linear space which contains the start, which the flow never leaves, and on which the kernel
# entry is zero.
#
# The last two starts have depth 3, are not diagonal, and are decoupled. "Coupled unless initialized diagonally" is true
# inside the family of the paper. Over all starts it is not.
#
# ## 3. Certify a limit
#
# Back to the coupled start of the family. Where does its flow end? Ball arithmetic follows the flow, with an error
# bound that holds, until the following theorem applies.
#
# > Let $r$ be the residual and $K$ the coupling kernel of all observed entries. If $\lambda_{\min}(K) \ge \mu > 0$ on
# > a ball of radius $\rho$ around the present state, and $\|r\| \le \rho\sqrt\mu$ now, then the flow stays in that ball
# > and converges to a global minimum, at a distance of at most $\|r\|/\sqrt\mu$.
#
# After that moment no more integration is needed: everything up to $t = \infty$ is inside the ball.

# %%
limit = certify_limit(symmetric_family(3), digits=30)
certificate = limit.certificate

print("W(∞) =")
for row in limit.product:
    print("   ", "   ".join(entry.text(36) for entry in row))
first, second = limit.singular_values
print(f"σ₁(∞) = {first.text(36)}")
print(f"σ₂(∞) = {second.text(36)}")
print(f"stable rank = {limit.stable_rank.text(36)}, rank at least {limit.rank_at_least}")

bounds = certificate.to_json()  # rounded in the direction in which each bound is used
print(f"\ncertificate at time {float(certificate.time):.1f}:")
print(f"  μ   ≥ {bounds['kernel_at_least']:<10} smallest eigenvalue of the kernel")
print(f"  ‖r‖ ≤ {bounds['residual_at_most']:<10} residual, over the whole tube")
print(f"  ρ   = {bounds['room']:<10} room in which μ was bounded")

# %% [markdown]
# The theorem's inequality is one line of rational arithmetic, so we check it ourselves. And we ask a second path: in
# the family the limit solves two equations. Their root is isolated by bisection with certain signs; no flow is
# integrated.

# %%
from verify.rigorous import enclose_family_limit

assert certificate.residual_at_most**2 <= certificate.room**2 * certificate.kernel_at_least

root = enclose_family_limit(3, n=2, m=2, alpha="1/10")
assert root.off_block.overlaps(limit.product[0][1])
print("w₁₂(∞) from the flow:     ", limit.product[0][1].text(36))
print("w₁₂(∞) from the equations:", root.off_block.text(36))

# %% [markdown]
# The observed entries are 1, exactly. The second singular value is small, and it is not zero: the limit has rank 2.
# Nor is this one unlucky point. A whole ball of starts can be followed at once:

# %%
nearby = certify_limit(symmetric_family(3), ball="1e-7", digits=10)
print(f"every start within 1e-7: σ₂(∞) = {nearby.singular_values[1].text(3)}, rank at least {nearby.rank_at_least}")

# %% [markdown]
# Where no minimizer is reached, there is no certificate. With $\alpha < 0$ the product fades away, ever more slowly:

# %%
refusal = certify_limit(symmetric_family(3, alpha="-1/10"), digits=15)
print("converged:", refusal.converged)
print(refusal.reason)

# %% [markdown]
# ## 4. Refute
#
# A claim states what it covers and which verdict it expects. Here is one that expects to be refuted: a sentence of the
# abstract, paraphrased and *read literally*, for every start and every scale.

# %%
from verify.claims import installed_claims, run_claims

slug = "shin-yun-2026/literally-rank-one-iff-coupled"
result = run_claims(installed_claims().select([slug]))[slug]
print("statement:", result.statement)
print("verdict:  ", result.verdict.name, "–", result.assurance.word)
for evidence in result.examination.evidence:
    print("because:  ", evidence.detail)
    again = result.examination.rechecks[evidence.witness.digest]
    print("again, by", again.kind + ":", again.detail)
print("its negative twin,", result.variant + ":", result.twin.decision.verdict.name)

# %% [markdown]
# The witness is our start: coupled, and its limit has full rank. The second path re-decides both in rotated
# coordinates, where every number of the computation is another one. The *negative twin* is a false variant of the
# sentence; it shows that the check can say no.
#
# To be fair to the authors: **this is not their theorem.** They speak about a family of starts and about vanishing
# scale, $\alpha \to 0$. With these words the sentence is true, and the precise form is registered beside the literal
# one. A refuted literal reading says which words must not be left out when the sentence is quoted.
#
# ## 5. Draw
#
# How close to rank 1 do the limits come, and how does that depend on depth and scale? The curves below are roots of the
# two limit equations. Each dot is the limit of an integrated flow, certified as in section 3. To the right, two flows
# from the same start are followed in ball arithmetic.

# %%
from verify.arithmetic import Ball, BallAlgebra, evaluate, precision
from verify.rigorous import Tube, coupling_constant, spectrum

DEPTHS = (2, 3, 4, 5)
SCALES = ("1/10", "1/3", "1", "3")

dots = {
    (depth, scale): certify_limit(symmetric_family(depth, alpha=scale), digits=20)
    for depth in DEPTHS
    for scale in SCALES
}
assert all(dot.converged for dot in dots.values())

grid = [Fraction(round(10 ** (6 + k / 24)), 10**6) for k in range(-36, 27)]
curves = {depth: [enclose_family_limit(depth, alpha=a, digits=24).stable_rank for a in grid] for depth in DEPTHS}


def leading_order(depth, alpha):
    """sr − 1 as α → 0, for n = m = 2 and value 1."""
    return float(coupling_constant(depth, n=2, m=Fraction(2), alpha=alpha)) ** (-2 * depth / (depth - 2)) / 4


def enclosed_path(problem, *, until, points):
    """The singular values of W(t) at equal steps of time, enclosed."""
    tube, path = Tube.start(problem, digits=20), []
    for k in range(points + 1):
        time = Fraction(until * k, points)
        while tube.time < time:
            tube.advance(until=time)
        with precision(tube.fraction_bits + 32):
            product = evaluate(problem.program, tube.box(), BallAlgebra())["product"]
            path.append((time, *(Ball.from_arb(value) for value in spectrum(product).singular_values)))
    return path


paths = {depth: enclosed_path(symmetric_family(depth), until=12, points=60) for depth in (2, 3)}


def widest(balls):
    """The largest radius, rounded up."""
    return Ball(Fraction(0), max(ball.rad for ball in balls)).to_json()["rad"]


print(
    len(dots), "certified limits; each stable rank is known to within", widest(dot.stable_rank for dot in dots.values())
)
values = [value for path in paths.values() for _, *pair in path for value in pair]
print(len(values), "singular values on the way; each is known to within", widest(values))

# %%
import matplotlib.pyplot as plt
import numpy as np
from matplotlib.lines import Line2D

INK, SOFT = "#24292f", "#656d76"
COLOUR = {2: "#7d858d", 3: "#3b9bd9", 4: "#0f68ab", 5: "#0b2f57"}  # grey: decoupled; blue: coupled, darker is deeper
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.labelcolor": INK,
    "axes.edgecolor": SOFT,
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.titlepad": 25,
    "lines.linewidth": 1.9,
    "lines.solid_capstyle": "round",
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "legend.labelcolor": SOFT,
    "svg.hashsalt": "rankproof",
}
DOT = {"ls": "", "marker": "o", "ms": 5.6, "mfc": "white", "mew": 1.5, "zorder": 4, "clip_on": False}


def subtitle(axes, text):
    axes.text(0, 1.03, text, transform=axes.transAxes, color=SOFT)


def along(axes, start, end, text, colour, **options):
    """Write below the line from `start` to `end`, in its direction."""
    places = axes.transData.transform([start, end])
    middle = axes.transData.inverted().transform(places.mean(axis=0))
    turn = np.arctan2(*(places[1] - places[0])[::-1])
    below = (5.5 * np.sin(turn), -5.5 * np.cos(turn))
    common = {"textcoords": "offset points", "rotation_mode": "anchor", "ha": "center", "va": "top", "fontsize": 8.5}
    axes.annotate(text, middle, below, rotation=np.degrees(turn), color=colour, **common, **options)


def draw_limits(axes):
    """Stable rank minus 1 of the limit against the scale of the start, for each depth."""
    scales = [float(a) for a in grid]
    for depth, colour in COLOUR.items():
        axes.plot(scales, [float(rank.mid - 1) for rank in curves[depth]], color=colour, zorder=3)
        if depth > 2:
            law = [(float(a), leading_order(depth, a)) for a in grid if a <= 1]
            axes.plot(*zip(*law, strict=True), color=colour, lw=1, ls=(0, (3, 2.5)), zorder=2)
        found = [(float(Fraction(scale)), float(dots[depth, scale].stable_rank.mid - 1)) for scale in SCALES]
        axes.plot(*zip(*found, strict=True), color=colour, **DOT)
    axes.set(xscale="log", yscale="log", xlim=(scales[0], scales[-1]), ylim=(1e-17, 1.4))
    axes.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    axes.set_yticks([1e-16, 1e-12, 1e-8, 1e-4, 1])
    axes.set_xlabel("scale α of the start")
    axes.set_title("Deeper is closer to rank 1, for small starts")
    subtitle(axes, "stable rank − 1 of the limit; grey: decoupled, blue: coupled")
    key = [
        Line2D([], [], color=SOFT, label="limit of the flow, certified", **DOT),
        Line2D([], [], color=SOFT, label="root of the limit equations"),
        Line2D([], [], color=SOFT, lw=1, ls=(0, (3, 2.5)), label="leading order as α → 0"),
    ]
    axes.legend(handles=key, loc="lower right", handlelength=1.8, borderaxespad=0.2)
    line = {"arrowstyle": "-", "color": SOFT, "lw": 0.7, "shrinkA": 2, "shrinkB": 5, "relpos": (0.35, 1)}
    axes.annotate("near α ≈ 1.6\nthe order reverses", (1.6, 0.012), (2.1, 3e-6), arrowprops=line)


def draw_paths(axes):
    """Singular values of the enclosed flows from α = 1/10, and at ∞ the certified limits."""
    last, infinity = 12, 13.1
    for depth, path in paths.items():
        times, *values = zip(*path, strict=True)
        for value, end in zip(values, dots[depth, "1/10"].singular_values, strict=True):
            axes.plot([float(t) for t in times], [float(x.mid) for x in value], color=COLOUR[depth], zorder=3)
            axes.plot([last, infinity], [float(end.mid)] * 2, color=COLOUR[depth], lw=1, ls=(0, (1, 1.6)), zorder=2)
            axes.plot(infinity, float(end.mid), color=COLOUR[depth], **DOT)
    axes.set(yscale="log", xlim=(0, infinity), ylim=(6e-5, 5))
    axes.set_xticks([0, 4, 8, 12, infinity], ["0", "4", "8", "12", "∞"])
    axes.set_yticks([1e-4, 1e-3, 1e-2, 1e-1, 1])
    axes.set_xlabel("time t")
    axes.set_title("Left behind, but not lost")
    subtitle(axes, "singular values of W(t), enclosed, from α = 0.1")
    for depth, time, level in ((2, 8.7, 0.6), (3, 7.6, 0.012)):
        large, small = (float(value.mid) for value in dots[depth, "1/10"].singular_values)
        first, second = (float(value.mid) for value in paths[depth][0][1:])
        between = {"arrowstyle": "<->", "color": COLOUR[depth], "lw": 0.8, "shrinkA": 1, "shrinkB": 1}
        axes.annotate("", (time, large), (time, small), arrowprops=between)
        ratio = f"× {large / small:.0f}" + (
            f"\n(at the start × {first / second:.0f})" if depth > 2 else ", as at the start"
        )
        axes.text(time + 0.25, level, ratio, color=COLOUR[depth], va="center", fontsize=8.5)
    lower = dots[3, "1/10"].singular_values[1].lower
    text = f"0.{int(lower * 10**15):015}… > 0"
    axes.text(infinity - 0.35, 2.6e-4, text, ha="right", va="top", color=COLOUR[3], fontsize=8.5)


def label_curves():
    """Names along the curves, once the axes have their final size."""
    for depth, colour in COLOUR.items():
        ends = [(float(Fraction(a)), float(dots[depth, a].stable_rank.mid - 1)) for a in SCALES[:2]]
        along(left, *ends, f"depth {depth}", colour, weight="bold")
    for depth, k, a, b in ((2, 1, 3, 8), (2, 2, 5, 9), (3, 1, 12, 21), (3, 2, 8, 20)):
        ends = [(float(paths[depth][i][0]), float(paths[depth][i][k].mid)) for i in (a, b)]
        along(right, *ends, f"{'σ₁' if k == 1 else 'σ₂'}, depth {depth}", COLOUR[depth], weight="bold")


folder = Path("notebooks" if Path("notebooks").is_dir() else ".", "figures")
folder.mkdir(exist_ok=True)
with plt.rc_context(STYLE):
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.8, 4.3), layout="constrained", width_ratios=[1.12, 1])
    draw_limits(left)
    draw_paths(right)
    figure.draw_without_rendering()
    label_curves()
    figure.savefig(folder / "depth_and_scale.png", dpi=200, metadata={"Software": None})
    figure.savefig(folder / "depth_and_scale.svg", metadata={"Date": None, "Creator": None})

# %% [markdown]
# Left: at small scale every further layer brings the limit closer to rank 1, by orders of magnitude. It never arrives:
# on this axis rank 1 is infinitely far down. Near $\alpha \approx 1.6$ the order reverses, and from larger starts the
# deeper network ends farther from rank 1. At depth 2, decoupled, the scale plays no part at all.
#
# Right: at depth 2 both singular values grow in proportion, 9 to 1 from start to limit. At depth 3 the first one runs
# away; the second is left behind at a positive value.
#
# ## What next
#
# - `make check` decides all claims, each with the kind of evidence by which it stands.
# - `verify derive --list` shows what can be derived, `verify limit` and `verify flow` take problem files of your own.
# - A claim of your own is one Python file: see the README.
