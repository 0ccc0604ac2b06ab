"""Layers without state, as functions."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.nn.functional.activation": """
            celu elu gelu hardsigmoid hardswish hardtanh leaky_relu log_softmax mish relu relu6 rrelu rrelu_
            selu silu softmax softmin threshold
        """,
        "gradloom.nn.functional.adaptive_pooling": """
            adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d
            adaptive_max_pool2d adaptive_max_pool3d fractional_max_pool2d fractional_max_pool3d
        """,
        "gradloom.nn.functional.attention": "multi_head_attention_forward scaled_dot_product_attention",
        "gradloom.nn.functional.convolution": """
            conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
        """,
        "gradloom.nn.functional.lookup": "embedding embedding_bag one_hot",
        "gradloom.nn.functional.class_loss": """
            cross_entropy linear_cross_entropy multi_margin_loss multilabel_margin_loss
            multilabel_soft_margin_loss nll_loss
        """,
        "gradloom.nn.functional.ctc": "ctc_loss",
        "gradloom.nn.functional.loss": """
            binary_cross_entropy binary_cross_entropy_with_logits gaussian_nll_loss huber_loss kl_div l1_loss
            mse_loss poisson_nll_loss smooth_l1_loss
        """,
        "gradloom.nn.functional.margin_loss": """
            cosine_embedding_loss hinge_embedding_loss margin_ranking_loss soft_margin_loss
            triplet_margin_loss triplet_margin_with_distance_loss
        """,
        "gradloom.nn.functional.noise": """
            alpha_dropout dropout dropout1d dropout2d dropout3d feature_alpha_dropout gumbel_softmax
        """,
        "gradloom.nn.functional.normalization": """
            batch_norm group_norm instance_norm layer_norm local_response_norm normalize rms_norm
        """,
        "gradloom.nn.functional.padding": "pad",
        "gradloom.nn.functional.pooling": """
            avg_pool1d avg_pool2d avg_pool3d lp_pool1d lp_pool2d lp_pool3d max_pool1d max_pool1d_with_indices
            max_pool2d max_pool2d_with_indices max_pool3d max_pool3d_with_indices
        """,
        "gradloom.nn.functional.sampling": "affine_grid grid_sample",
        "gradloom.nn.functional.upsampling": """
            interpolate upsample upsample_bilinear upsample_nearest
        """,
        "gradloom.nn.functional.unpooling": "fold max_unpool1d max_unpool2d max_unpool3d unfold",
        "gradloom.inplace": "celu_ elu_ hardtanh_ leaky_relu_ relu_ selu_ threshold_",
        "gradloom.ops.elementwise.activation": "glu logsigmoid softplus softsign tanhshrink",
        "gradloom.ops.elementwise.hyperbolic": "tanh",
        "gradloom.ops.layers.linear": "bilinear linear",
        "gradloom.ops.movement.shuffling": """
            channel_shuffle native_channel_shuffle=channel_shuffle pixel_shuffle pixel_unshuffle
        """,
        "gradloom.ops.reduction.similarity": "cosine_similarity pairwise_distance pdist",
        "gradloom.ops.elementwise.logistic": "sigmoid",
        "gradloom.ops.elementwise.piecewise": "hardshrink softshrink",
        "gradloom.ops.elementwise.rectifiers": "prelu",
    },
)
