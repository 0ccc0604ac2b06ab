"""Functions on sets of parameters, and on sequences, under PyTorch's names."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.nn.utils.clip_grad": """
            clip_grad_norm clip_grad_norm_ clip_grad_value_ clip_grads_with_norm_ get_total_norm
        """,
        "gradloom.nn.utils.convert_parameters": "parameters_to_vector vector_to_parameters",
        "gradloom.nn.utils.fusion": """
            fuse_conv_bn_eval fuse_conv_bn_weights fuse_linear_bn_eval fuse_linear_bn_weights
        """,
        "gradloom.nn.utils.init": "skip_init",
        "gradloom.nn.utils.spectral_normalization": "remove_spectral_norm spectral_norm",
        "gradloom.nn.utils.weight_normalization": "remove_weight_norm weight_norm",
    },
    rooms="clip_grad convert_parameters fusion init parametrizations parametrize prune rnn stateless",
)
