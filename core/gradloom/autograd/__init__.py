"""The tape: recording, the backward sweep, custom functions and gradient checks."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.autograd.anomaly": """
            detect_anomaly is_anomaly_check_nan_enabled is_anomaly_enabled set_detect_anomaly
        """,
        "gradloom.autograd.function": "Function",
        "gradloom.autograd.grad_mode": "enable_grad inference_mode is_grad_enabled no_grad set_grad_enabled",
        "gradloom.autograd.numerical": "gradcheck gradgradcheck",
        "gradloom.autograd.sweep": "backward grad",
        "gradloom.autograd.variable": "Variable",
    },
    rooms="anomaly function functional grad_mode graph",
)
