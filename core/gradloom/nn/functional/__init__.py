"""Layers without state, as functions."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.nn.functional.activation": """
            celu elu gelu hardsigmoid hardswish hardtanh leaky_relu log_softmax mish relu relu6 rrelu
            selu silu softmax softmin threshold
        """,
        "gradloom.nn.functional.convolution": "conv1d conv2d conv_transpose2d",
        "gradloom.nn.functional.lookup": "embedding one_hot",
        "gradloom.nn.functional.loss": """
            binary_cross_entropy binary_cross_entropy_with_logits cross_entropy huber_loss kl_div l1_loss
            mse_loss nll_loss smooth_l1_loss
        """,
        "gradloom.nn.functional.noise": """
            alpha_dropout dropout dropout1d dropout2d dropout3d feature_alpha_dropout gumbel_softmax
        """,
        "gradloom.nn.functional.normalization": "batch_norm group_norm layer_norm normalize",
        "gradloom.nn.functional.padding": "pad",
        "gradloom.nn.functional.pooling": """
            adaptive_avg_pool2d avg_pool1d avg_pool2d max_pool1d max_pool2d
        """,
        "gradloom.inplace": "celu_ elu_ hardtanh_ leaky_relu_ relu_ selu_ threshold_",
        "gradloom.ops.activation": "glu logsigmoid softplus softsign tanhshrink",
        "gradloom.ops.hyperbolic": "tanh",
        "gradloom.ops.linear": "bilinear linear",
        "gradloom.ops.logistic": "sigmoid",
        "gradloom.ops.piecewise": "hardshrink softshrink",
        "gradloom.ops.rectifiers": "prelu",
    },
)
