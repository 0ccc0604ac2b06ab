"""Layers, losses and what holds them together."""

from __future__ import annotations

from gradloom.page import page

__getattr__, __dir__, __all__ = page(
    __name__,
    {
        "gradloom.nn.activation": """
            GELU GLU LogSigmoid LogSoftmax Mish Sigmoid SiLU Softmax Softmax2d Softmin Softplus Softsign
            Tanh Tanhshrink
        """,
        "gradloom.nn.adaptive_pooling": """
            AdaptiveAvgPool1d AdaptiveAvgPool2d AdaptiveAvgPool3d AdaptiveMaxPool1d AdaptiveMaxPool2d
            AdaptiveMaxPool3d FractionalMaxPool2d FractionalMaxPool3d
        """,
        "gradloom.nn.adaptive_softmax": "AdaptiveLogSoftmaxWithLoss",
        "gradloom.nn.batch_normalization": """
            BatchNorm1d BatchNorm2d BatchNorm3d InstanceNorm1d InstanceNorm2d InstanceNorm3d SyncBatchNorm
        """,
        "gradloom.nn.class_loss": """
            CTCLoss CrossEntropyLoss LinearCrossEntropyLoss MultiLabelMarginLoss MultiLabelSoftMarginLoss
            MultiMarginLoss NLLLoss
        """,
        "gradloom.nn.containers": "ModuleDict ModuleList Sequential",
        "gradloom.nn.convolution": """
            Conv1d Conv2d Conv3d ConvTranspose1d ConvTranspose2d ConvTranspose3d
        """,
        "gradloom.nn.distance": "CosineSimilarity PairwiseDistance",
        "gradloom.nn.dropout": "AlphaDropout Dropout Dropout1d Dropout2d Dropout3d FeatureAlphaDropout",
        "gradloom.nn.flatten": "Flatten Unflatten",
        "gradloom.nn.lazy_convolution": """
            LazyConv1d LazyConv2d LazyConv3d LazyConvTranspose1d LazyConvTranspose2d LazyConvTranspose3d
        """,
        "gradloom.nn.lazy_normalization": """
            LazyBatchNorm1d LazyBatchNorm2d LazyBatchNorm3d LazyInstanceNorm1d LazyInstanceNorm2d
            LazyInstanceNorm3d
        """,
        "gradloom.nn.linear": "Bilinear Identity LazyLinear Linear",
        "gradloom.nn.loss": """
            BCELoss BCEWithLogitsLoss GaussianNLLLoss HuberLoss KLDivLoss L1Loss MSELoss PoissonNLLLoss
            SmoothL1Loss
        """,
        "gradloom.nn.margin_loss": """
            CosineEmbeddingLoss HingeEmbeddingLoss MarginRankingLoss SoftMarginLoss TripletMarginLoss
            TripletMarginWithDistanceLoss
        """,
        "gradloom.nn.merge": "Add Concat Multiply",
        "gradloom.nn.module": "Module",
        "gradloom.nn.multihead_attention": "MultiheadAttention",
        "gradloom.nn.normalization": "GroupNorm LayerNorm LocalResponseNorm RMSNorm",
        "gradloom.nn.padding": """
            CircularPad1d CircularPad2d CircularPad3d ConstantPad1d ConstantPad2d ConstantPad3d
            ReflectionPad1d ReflectionPad2d ReflectionPad3d ReplicationPad1d ReplicationPad2d
            ReplicationPad3d ZeroPad1d ZeroPad2d ZeroPad3d
        """,
        "gradloom.nn.parallel": "DataParallel",
        "gradloom.nn.parameter": "Buffer Parameter UninitializedBuffer UninitializedParameter",
        "gradloom.nn.parameter_containers": "ParameterDict ParameterList",
        "gradloom.nn.pooling": """
            AvgPool1d AvgPool2d AvgPool3d LPPool1d LPPool2d LPPool3d MaxPool1d MaxPool2d MaxPool3d
        """,
        "gradloom.nn.rectifiers": """
            CELU ELU Hardshrink Hardsigmoid Hardswish Hardtanh LeakyReLU PReLU ReLU ReLU6 RReLU SELU
            Softshrink Threshold
        """,
        "gradloom.nn.recurrent": "GRU LSTM RNN RNNBase",
        "gradloom.nn.recurrent_cells": "GRUCell LSTMCell RNNCell RNNCellBase",
        "gradloom.nn.shuffling": "ChannelShuffle PixelShuffle PixelUnshuffle",
        "gradloom.nn.sparse": "Embedding EmbeddingBag",
        "gradloom.nn.transformer": "Transformer TransformerDecoder TransformerEncoder",
        "gradloom.nn.transformer_layers": "TransformerDecoderLayer TransformerEncoderLayer",
        "gradloom.nn.upsampling": "Upsample UpsamplingBilinear2d UpsamplingNearest2d",
        "gradloom.nn.unpooling": "Fold MaxUnpool1d MaxUnpool2d MaxUnpool3d Unfold",
    },
    rooms="attention functional init parallel parameter utils",
)
