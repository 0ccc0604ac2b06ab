"""Which of our modules answer for each of PyTorch's, and what cannot be had."""

from __future__ import annotations

from contextlib import nullcontext
from typing import Any

ROOMS = {
    "torch": "gradloom.interop.top gradloom",
    "torch._C": "gradloom.interop.internals",
    "torch._utils": "gradloom.interop.internals",
    "torch.accelerator": "gradloom.inert.accelerator",
    "torch.amp": "gradloom.inert.amp",
    "torch.amp.autocast_mode": "gradloom.inert.amp",
    "torch.amp.grad_scaler": "gradloom.inert.amp",
    "torch.autograd": "gradloom.autograd",
    "torch.autograd.function": "gradloom.autograd.function",
    "torch.autograd.functional": "gradloom.autograd.functional",
    "torch.autograd.graph": "gradloom.autograd.graph",
    "torch.autograd.grad_mode": "gradloom.autograd.grad_mode",
    "torch.autograd.variable": "gradloom.autograd.variable gradloom.autograd",
    "torch.backends": "gradloom.inert.backends",
    "torch.compiler": "gradloom.inert.compiler",
    "torch.cuda": "gradloom.inert.cuda",
    "torch.cuda.amp": "gradloom.inert.cuda_amp",
    "torch.distributions": "gradloom.distributions",
    "torch.distributions.constraints": "gradloom.distributions.constraints gradloom.distributions",
    "torch.fft": "gradloom.fft",
    "torch.func": "gradloom.func",
    "torch.functional": "gradloom",
    "torch.jit": "gradloom.inert.jit",
    "torch.linalg": "gradloom.linalg",
    "torch.mps": "gradloom.inert.mps",
    "torch.multiprocessing": "gradloom.inert.multiprocessing",
    "torch.nn": "gradloom.nn",
    "torch.nn.attention": "gradloom.nn.attention",
    "torch.nn.functional": "gradloom.nn.functional",
    "torch.nn.init": "gradloom.nn.init",
    "torch.nn.modules": "gradloom.nn gradloom.interop.nn_internals",
    "torch.nn.modules.batchnorm": "gradloom.nn.batch_normalization gradloom.nn gradloom.interop.nn_internals",
    "torch.nn.modules.conv": "gradloom.nn.convolution gradloom.nn gradloom.interop.nn_internals",
    "torch.nn.modules.dropout": "gradloom.nn.dropout gradloom.nn",
    "torch.nn.modules.instancenorm": "gradloom.nn.batch_normalization gradloom.nn",
    "torch.nn.modules.lazy": "gradloom.nn.lazy gradloom.nn",
    "torch.nn.modules.linear": "gradloom.nn.linear gradloom.nn",
    "torch.nn.modules.module": "gradloom.nn.module.hooks gradloom.nn.module gradloom.nn",
    "torch.nn.modules.utils": "gradloom.interop.tuples",
    "torch.nn.parallel": "gradloom.nn.parallel",
    "torch.nn.parameter": "gradloom.nn.parameter",
    "torch.nn.utils": "gradloom.nn.utils",
    "torch.nn.utils.clip_grad": "gradloom.nn.utils",
    "torch.nn.utils.convert_parameters": "gradloom.nn.utils",
    "torch.nn.utils.parametrizations": "gradloom.nn.utils.parametrizations",
    "torch.nn.utils.parametrize": "gradloom.nn.utils.parametrize",
    "torch.nn.utils.prune": "gradloom.nn.utils.prune",
    "torch.nn.utils.rnn": "gradloom.nn.utils.rnn",
    "torch.nn.utils.stateless": "gradloom.func",
    "torch.optim": "gradloom.optim",
    "torch.optim.lr_scheduler": "gradloom.optim.lr_scheduler",
    "torch.optim.optimizer": "gradloom.optim.optimizer",
    "torch.optim.swa_utils": "gradloom.optim.swa_utils",
    "torch.overrides": "gradloom.interop.internals",
    "torch.random": "gradloom.random",
    "torch.serialization": "gradloom.serialization",
    "torch.special": "gradloom.special",
    "torch.testing": "gradloom.testing",
    "torch.torch_version": "gradloom.interop.version",
    "torch.types": "gradloom.interop.types",
    "torch.utils": "gradloom.utils",
    "torch.utils._pytree": "gradloom.interop.pytree",
    "torch.utils.benchmark": "gradloom.interop.benchmark",
    "torch.utils.checkpoint": "gradloom.utils.checkpoint",
    "torch.utils.data": "gradloom.data",
    "torch.utils.hooks": "gradloom.tape",
    "torch.utils.tensorboard": "gradloom.interop.tensorboard",
    "torch.version": "gradloom.interop.version",
    "torchvision": "gradloom.interop.vision",
    "torchvision.datasets": "gradloom.interop.vision.datasets",
    "torchvision.transforms": "gradloom.interop.vision.transforms",
    "torchvision.transforms.functional": "gradloom.interop.vision.functional",
    "torchvision.transforms.v2": "gradloom.interop.vision.transforms",
    "torchvision.transforms.v2.functional": "gradloom.interop.vision.functional",
    "torchvision.utils": "gradloom.interop.vision.pictures",
}
"""For each module of PyTorch's, ours, separated by blanks; the first that has a name answers for it."""

