"""Every distribution beside PyTorch's: moments, densities, entropies, divergences, gradients, samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import gradloom

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.oracle

Engine = Any
POSITIVE = np.array([0.5, 1.5, 3.0])
OTHER = np.array([2.0, 0.7, 1.2])
REAL = np.array([-1.0, 0.3, 2.0])
SHARES = np.array([[0.2, 0.5, 0.3], [0.6, 0.1, 0.3]])
LOGITS = np.array([[0.5, -1.0, 2.0], [0.1, 0.2, 0.3]])
CHANCES = np.array([0.2, 0.5, 0.9])
FACTOR = np.array([[1.5, 0.0], [0.4, 0.8]])

# By name: how it is made, of which parameters, and values to ask about.
CASES: dict[str, tuple[Callable[..., Any], list[np.ndarray], Any]] = {
    "Normal": (lambda d, a, b: d.Normal(a, b), [REAL, POSITIVE], REAL * 0.7),
    "LogNormal": (lambda d, a, b: d.LogNormal(a, b), [REAL, POSITIVE], POSITIVE),
    "HalfNormal": (lambda d, a: d.HalfNormal(a), [POSITIVE], OTHER),
    "Laplace": (lambda d, a, b: d.Laplace(a, b), [REAL, POSITIVE], REAL * 0.7 + 0.1),
    "Cauchy": (lambda d, a, b: d.Cauchy(a, b), [REAL, POSITIVE], REAL * 0.7),
    "Uniform": (lambda d, a, b: d.Uniform(a, b), [REAL, REAL + 2], REAL + 1),
    "StudentT": (lambda d, a, b, c: d.StudentT(a, b, c), [POSITIVE + 2, REAL, OTHER], REAL * 0.5),
    "Exponential": (lambda d, a: d.Exponential(a), [POSITIVE], OTHER),
    "Gamma": (lambda d, a, b: d.Gamma(a, b), [POSITIVE, OTHER], OTHER),
    "Chi2": (lambda d, a: d.Chi2(a), [POSITIVE], OTHER),
    "Beta": (lambda d, a, b: d.Beta(a, b), [POSITIVE, OTHER], CHANCES),
    "Dirichlet": (lambda d, a: d.Dirichlet(a), [SHARES * 5], SHARES),
    "Bernoulli": (lambda d, a: d.Bernoulli(a), [CHANCES], np.array([0.0, 1.0, 1.0])),
    "Bernoulli-logits": (lambda d, a: d.Bernoulli(logits=a), [REAL], np.array([0.0, 1.0, 1.0])),
    "Categorical": (lambda d, a: d.Categorical(a), [SHARES], np.array([2, 0])),
    "Categorical-logits": (lambda d, a: d.Categorical(logits=a), [LOGITS], np.array([2, 0])),
    "OneHotCategorical": (lambda d, a: d.OneHotCategorical(a), [SHARES], np.eye(3)[[1, 2]]),
    "Poisson": (lambda d, a: d.Poisson(a), [POSITIVE], np.array([0.0, 2.0, 5.0])),
    "Binomial": (lambda d, a: d.Binomial(5, a), [CHANCES], np.array([0.0, 2.0, 5.0])),
    "Binomial-logits": (lambda d, a: d.Binomial(5, logits=a), [REAL], np.array([0.0, 2.0, 5.0])),
    "Geometric": (lambda d, a: d.Geometric(a), [CHANCES], np.array([0.0, 2.0, 1.0])),
    "Multinomial": (lambda d, a: d.Multinomial(4, a), [SHARES], np.array([[1.0, 2, 1], [4, 0, 0]])),
    "HalfCauchy": (lambda d, a: d.HalfCauchy(a), [POSITIVE], OTHER),
    "Pareto": (lambda d, a, b: d.Pareto(a, b), [POSITIVE, OTHER + 2], POSITIVE + 1),
    "InverseGamma": (lambda d, a, b: d.InverseGamma(a, b), [POSITIVE + 2, OTHER], OTHER),
    "FisherSnedecor": (lambda d, a, b: d.FisherSnedecor(a, b), [POSITIVE + 2, OTHER + 4], OTHER),
    "NegativeBinomial": (lambda d, a: d.NegativeBinomial(5, a), [CHANCES], np.array([0.0, 2.0, 5.0])),
    "Kumaraswamy": (lambda d, a, b: d.Kumaraswamy(a, b), [POSITIVE, OTHER], CHANCES),
    "LogisticNormal": (
        lambda d, a, b: d.LogisticNormal(a, b),
        [LOGITS, SHARES],
        np.array([0.2, 0.1, 0.3, 0.4]),
    ),
    "Gumbel": (lambda d, a, b: d.Gumbel(a, b), [REAL, POSITIVE], REAL * 0.7),
    "Weibull": (lambda d, a, b: d.Weibull(a, b), [POSITIVE, OTHER], OTHER),
    "VonMises": (lambda d, a, b: d.VonMises(a, b), [REAL, POSITIVE], REAL * 0.7),
    "MultivariateNormal": (
        lambda d, a, b: d.MultivariateNormal(a, scale_tril=b),
        [REAL[:2], FACTOR],
        np.array([[0.5, 1.0], [0.0, -1.0]]),
    ),
    "MultivariateNormal-covariance": (
        lambda d, a, b: d.MultivariateNormal(a, b),
        [np.ones((3, 2)), FACTOR @ FACTOR.T],
        np.array([0.5, 1.0]),
    ),
    "MultivariateNormal-precision": (
        lambda d, a, b: d.MultivariateNormal(a, precision_matrix=b),
        [REAL[:2], FACTOR @ FACTOR.T],
        np.array([0.5, 1.0]),
    ),
    "Independent": (
        lambda d, a, b: d.Independent(d.Normal(a, b), 1),
        [np.tile(REAL, (2, 1)), POSITIVE],
        REAL,
    ),
    "Transformed": (
        lambda d, a, b: d.TransformedDistribution(
            d.Normal(a, b), [d.transforms.AffineTransform(1.0, 2.0), d.transforms.SigmoidTransform()]
        ),
        [REAL, POSITIVE],
        CHANCES,
    ),
    "MixtureSameFamily": (
        lambda d, a, b, c: d.MixtureSameFamily(d.Categorical(a), d.Normal(b, c)),
        [SHARES, np.stack([REAL, REAL + 1]), POSITIVE + 0 * SHARES],
        np.array([0.3, -1.0]),
    ),
    "RelaxedBernoulli": (
        lambda d, a: d.RelaxedBernoulli(a.new_tensor(0.7), a),
        [CHANCES],
        np.array([0.3, 0.6, 0.8]),
    ),
    "RelaxedOneHotCategorical": (
        lambda d, a: d.RelaxedOneHotCategorical(a.new_tensor(0.7), a),
        [SHARES],
        SHARES[::-1].copy(),
    ),
}
NAMES = sorted(CASES)


@pytest.fixture(autouse=True)
def _checked() -> None:
    """PyTorch's compiler, once used, ends the checks of parameters for the whole process."""
    torch.distributions.Distribution.set_default_validate_args(True)


