"""Which ops give results in row-major order, whatever order their inputs lie in.

PyTorch's do, so scripts call `view` on them; all others keep the order of their inputs.
"""

from __future__ import annotations

ROW_MAJOR = {
    "advanced_index", "amax", "amin", "argmax", "argmin", "cat", "count_nonzero", "cummax", "cummin",
    "cumprod", "cumsum", "log_softmax", "logcumsumexp", "logsumexp", "masked_fill", "max_along",
    "max_pooling", "max_pooling_with_indices", "mean", "mean_pooling", "median_along", "min_along", "nansum",
    "norm", "prod", "roll", "softmax", "stack", "std", "sum", "tril", "triu", "var", "vector_norm",
}  # fmt: skip