_SAME = {
    "torch.backends": "cpu cuda cudnn mkl mkldnn mps openmp opt_einsum quantized",
    "torch.distributions": """
        bernoulli beta binomial categorical cauchy chi2 constraint_registry constraints dirichlet distribution
        exponential gamma geometric gumbel half_normal independent kl laplace log_normal mixture_same_family
        multinomial multivariate_normal normal one_hot_categorical poisson relaxed_bernoulli studentT
        transformed_distribution transforms uniform utils von_mises weibull
    """,
    "torch.nn.modules": """
        activation adaptive batchnorm channelshuffle container conv distance dropout flatten fold instancenorm
        lazy linear loss module normalization padding pixelshuffle pooling rnn sparse transformer upsampling
    """,
    "torch.nn.parallel": "distributed",
    "torch.optim": """
        adadelta adagrad adam adamax adamw asgd lbfgs nadam optimizer radam rmsprop rprop sgd sparse_adam
    """,
    "torch.utils.data": "_utils dataloader dataset distributed sampler",
    "torch.utils.tensorboard": "writer",
    "torchvision.datasets": "folder mnist",
    "torchvision.transforms": "transforms",
}
for _package, _modules in _SAME.items():
    for _module in _modules.split():
        ROOMS.setdefault(f"{_package}.{_module}", ROOMS[_package])

for _module in ["cudnn", "mps", "mkldnn", "mkl", "openmp", "cuda", "cpu", "opt_einsum", "quantized"]:
    ROOMS[f"torch.backends.{_module}"] = f"gradloom.inert.backends:{_module}"
ROOMS["torch._dynamo"] = ROOMS["torch._dynamo.config"] = ROOMS["torch._inductor"] = ROOMS["torch.compiler"]

_ONE_PROCESS = "everything runs in one process; leave out what starts others, and use the model itself"
_DENSE = "all tensors are dense; use the dense ones"
_PYTHON = "models are Python code; keep the code, and torch.save(model.state_dict(), path)"
_PRECISION = "weights are stored as they are computed; use float32, float16 or bfloat16"
_BUILD = "there are no ready-made models; build the model in the script and load its state_dict by torch.load"

REFUSED_MODULES = {
    "torch.ao": _PRECISION,
    "torch.cuda.comm": "there is no CUDA device, so leave out .cuda and use device='cpu'",
    "torch.cuda.nccl": "there is no CUDA device, so leave out .cuda and use device='cpu'",
    "torch.distributed": _ONE_PROCESS,
    "torch.export": _PYTHON,
    "torch.fx": _PYTHON,
    "torch.futures": _ONE_PROCESS,
    "torch.hub": "nothing is downloaded; load a state_dict from a file by torch.load",
    "torch.library": "operations are Python code; use torch.autograd.Function",
    "torch.masked": _DENSE,
    "torch.nested": "all tensors are rectangular; use torch.nn.utils.rnn.pad_sequence",
    "torch.nn.intrinsic": _PRECISION,
    "torch.nn.quantized": _PRECISION,
    "torch.onnx": _PYTHON,
    "torch.package": _PYTHON,
    "torch.profiler": "nothing is profiled; use python -m cProfile or time.perf_counter",
    "torch.autograd.profiler": "nothing is profiled; use python -m cProfile or time.perf_counter",
    "torch.quantization": _PRECISION,
    "torch.sparse": _DENSE,
    "torch.utils.bottleneck": "nothing is profiled; use python -m cProfile or time.perf_counter",
    "torch.utils.cpp_extension": "nothing is compiled; use torch.autograd.Function",
    "torch.utils.mobile_optimizer": _PYTHON,
    "torch.utils.model_zoo": "nothing is downloaded; load a state_dict from a file by torch.load",
    "torch.xpu": "there is no Intel GPU; use device='cpu'",
    "torchvision.io": "pictures are read by Pillow; use PIL.Image.open and transforms.ToTensor",
    "torchvision.models": _BUILD,
    "torchvision.ops": "there are no operations on boxes; write them with tensor operations",
}
"""What a CPU engine without downloads cannot honour, and the nearest thing that works."""

REFUSED_NAMES = {
    "torch.sparse_coo_tensor": _DENSE,
    "torch.sparse_csr_tensor": _DENSE,
    "torch.quantize_per_tensor": _PRECISION,
    "torch.qint8": _PRECISION,
    "torch.quint8": _PRECISION,
}
"""The same for names in modules that we answer for."""

ANSWERS: dict[str, Any] = {
    "torch.distributed.is_available": False,
    "torch.distributed.is_initialized": False,
    "torch.distributed.is_nccl_available": False,
    "torch.distributed.is_gloo_available": False,
    "torch.distributed.is_mpi_available": False,
    "torch.distributed.is_torchelastic_launched": False,
    "torch.distributed.get_rank": 0,
    "torch.distributed.get_world_size": 1,
    "torch.autograd.profiler.record_function": nullcontext(),
    "torch.profiler.record_function": nullcontext(),
    "torch.xpu.is_available": False,
    "torch.xpu.device_count": 0,
}
"""Questions about what is refused that have an answer."""