def made(engine: Engine, name: str, dtype: str = "float64") -> tuple[Any, list[Any], Any]:
    """The distribution, its parameters as leaves, and the values."""
    make, parameters, values = CASES[name]
    leaves = [engine.tensor(each, dtype=getattr(engine, dtype), requires_grad=True) for each in parameters]
    given = (
        engine.tensor(values)
        if values.dtype.kind == "i"
        else engine.tensor(values, dtype=getattr(engine, dtype))
    )
    return make(engine.distributions, *leaves), leaves, given


def numbers(result: Any) -> np.ndarray:
    return np.asarray(result.detach().numpy())


def asked(engine: Engine, name: str, question: str) -> Any:
    """The answer with the gradients of its sum, or the kind of error."""
    distribution, leaves, values = made(engine, name)
    values.requires_grad_(values.dtype.is_floating_point and question in ("log_prob", "cdf"))
    try:
        with np.errstate(all="ignore"):
            member = getattr(distribution, question)
            answer = member(values) if question in ("log_prob", "cdf") else member
            answer = answer() if question == "entropy" else answer
    except NotImplementedError:
        return NotImplementedError
    found = [numbers(answer)]
    if answer.requires_grad and not (question == "cdf" and name in ("Gamma", "Chi2", "InverseGamma")):
        answer[answer.isfinite()].sum().backward()
        found += [numbers(leaf.grad) for leaf in (*leaves, values) if leaf.grad is not None]
    return found


