"""What PyTorch scripts ask and set that means nothing on a CPU: devices, back-ends, compilers, precision.

Answers are the true ones ("there is no CUDA device"), switches can be set and read back, and what cannot be
honoured says so when it is used.
"""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__, {}, "accelerator amp backends compiler cuda jit layout legacy mps multiprocessing settings"
)
