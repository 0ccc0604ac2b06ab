"""How far one distribution is from another: the Kullback-Leibler divergence."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from gradloom.distributions.choices import Bernoulli, Categorical, OneHotCategorical
from gradloom.distributions.counts import Binomial, Geometric, Poisson
from gradloom.distributions.distribution import Distribution
from gradloom.distributions.gamma import Beta, Dirichlet, Exponential, Gamma
from gradloom.distributions.mixture import Independent
from gradloom.distributions.multivariate_normal import MultivariateNormal, squared_distance
from gradloom.distributions.normal import Cauchy, Laplace, Normal, Uniform
from gradloom.distributions.transform import sum_rightmost
from gradloom.distributions.transformed import Gumbel, HalfNormal, TransformedDistribution
from gradloom.ops.matrix.solving import linalg_solve_triangular as solve_triangular
from gradloom.tensor import Tensor

Rule = Callable[[Any, Any], Tensor]
_RULES: dict[tuple[type[Distribution], type[Distribution]], Rule] = {}
_EULER = 0.57721566490153286060


def register_kl(type_p: type[Distribution], type_q: type[Distribution]) -> Callable[[Rule], Rule]:
    """A decorator: the function gives the divergence of a `type_q` from a `type_p`."""

    def register(rule: Rule) -> Rule:
        _RULES[type_p, type_q] = rule
        return rule

    return register


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """The mean of log(p / q) under p, for each batch element.

    NotImplementedError where no formula for the two is known.
    """
    for first in type(p).__mro__:
        for second in type(q).__mro__:
            rule = _RULES.get((first, second))
            if rule is not None:
                return rule(p, q)
    raise NotImplementedError(
        f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}"
    )


def _infinite_where(mask: Tensor, value: Tensor) -> Tensor:
    return value.masked_fill(mask.expand(value.shape), math.inf)


@register_kl(Normal, Normal)
def _(p: Normal, q: Normal) -> Tensor:
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(HalfNormal, HalfNormal)
def _(p: HalfNormal, q: HalfNormal) -> Tensor:
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio - 1 - ratio.log())


@register_kl(Bernoulli, Bernoulli)
def _(p: Bernoulli, q: Bernoulli) -> Tensor:
    from gradloom.nn.functional import softplus

    one = p.probs * (softplus(-q.logits) - softplus(-p.logits))
    one = _infinite_where(q.probs == 0, one).masked_fill((p.probs == 0).expand(one.shape), 0.0)
    zero = (1 - p.probs) * (softplus(q.logits) - softplus(p.logits))
    zero = _infinite_where(q.probs == 1, zero).masked_fill((p.probs == 1).expand(zero.shape), 0.0)
    return one + zero


@register_kl(Categorical, Categorical)
def _(p: Categorical, q: Categorical) -> Tensor:
    parts = p.probs * (p.logits - q.logits)
    parts = _infinite_where(q.probs == 0, parts).masked_fill((p.probs == 0).expand(parts.shape), 0.0)
    return parts.sum(-1)


@register_kl(OneHotCategorical, OneHotCategorical)
def _(p: OneHotCategorical, q: OneHotCategorical) -> Tensor:
    return kl_divergence(p._categorical, q._categorical)


@register_kl(Uniform, Uniform)
def _(p: Uniform, q: Uniform) -> Tensor:
    known = ((q.high - q.low) / (p.high - p.low)).log()
    return _infinite_where((q.low > p.low) | (q.high < p.high), known)


@register_kl(Exponential, Exponential)
def _(p: Exponential, q: Exponential) -> Tensor:
    ratio = q.rate / p.rate
    return -ratio.log() + ratio - 1


@register_kl(Laplace, Laplace)
def _(p: Laplace, q: Laplace) -> Tensor:
    ratio, distance = p.scale / q.scale, (p.loc - q.loc).abs()
    return -ratio.log() + distance / q.scale + ratio * (-distance / p.scale).exp() - 1


@register_kl(Cauchy, Cauchy)
def _(p: Cauchy, q: Cauchy) -> Tensor:
    apart = (p.scale + q.scale).pow(2) + (p.loc - q.loc).pow(2)
    return apart.log() - (4 * p.scale * q.scale).log()


@register_kl(Gumbel, Gumbel)
def _(p: Gumbel, q: Gumbel) -> Tensor:
    ratio = p.scale / q.scale
    place = (q.loc - p.loc) / q.scale
    return (place + (1 + ratio).lgamma()).exp() - ratio.log() - place + ratio * _EULER - (1 + _EULER)


@register_kl(Gamma, Gamma)
def _(p: Gamma, q: Gamma) -> Tensor:
    rates = q.concentration * (p.rate / q.rate).log()
    shapes = q.concentration.lgamma() - p.concentration.lgamma()
    moved = (p.concentration - q.concentration) * p.concentration.digamma()
    return rates + shapes + moved + (q.rate - p.rate) * (p.concentration / p.rate)


@register_kl(Exponential, Gamma)
def _(p: Exponential, q: Gamma) -> Tensor:
    ratio = q.rate / p.rate
    known = -q.concentration * ratio.log() + ratio + q.concentration.lgamma()
    return known + q.concentration * _EULER - (1 + _EULER)


@register_kl(Gamma, Exponential)
def _(p: Gamma, q: Exponential) -> Tensor:
    return -p.entropy() - q.rate.log() + q.rate * p.concentration / p.rate


@register_kl(Beta, Beta)
def _(p: Beta, q: Beta) -> Tensor:
    mine, theirs = p.concentration1 + p.concentration0, q.concentration1 + q.concentration0
    front = q.concentration1.lgamma() + q.concentration0.lgamma() + mine.lgamma()
    front = front - p.concentration1.lgamma() - p.concentration0.lgamma() - theirs.lgamma()
    first = (p.concentration1 - q.concentration1) * p.concentration1.digamma()
    second = (p.concentration0 - q.concentration0) * p.concentration0.digamma()
    return front + first + second + (theirs - mine) * mine.digamma()


@register_kl(Dirichlet, Dirichlet)
def _(p: Dirichlet, q: Dirichlet) -> Tensor:
    mine, theirs = p.concentration.sum(-1), q.concentration.sum(-1)
    front = mine.lgamma() - theirs.lgamma()
    inner = (q.concentration.lgamma() - p.concentration.lgamma()).sum(-1)
    moved = p.concentration.digamma() - mine.digamma().unsqueeze(-1)
    return front + inner + ((p.concentration - q.concentration) * moved).sum(-1)


@register_kl(Poisson, Poisson)
def _(p: Poisson, q: Poisson) -> Tensor:
    return p.rate * (p.rate.log() - q.rate.log()) - (p.rate - q.rate)


@register_kl(Binomial, Binomial)
def _(p: Binomial, q: Binomial) -> Tensor:
    if bool((p.total_count < q.total_count).any()):
        raise NotImplementedError(
            "KL between Binomials where q.total_count > p.total_count is not implemented"
        )
    known = p.total_count * (p.probs * (p.logits - q.logits) + (-p.probs).log1p() - (-q.probs).log1p())
    return _infinite_where(p.total_count > q.total_count, known)


@register_kl(Geometric, Geometric)
def _(p: Geometric, q: Geometric) -> Tensor:
    return -p.entropy() - (-q.probs).log1p() / p.probs - q.logits


@register_kl(MultivariateNormal, MultivariateNormal)
def _(p: MultivariateNormal, q: MultivariateNormal) -> Tensor:
    size = p.event_shape[0]
    shape = q.scale_tril.shape if q.scale_tril.ndim >= p.scale_tril.ndim else p.scale_tril.shape
    mixed = solve_triangular(q.scale_tril.expand(shape), p.scale_tril.expand(shape), upper=False)
    stretch = mixed.pow(2).sum((-2, -1))
    distance = squared_distance(q.scale_tril, q.loc - p.loc)
    return q._half_log_det() - p._half_log_det() + 0.5 * (stretch + distance - size)


@register_kl(Independent, Independent)
def _(p: Independent, q: Independent) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError
    return sum_rightmost(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)


@register_kl(TransformedDistribution, TransformedDistribution)
def _(p: TransformedDistribution, q: TransformedDistribution) -> Tensor:
    if p.transforms != q.transforms or p.event_shape != q.event_shape:
        raise NotImplementedError
    return kl_divergence(p.base_dist, q.base_dist)


@register_kl(Uniform, Normal)
def _(p: Uniform, q: Normal) -> Tensor:
    spread = p.high - p.low
    width = (math.sqrt(math.pi * 2) * q.scale / spread).log()
    inner, distance = spread.pow(2) / 12, ((p.high + p.low - 2 * q.loc) / 2).pow(2)
    return width + 0.5 * (inner + distance) / q.scale.pow(2)


@register_kl(Laplace, Normal)
def _(p: Laplace, q: Normal) -> Tensor:
    ratio = p.scale / q.scale
    near = 0.5 * (2 * ratio.pow(2) + ((p.loc - q.loc) / q.scale).pow(2))
    return -ratio.log() - 1 + near + 0.5 * math.log(math.pi / 2)