def same(ours: Any, theirs: Any, **tolerance: float) -> None:
    if ours is NotImplementedError or theirs is NotImplementedError:
        assert ours is theirs
        return
    assert len(ours) == len(theirs)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, **(tolerance or {"rtol": 1e-6, "atol": 1e-8}))


@pytest.mark.parametrize("question", ["log_prob", "entropy", "mean", "variance", "stddev", "mode", "cdf"])
@pytest.mark.parametrize("name", NAMES)
def test_answers_and_their_gradients(name: str, question: str) -> None:
    ours, theirs = asked(gradloom, name, question), asked(torch, name, question)
    tolerance = {"rtol": 1e-4, "atol": 1e-6} if name in ("VonMises", "Chi2", "Gamma") else {}
    same(ours, theirs, **tolerance)


@pytest.mark.parametrize("name", ["Normal", "Laplace", "Cauchy", "Uniform", "Exponential", "HalfNormal",
                                  "Gumbel",
                                  "LogNormal", "Weibull", "Transformed"])  # fmt: skip
def test_icdf_undoes_cdf_as_theirs(name: str) -> None:
    found = []
    for engine in (gradloom, torch):
        distribution, _, _ = made(engine, name)
        quantiles = engine.tensor([0.1, 0.5, 0.8], dtype=engine.float64)
        found.append([numbers(distribution.icdf(quantiles))])
        np.testing.assert_allclose(
            numbers(distribution.cdf(distribution.icdf(quantiles))), [0.1, 0.5, 0.8], rtol=1e-6
        )
    same(*found)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", NAMES)
def test_one_seed_gives_their_samples(name: str, dtype: str) -> None:
    found = []
    for engine in (gradloom, torch):
        engine.manual_seed(4)
        distribution, _, _ = made(engine, name, dtype)
        drawn = [distribution.sample(), distribution.sample((2, 3))]
        assert drawn[1].shape == (2, 3, *distribution.batch_shape, *distribution.event_shape)
        if distribution.has_rsample:
            drawn.append(distribution.rsample((2,)))
        found.append([numbers(each) for each in drawn])
    same(*found, rtol=2e-4 if dtype == "float32" else 1e-7, atol=1e-5 if dtype == "float32" else 1e-9)


LONE = [name for name in NAMES if all(each.ndim == 1 for each in CASES[name][1])]


@pytest.mark.parametrize("name", LONE)
def test_distributions_of_one_number_draw_theirs(name: str) -> None:
    make, parameters, _ = CASES[name]
    found = []
    for engine in (gradloom, torch):
        engine.manual_seed(4)
        distribution = make(engine.distributions, *[engine.tensor(each[1]) for each in parameters])
        found.append([numbers(each) for each in (distribution.sample(), distribution.sample((2,)))])
    same(*found)


# PyTorch's gradient of a Dirichlet sample is another estimate of the same mean.
PATHWISE = [
    "Normal", "LogNormal", "HalfNormal", "Laplace", "Cauchy", "Uniform", "StudentT", "Exponential", "Gamma",
    "Chi2", "Gumbel", "Weibull", "MultivariateNormal", "Independent", "Transformed", "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
]  # fmt: skip


@pytest.mark.parametrize("name", PATHWISE)
def test_gradients_flow_through_samples(name: str) -> None:
    found = []
    for engine in (gradloom, torch):
        engine.manual_seed(4)
        distribution, leaves, _ = made(engine, name)
        distribution.rsample((5,)).pow(2).sum().backward()
        found.append([numbers(leaf.grad) for leaf in leaves if leaf.grad is not None])
    same(*found, rtol=2e-3, atol=1e-5)


