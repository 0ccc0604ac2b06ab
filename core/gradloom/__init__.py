"""Gradloom: neural networks on a dynamic graph with autograd over NumPy, under PyTorch's names.

This page is the whole public engine: `import gradloom as torch` runs a PyTorch script on it.
"""

from __future__ import annotations

from importlib import import_module
from math import e, inf, nan, pi
from typing import Any

from gradloom import operators  # noqa: F401 - it completes Tensor
from gradloom.creation import tensor
from gradloom.device import device
from gradloom.page import page

newaxis = None

ROOMS = "autograd data distributions fft func linalg nn optim random serialization special testing utils"
HOMES = {
    "gradloom.autograd.anomaly": "is_anomaly_check_nan_enabled is_anomaly_enabled",
    "gradloom.autograd.grad_mode": """
        enable_grad inference_mode is_grad_enabled is_inference_mode_enabled no_grad set_grad_enabled
    """,
    "gradloom.autograd.inplace_views": "resize_as_",
    "gradloom.creation": """
        arange as_tensor asarray empty empty_like empty_permuted empty_strided eye from_dlpack
        from_numpy frombuffer full full_like linspace logspace ones ones_like range=range_
        scalar_tensor tril_indices triu_indices zeros zeros_like
    """,
    "gradloom.dtypes": """
        bfloat16 bool=bool_ can_cast complex64 cfloat=complex64 complex128 cdouble=complex128 dtype
        float16 half=float16 float32 float=float32 float64 double=float64 get_default_dtype
        int16 short=int16 int32 int=int32 int64 long=int64 int8 promote_types set_default_dtype
        uint8 uint16 uint32 uint64
    """,
    "gradloom.inquiry": """
        is_complex is_conj is_floating_point is_neg is_nonzero is_same_size is_signed is_tensor numel
        result_type
    """,
    "gradloom.inert": "accelerator amp backends compiler cuda jit mps multiprocessing",
    "gradloom.replay.step": "compile",
    "gradloom.inert.amp": "autocast",
    "gradloom.inert.layout": """
        channels_last channels_last_3d contiguous_format layout memory_format preserve_format strided
    """,
    "gradloom.inert.legacy": """
        BoolTensor ByteTensor CharTensor DoubleTensor FloatTensor HalfTensor IntTensor LongTensor
        ShortTensor
    """,
    "gradloom.inert.settings": """
        are_deterministic_algorithms_enabled get_default_device get_float32_matmul_precision
        get_num_interop_threads get_num_threads is_warn_always_enabled set_default_device
        set_default_tensor_type set_float32_matmul_precision set_flush_denormal
        set_num_interop_threads set_num_threads set_warn_always use_deterministic_algorithms
    """,
    "gradloom.operators": "adjoint",
    "gradloom.nn.functional.adaptive_pooling": "adaptive_avg_pool1d adaptive_max_pool1d",
    "gradloom.nn.functional.convolution": """
        conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d
    """,
    "gradloom.nn.functional.native": "native_batch_norm native_group_norm native_layer_norm",
    "gradloom.nn.functional.noise": "alpha_dropout dropout feature_alpha_dropout",
    "gradloom.nn.functional.normalization": "group_norm layer_norm rms_norm",
    "gradloom.nn.functional.pooling": """
        avg_pool1d max_pool1d max_pool1d_with_indices max_pool2d max_pool3d
    """,
    "gradloom.nn.functional.sampling": """
        affine_grid_generator=affine_grid grid_sampler grid_sampler_2d=grid_sampler
        grid_sampler_3d=grid_sampler
    """,
    "gradloom.nn.functional.activation": "rrelu rrelu_",
    "gradloom.ops.special.bessel": "i0",
    "gradloom.ops.layers.linear": "bilinear",
    "gradloom.ops.elementwise.activation": "log_softmax softmax",
    "gradloom.ops.elementwise.arithmetic": """
        add addcmul lerp mul multiply=mul neg negative=neg positive rsub square sub
        subtract=sub
    """,
    "gradloom.ops.elementwise.bounds": """
        clamp clamp_max clamp_min clip=clamp fmax fmin maximum minimum nan_to_num
    """,
    "gradloom.ops.elementwise.comparison": """
        allclose eq equal ge greater=gt greater_equal=ge gt isclose isfinite isinf isnan isneginf
        isposinf isreal le less=lt less_equal=le lt ne not_equal=ne
    """,
    "gradloom.ops.elementwise.complex": """
        angle complex conj conj_physical imag real resolve_conj resolve_neg view_as_complex view_as_real
    """,
    "gradloom.ops.matrix.contraction": "einsum tensordot",
    "gradloom.ops.copying": "clone fill",
    "gradloom.ops.reduction.correlation": "corrcoef cov",
    "gradloom.ops.movement.diagonals": "diag diag_embed diagflat diagonal trace tril triu",
    "gradloom.ops.reduction.differences": "cumulative_trapezoid diff gradient trapezoid trapz=trapezoid",
    "gradloom.ops.elementwise.division": """
        addcdiv div divide=div floor_divide fmod gcd lcm reciprocal remainder true_divide
    """,
    "gradloom.ops.special.error_function": "erf erfc erfinv",
    "gradloom.ops.elementwise.exponential": """
        exp exp2 expm1 log log10 log1p log2 logaddexp logaddexp2 rsqrt sqrt
    """,
    "gradloom.ops.reduction.extrema": "amax amin aminmax argmax argmin max min",
    "gradloom.distributions.sampling": "binomial poisson",
    "gradloom.ops.special.gamma": "digamma lgamma mvlgamma polygamma",
    "gradloom.ops.movement.grids": "block_diag cartesian_prod combinations kron meshgrid vander",
    "gradloom.ops.reduction.histograms": "bincount histc histogram histogramdd",
    "gradloom.ops.elementwise.hyperbolic": """
        acosh arccosh=acosh arcsinh=asinh arctanh=atanh asinh atanh cosh sinh tanh
    """,
    "gradloom.ops.special.incomplete_gamma": "igamma igammac",
    "gradloom.ops.movement.indexed_slices": "index_add index_copy index_fill",
    "gradloom.ops.movement.indexing": "index_put put take take_along_dim",
    "gradloom.ops.movement.joining": """
        cat column_stack concat=cat concatenate=cat constant_pad_nd=constant_pad dstack hstack
        row_stack=vstack stack vstack
    """,
    "gradloom.ops.matrix.cholesky": "cholesky cholesky_inverse cholesky_solve",
    "gradloom.ops.special.logarithm_products": "xlogy",
    "gradloom.ops.matrix.lu": "lu lu_solve lu_unpack",
    "gradloom.ops.movement.masking": "masked_fill masked_scatter masked_select",
    "gradloom.ops.reduction.norms": "cdist dist frobenius_norm norm nuclear_norm renorm",
    "gradloom.ops.reduction.ordering": "argsort kthvalue mode msort sort topk",
    "gradloom.ops.matrix.orthogonal": "geqrf orgqr ormqr qr",
    "gradloom.ops.reduction.quantiles": "median nanmedian nanquantile quantile",
    "gradloom.ops.movement.scattering": "index_reduce scatter scatter_add scatter_reduce",
    "gradloom.ops.reduction.searching": """
        argwhere bucketize isin nonzero nonzero_static searchsorted unravel_index
        where=where_or_nonzero
    """,
    "gradloom.ops.matrix.spectral": "svd",
    "gradloom.ops.elementwise.logic": """
        bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor
        logical_and logical_not logical_or logical_xor
    """,
    "gradloom.ops.elementwise.logistic": "logit sigmoid",
    "gradloom.ops.matrix.matmul": "addmm bmm dot matmul mm mv ger=outer outer",
    "gradloom.ops.matrix.matrix_functions": "matrix_exp matrix_power pinverse",
    "gradloom.ops.elementwise.piecewise": "hardshrink",
    "gradloom.ops.elementwise.power": "float_power frexp hypot ldexp nextafter pow",
    "gradloom.ops.matrix.products": "addbmm addmm addmv addr baddbmm chain_matmul cross inner vdot",
    "gradloom.ops.elementwise.rectifiers": "celu prelu relu selu threshold",
    "gradloom.ops.matrix.solving": "det inverse logdet slogdet triangular_solve",
    "gradloom.ops.reduction.reduce": "all any count_nonzero mean nanmean nansum prod sum",
    "gradloom.ops.movement.repeating": "flip fliplr flipud repeat_interleave roll rot90 tile",
    "gradloom.ops.elementwise.rounding": "ceil fix=trunc floor frac round trunc",
    "gradloom.ops.reduction.scan": "cummax cummin cumprod cumsum logcumsumexp",
    "gradloom.ops.movement.selection": "gather index_select",
    "gradloom.ops.shapes": "broadcast_shapes",
    "gradloom.ops.movement.shuffling": """
        channel_shuffle native_channel_shuffle=channel_shuffle pixel_shuffle pixel_unshuffle
    """,
    "gradloom.ops.elementwise.signs": "abs absolute=abs copysign heaviside sgn sign signbit",
    "gradloom.ops.reduction.similarity": "cosine_similarity pairwise_distance pdist",
    "gradloom.ops.movement.slicing": """
        chunk dsplit hsplit narrow select split split_with_sizes tensor_split unbind
        unsafe_chunk unsafe_split unsafe_split_with_sizes vsplit
    """,
    "gradloom.ops.spectrum.spectrogram": "istft stft",
    "gradloom.ops.reduction.statistics": "logsumexp std std_mean var var_mean",
    "gradloom.ops.movement.strides": "as_strided",
    "gradloom.ops.elementwise.trigonometric": """
        acos arccos=acos arcsin=asin arctan=atan arctan2=atan2 asin atan atan2 cos deg2rad polar
        rad2deg sin sinc tan
    """,
    "gradloom.ops.reduction.unique": "unique unique_consecutive",
    "gradloom.ops.movement.view_copies": """
        alias_copy as_strided_copy diagonal_copy expand_copy narrow_copy permute_copy
        select_copy slice_copy split_copy split_with_sizes_copy squeeze_copy t_copy
        transpose_copy unbind_copy unfold_copy unsqueeze_copy view_as_complex_copy
        view_as_real_copy view_copy
    """,
    "gradloom.ops.movement.view_scatter": "as_strided_scatter diagonal_scatter select_scatter slice_scatter",
    "gradloom.ops.movement.views": """
        atleast_1d atleast_2d atleast_3d broadcast_tensors broadcast_to flatten moveaxis=movedim
        movedim permute ravel reshape squeeze swapaxes=transpose swapdims=transpose t transpose
        unflatten unsqueeze
    """,
    "gradloom.limits": "finfo iinfo",
    "gradloom.lowrank": "pca_lowrank svd_lowrank",
    "gradloom.printing": "set_printoptions",
    "gradloom.random": """
        Generator bernoulli default_generator get_rng_state initial_seed manual_seed multinomial
        normal rand rand_like randint randint_like randn randn_like randperm seed set_rng_state
    """,
    "gradloom.serialization.file": "load save",
    "gradloom.size": "Size",
    "gradloom.tensor": "Tensor",
    "gradloom.inplace": """
        abs_ acos_ acosh_ addmv_ arccos_ arccosh_ arcsin_ arcsinh_ arctan_ arctanh_ as_strided_
        asin_ asinh_ atan_ atanh_ ceil_ celu_ clamp_ clamp_max_ clamp_min_ clip_ conj_physical_
        cos_ cosh_ deg2rad_ detach detach_ erf_ erfc_ exp2_ exp_ expm1_ fill_ fix_ floor_ frac_
        gcd_ i0_ index_put_ lcm_ ldexp_ log10_ log1p_ log2_ log_ logit_ nan_to_num_ neg_
        negative_ rad2deg_ reciprocal_ relu_ round_ rsqrt_ selu_ sigmoid_ sin_ sinc_ sinh_ sqrt_
        square_ tan_ tanh_ threshold_ trunc_ xlogy_ zero_
    """,
    "gradloom.windows": "bartlett_window blackman_window hamming_window hann_window kaiser_window",
}

_load, __dir__, __all__ = page(__name__, HOMES, ROOMS)
__all__ += ["device", "e", "inf", "nan", "newaxis", "pi", "tensor"]


def __getattr__(name: str) -> Any:
    """A name of the page, or the version, looked up when first asked for."""
    if name == "__version__":
        return import_module("importlib.metadata").version("gradloom")
    return _load(name)
