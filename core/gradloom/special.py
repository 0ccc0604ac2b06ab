"""Special functions: torch.special."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.ops.elementwise.activation": "log_softmax softmax",
        "gradloom.ops.special.bessel": """
            airy_ai bessel_j0 bessel_j1 bessel_y0 bessel_y1 i0 i0e i1 i1e modified_bessel_i0=i0
            modified_bessel_i1=i1 modified_bessel_k0 modified_bessel_k1 scaled_modified_bessel_k0
            scaled_modified_bessel_k1 spherical_bessel_j0
        """,
        "gradloom.ops.special.error_function": "erf erfc erfcx erfinv log_ndtr ndtr ndtri",
        "gradloom.ops.elementwise.exponential": "exp2 expm1 log1p",
        "gradloom.ops.special.gamma": """
            digamma gammaln=lgamma multigammaln=mvlgamma polygamma psi=digamma zeta
        """,
        "gradloom.ops.special.incomplete_gamma": "gammainc=igamma gammaincc=igammac",
        "gradloom.ops.special.logarithm_products": "entr xlog1py xlogy",
        "gradloom.ops.elementwise.logistic": "expit=sigmoid logit",
        "gradloom.ops.special.polynomials": """
            chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v chebyshev_polynomial_w
            hermite_polynomial_h hermite_polynomial_he laguerre_polynomial_l legendre_polynomial_p
            shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u shifted_chebyshev_polynomial_v
            shifted_chebyshev_polynomial_w
        """,
        "gradloom.ops.elementwise.rounding": "round",
        "gradloom.ops.reduction.statistics": "logsumexp",
        "gradloom.ops.elementwise.trigonometric": "sinc",
    },
)