def test_the_gradient_of_a_dirichlet_sample_has_the_right_mean() -> None:
    gradloom.manual_seed(0)
    concentration = gradloom.tensor([0.8, 2.0, 1.5], dtype=gradloom.float64, requires_grad=True)
    drawn = gradloom.distributions.Dirichlet(concentration).rsample((3000,))
    (slope,) = gradloom.autograd.grad(drawn[:, 0].mean(), concentration)
    (exact,) = gradloom.autograd.grad(concentration[0] / concentration.sum(), concentration)
    np.testing.assert_allclose(slope.numpy(), exact.numpy(), atol=0.01)


@pytest.mark.parametrize("name", ["Poisson", "Binomial"])
def test_large_counts_are_theirs_too(name: str) -> None:
    found = []
    for engine in (gradloom, torch):
        engine.manual_seed(9)
        rate = engine.linspace(0.05, 60, 40, dtype=engine.float64)
        made = (
            engine.distributions.Poisson(rate)
            if name == "Poisson"
            else engine.distributions.Binomial(100, rate / 61)
        )
        found.append([numbers(made.sample((5,)))])
    same(*found)


KL = [
    ("Normal", "Normal"), ("Bernoulli", "Bernoulli"), ("Categorical", "Categorical"),
    ("Exponential", "Exponential"),
    ("OneHotCategorical", "OneHotCategorical"), ("Laplace", "Laplace"), ("Gamma", "Gamma"), ("Beta", "Beta"),
    ("Dirichlet", "Dirichlet"), ("Poisson", "Poisson"), ("Binomial", "Binomial"), ("Geometric", "Geometric"),
    ("MultivariateNormal", "MultivariateNormal"), ("Independent", "Independent"), ("LogNormal", "LogNormal"),
    ("HalfNormal", "HalfNormal"), ("Gumbel", "Gumbel"), ("Cauchy", "Cauchy"), ("Uniform", "Uniform"),
    ("Exponential", "Gamma"), ("Gamma", "Exponential"), ("Uniform", "Normal"), ("Laplace", "Normal"),
    ("Chi2", "Gamma"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second"), KL)
def test_divergences(first: str, second: str) -> None:
    found = []
    for engine in (gradloom, torch):
        p, leaves, _ = made(engine, first)
        make, parameters, _ = CASES[second]
        wider = [engine.tensor(each * 1.1 + (0.3 if second == "Normal" else 0.0)) for each in parameters]
        if second in ("Bernoulli", "Geometric", "Binomial"):
            wider = [engine.tensor(np.array([0.3, 0.6, 0.5]))]
        q = make(engine.distributions, *wider)
        divergence = engine.distributions.kl_divergence(p, q)
        if divergence.requires_grad and bool(divergence.isfinite().all()):
            divergence.sum().backward()
        grads = [numbers(leaf.grad) for leaf in leaves if leaf.grad is not None]
        found.append([numbers(divergence), *grads])
    same(*found, rtol=1e-5, atol=1e-7)


def test_pairs_without_a_formula_are_refused() -> None:
    normal = gradloom.distributions.Normal(0.0, 1.0)
    with pytest.raises(NotImplementedError, match=r"No KL\(p \|\| q\) is implemented for p type Normal"):
        gradloom.distributions.kl_divergence(normal, gradloom.distributions.Bernoulli(0.5))


@pytest.mark.parametrize("name", NAMES)
def test_expanding_and_showing(name: str) -> None:
    found = []
    for engine in (gradloom, torch):
        distribution, _, _ = made(engine, name)
        wide = distribution.expand((4, *distribution.batch_shape))
        assert wide.log_prob(wide.sample()).shape == wide.batch_shape
        shown = repr(distribution).replace("gradloom.", "torch.")
        found.append((tuple(wide.batch_shape), tuple(wide.event_shape), distribution.has_rsample, shown))
    assert found[0][:3] == found[1][:3]
    if name not in ("Transformed", "MixtureSameFamily") and "Relaxed" not in name:
        assert found[0][3] == found[1][3]


BAD: list[Callable[[Any, Any], Any]] = [
    lambda t, d: d.Normal(t.tensor([0.0, 1.0]), t.tensor([1.0, -1.0])),
    lambda t, d: d.Normal(0.0, -1.0),
    lambda t, d: d.Bernoulli(1.5),
    lambda t, d: d.Bernoulli(0.5, 0.5),
    lambda t, d: d.Categorical(t.tensor(0.5)),
    lambda t, d: d.Categorical(logits=t.tensor([float("nan"), 1.0])),
    lambda t, d: d.Uniform(1.0, 0.0),
    lambda t, d: d.Gamma(t.tensor(0.0), 1.0),
    lambda t, d: d.Normal(0.0, 1.0).log_prob(1.0),
    lambda t, d: d.Bernoulli(0.5).log_prob(t.tensor(0.5)),
    lambda t, d: d.Categorical(t.ones(3)).log_prob(t.tensor(3)),
    lambda t, d: d.Beta(1.0, 1.0).log_prob(t.tensor(2.0)),
    lambda t, d: d.MultivariateNormal(t.zeros(2)),
    lambda t, d: d.Poisson(t.tensor(2.0)).log_prob(t.tensor(0.5)),
    lambda t, d: d.Normal(t.zeros(2), t.ones(2)).log_prob(t.zeros(3)),
    lambda t, d: d.Independent(d.Normal(0.0, 1.0), 1),
]


@pytest.mark.parametrize("case", range(len(BAD)))
def test_wrong_parameters_and_values_are_refused_in_their_words(case: int) -> None:
    said = []
    for engine in (gradloom, torch):
        with pytest.raises(ValueError) as error:  # noqa: PT011 - the words are compared
            BAD[case](engine, engine.distributions)
        said.append(str(error.value).replace("gradloom.", "torch."))
    assert said[0] == said[1]


def test_unchecked_ones_are_not() -> None:
    for engine in (gradloom, torch):
        assert (
            float(engine.distributions.Bernoulli(0.5, validate_args=False).log_prob(engine.tensor(0.5))) < 0
        )


@pytest.mark.parametrize(
    "make",
    [
        lambda d: d.ExpTransform(), lambda d: d.SigmoidTransform(), lambda d: d.TanhTransform(),
        lambda d: d.SoftplusTransform(), lambda d: d.AffineTransform(0.5, -2.0),
        lambda d: d.StickBreakingTransform(),
        lambda d: d.ComposeTransform([d.AffineTransform(0.1, 3.0), d.TanhTransform()]),
        lambda d: d.ExpTransform().inv.inv, lambda d: d.IndependentTransform(d.ExpTransform(), 1),
        lambda d: d.CatTransform([d.ExpTransform(), d.TanhTransform()], dim=-1, lengths=[1, 2]),
    ],
)  # fmt: skip
def test_transforms_stretch_as_theirs_and_come_back(make: Any) -> None:
    found = []
    for engine in (gradloom, torch):
        transform = make(engine.distributions.transforms)
        x = engine.tensor(np.array([[0.3, -0.5, 1.1], [0.2, 0.1, -0.9]]))
        y = transform(x)
        np.testing.assert_allclose(numbers(transform.inv(y)), numbers(x), rtol=1e-6)
        found.append([numbers(y), numbers(transform.log_abs_det_jacobian(x, y))])
    same(*found)


SETS: list[Callable[[Any], Any]] = [
    lambda c: c.real,
    lambda c: c.positive,
    lambda c: c.greater_than(2.0),
    lambda c: c.less_than(-1.0),
    lambda c: c.unit_interval,
    lambda c: c.interval(-2.0, 3.0),
    lambda c: c.simplex,
    lambda c: c.independent(c.positive, 1),
    lambda c: c.lower_cholesky,
]


@pytest.mark.parametrize(
    ("registry", "case"),
    [("transform_to", at) for at in range(len(SETS))]
    + [("biject_to", at) for at in range(len(SETS) - 1)],  # PyTorch has none onto Cholesky factors
)
def test_real_numbers_map_into_sets_as_theirs(registry: str, case: int) -> None:
    x = np.array([[0.3, -0.5, 1.1], [0.2, 0.1, -0.9], [1.0, 0.0, -2.0]])
    found = []
    for engine in (gradloom, torch):
        inside = SETS[case](engine.distributions.constraints)
        value = getattr(engine.distributions, registry)(inside)(engine.tensor(x))
        assert bool(inside.check(value).all())
        found.append([numbers(value)])
    same(*found)
