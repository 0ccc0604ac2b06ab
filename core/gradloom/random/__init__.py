"""Random numbers, from PyTorch's CPU stream: the same seed gives the same tensors."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.random.choices": "bernoulli multinomial",
        "gradloom.random.creation": """
            normal rand rand_like randint randint_like randn randn_like randperm
        """,
        "gradloom.random.filling": """
            bernoulli_ cauchy_ exponential_ geometric_ log_normal_ normal_ random_ uniform_
        """,
        "gradloom.random.generator": """
            Generator default_generator default_stream fork_rng get_rng_state initial_seed manual_seed seed
            set_rng_state use_generator
        """,
    },
)
