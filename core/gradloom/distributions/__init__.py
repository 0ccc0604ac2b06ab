"""Probability distributions: samples, densities, entropies, and how far they are from each other."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.distributions.choices": """
            Bernoulli Categorical OneHotCategorical OneHotCategoricalStraightThrough
        """,
        "gradloom.distributions.counts": "Binomial Geometric Multinomial NegativeBinomial Poisson",
        "gradloom.distributions.distribution": "Distribution ExponentialFamily",
        "gradloom.distributions.gamma": "Beta Chi2 Dirichlet Exponential Gamma",
        "gradloom.distributions.heavy_tails": "FisherSnedecor HalfCauchy InverseGamma Pareto",
        "gradloom.distributions.kl": "kl_divergence register_kl",
        "gradloom.distributions.mixture": "Independent MixtureSameFamily",
        "gradloom.distributions.multivariate_normal": "MultivariateNormal",
        "gradloom.distributions.normal": "Cauchy Laplace Normal StudentT Uniform",
        "gradloom.distributions.registry": "biject_to transform_to",
        "gradloom.distributions.relaxed": "RelaxedBernoulli RelaxedOneHotCategorical",
        "gradloom.distributions.transformed": """
            Gumbel HalfNormal Kumaraswamy LogisticNormal LogNormal TransformedDistribution Weibull
        """,
        "gradloom.distributions.transforms": """
            AbsTransform AffineTransform CatTransform ComposeTransform ExpTransform IndependentTransform
            LowerCholeskyTransform PowerTransform ReshapeTransform SigmoidTransform SoftmaxTransform
            SoftplusTransform StackTransform StickBreakingTransform TanhTransform Transform
            identity_transform
        """,
        "gradloom.distributions.von_mises": "VonMises",
    },
    rooms="constraints transforms",
)
