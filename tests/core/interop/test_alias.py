"""The names `torch` and `torchvision` while they are Gradloom's."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import gradloom
from gradloom.interop import aliased
from gradloom.interop.names import REFUSED_MODULES, ROOMS


@pytest.fixture
def torch() -> Iterator[Any]:
    with aliased():
        yield importlib.import_module("torch")


def test_the_modules_are_ours_and_the_same_however_they_are_reached(torch: Any) -> None:
    import torch.nn.functional as F  # type: ignore[import-not-found,unused-ignore]
    from torch import nn  # type: ignore[import-not-found,unused-ignore]

    assert nn is torch.nn is sys.modules["torch.nn"]
    assert F is nn.functional
    assert nn.Linear is gradloom.nn.Linear
    assert torch.tensor is gradloom.tensor
    assert importlib.import_module("torch.nn.modules.linear").Linear is gradloom.nn.Linear
    assert importlib.import_module("torch.optim.sgd").SGD is gradloom.optim.SGD


@pytest.mark.parametrize(
    ("room", "name", "layer"),
    [
        ("batchnorm", "_BatchNorm", lambda nn: nn.BatchNorm2d(3)),
        ("instancenorm", "_InstanceNorm", lambda nn: nn.InstanceNorm2d(3)),
        ("conv", "_ConvNd", lambda nn: nn.ConvTranspose1d(1, 1, 1)),
        ("dropout", "_DropoutNd", lambda nn: nn.Dropout3d()),
        ("lazy", "LazyModuleMixin", lambda nn: nn.LazyLinear(3)),
        ("module", "Module", lambda nn: nn.ReLU()),
        ("rnn", "RNNBase", lambda nn: nn.LSTM(1, 1)),
    ],
)
def test_families_of_layers_can_be_asked_for(torch: Any, room: str, name: str, layer: Any) -> None:
    family = getattr(importlib.import_module(f"torch.nn.modules.{room}"), name)
    assert isinstance(layer(torch.nn), family)
    assert getattr(getattr(torch.nn.modules, room), name) is family


def test_nothing_stays_behind_and_nothing_is_lost() -> None:
    before = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "torch"}
    finders = list(sys.meta_path)
    with pytest.raises(ZeroDivisionError), aliased():
        importlib.import_module("torch.nn").Linear(1 // 0, 1)
    assert sys.meta_path == finders
    assert {
        name: module for name, module in sys.modules.items() if name.partition(".")[0] == "torch"
    } == before
    assert repr(gradloom.float32) == "gradloom.float32"
    assert gradloom.Tensor.__module__ == "gradloom.tensor"


def test_types_and_dtypes_read_as_pytorchs(torch: Any) -> None:
    x = torch.zeros(2, 3)
    assert [repr(each) for each in (x.dtype, x.shape, x.layout, torch.channels_last)] == [
        "torch.float32",
        "torch.Size([2, 3])",
        "torch.strided",
        "torch.channels_last",
    ]
    assert repr(type(x)) == "<class 'torch.Tensor'>"
    assert repr(torch.FloatTensor) == "<class 'torch.FloatTensor'>"
    assert x.type() == "torch.FloatTensor"
    assert x.type("torch.LongTensor").dtype is torch.int64


def test_the_version_splits_and_compares(torch: Any) -> None:
    assert torch.__version__.split(".")[:2] == ["2", "13"]
    assert torch.__version__ >= "2.9"
    assert torch.__version__ > (1, 13)
    assert not torch.__version__ < "2.13"


@pytest.mark.parametrize("name", sorted(REFUSED_MODULES))
def test_what_cannot_be_had_can_be_imported_and_says_so_when_used(torch: Any, name: str) -> None:
    module = importlib.import_module(name)
    with pytest.raises(NotImplementedError, match=rf"^Gradloom has no {name}\.anything: .+\.$"):
        module.anything(1)
    with pytest.raises(NotImplementedError):
        exec("class Child(parent): pass", {"parent": module.Base})


def test_questions_about_other_processes_are_answered(torch: Any) -> None:
    import torch.distributed as dist  # type: ignore[import-not-found,unused-ignore]

    assert not dist.is_available()
    assert not dist.is_initialized()
    assert (dist.get_rank(), dist.get_world_size()) == (0, 1)


def test_what_is_lacking_is_said_plainly(torch: Any) -> None:
    with pytest.raises(AttributeError, match=r"^Gradloom has no 'torch.nonsense'$"):
        torch.nonsense  # noqa: B018 - the access is the test
    with pytest.raises(ModuleNotFoundError, match=r"^Gradloom has no module 'torch.nonsense'$"):
        importlib.import_module("torch.nonsense")
    with pytest.raises(ImportError, match=r"cannot import name 'Nonsense' from 'torch.nn'"):
        exec("from torch.nn import Nonsense")
    assert not hasattr(torch, "creation")


@pytest.mark.parametrize(
    "name", ["torch", "torch.nn", "torch.nn.functional", "torch.optim", "torch.backends"]
)
def test_what_is_listed_is_there(torch: Any, name: str) -> None:
    module = importlib.import_module(name)
    assert [each for each in dir(module) if not hasattr(module, each)] == []


def test_names_can_be_replaced_for_the_time_of_the_run(torch: Any) -> None:
    torch.relu = max
    assert importlib.import_module("torch").relu is max
    assert gradloom.relu is not max


@pytest.mark.parametrize("name", sorted(ROOMS))
def test_every_module_that_answers_is_there(torch: Any, name: str) -> None:
    assert importlib.import_module(name).__name__ == name


def test_libraries_can_catch_what_never_happens(torch: Any) -> None:
    with pytest.raises(ZeroDivisionError):
        exec(
            "try: 1 / 0\nexcept (torch.cuda.OutOfMemoryError, torch.OutOfMemoryError): pass", {"torch": torch}
        )
    assert torch.typename(torch.ones(1)) == "torch.FloatTensor"
    assert not torch.is_storage(torch.ones(1))
    assert not torch.ones(1).is_conj()


INTERNALS = """
    torch.nn.modules.batchnorm._BatchNorm torch.nn.modules.batchnorm._NormBase torch.nn.modules.conv._ConvNd
    torch.nn.modules.conv._ConvTransposeNd torch.nn.modules.dropout._DropoutNd torch.nn.modules.loss._Loss
    torch.nn.modules.loss._WeightedLoss torch.nn.modules.pooling._MaxPoolNd torch.nn.modules.utils._pair
    torch.nn.modules.transformer._get_clones torch.nn.init._calculate_fan_in_and_fan_out
    torch.optim.lr_scheduler._LRScheduler torch.optim.optimizer.Optimizer torch.utils.hooks.RemovableHandle
    torch.utils.data.dataloader.default_collate torch.utils.data.distributed.DistributedSampler
    torch.autograd.function.once_differentiable torch.overrides.is_tensor_like torch.linalg.LinAlgError
    torch.torch_version.TorchVersion torch._utils._flatten_dense_tensors torch.types.Number
"""


@pytest.mark.parametrize("path", INTERNALS.split())
def test_internals_that_libraries_touch_are_there(torch: Any, path: str) -> None:
    module, _, name = path.rpartition(".")
    assert hasattr(importlib.import_module(module), name)


def test_bases_of_layers_are_their_bases(torch: Any) -> None:
    bases = torch.nn.modules
    assert isinstance(torch.nn.BatchNorm2d(1), bases.batchnorm._NormBase)
    assert isinstance(torch.nn.ConvTranspose2d(1, 1, 1), bases.conv._ConvTransposeNd)
    assert isinstance(torch.nn.MSELoss(), bases.loss._Loss)
    assert not isinstance(torch.nn.Conv2d(1, 1, 1), bases.conv._ConvTransposeNd)


def test_constraints_are_found_in_their_module(torch: Any) -> None:
    constraints = importlib.import_module("torch.distributions.constraints")
    assert torch.distributions.constraints.positive is constraints.positive
    value = torch.distributions.transform_to(constraints.positive)(torch.tensor(0.0))
    assert value.item() == 1.0


def test_prefixes_of_wrapped_models_come_off(torch: Any) -> None:
    state = torch.nn.DataParallel(torch.nn.Linear(1, 1)).state_dict()
    importlib.import_module("torch.nn.modules.utils").consume_prefix_in_state_dict_if_present(
        state, "module."
    )
    assert list(state) == ["weight", "bias"]


def test_elements_change_one_by_one(torch: Any) -> None:
    assert torch.tensor([1.0, 2.0]).apply_(lambda each: each + 1).tolist() == [2, 3]
    assert torch.tensor([[1, 2]]).map_(torch.tensor([3, 4]), max).tolist() == [[3, 4]]


def test_cuda_is_not_there(torch: Any) -> None:
    assert not torch.cuda.is_available()
    assert torch.device("cuda", 1) == torch.device("cuda:1") == torch.device(1)
    with pytest.raises(RuntimeError, match="there is no device 'cuda'; use 'cpu'"):
        torch.zeros(2).cuda()
    with pytest.raises(NotImplementedError, match=r"no cuda.FloatTensor: there is no CUDA device"):
        torch.cuda.FloatTensor(2)
    assert not isinstance(torch.zeros(2), torch.cuda.FloatTensor)
    with torch.device("cpu"), torch.amp.autocast("cpu", dtype=torch.bfloat16), torch.cuda.amp.autocast():
        assert torch.ones(2).device == torch.device("cpu")


def test_switches_can_be_set_and_read(torch: Any) -> None:
    torch.backends.cudnn.benchmark = True
    assert torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = False
    torch.set_num_threads(3)
    assert torch.get_num_threads() == 3
    torch.set_float32_matmul_precision("high")
    assert torch.get_float32_matmul_precision() == "high"
    torch.set_default_tensor_type("torch.DoubleTensor")
    assert torch.zeros(1).dtype is torch.float64
    torch.set_default_tensor_type(torch.FloatTensor)
    assert torch.zeros(1).dtype is torch.float32


def test_compilers_give_back_what_they_get(torch: Any) -> None:
    model = torch.nn.Linear(2, 2)
    assert torch.compile(model, mode="max-autotune") is torch.jit.script(model) is model

    @torch.compile(fullgraph=True)
    @torch.jit.ignore
    def double(x: Any) -> Any:
        return 2 * x

    assert double(3) == 6


def test_wrapped_models_hand_on_and_keep_pytorchs_names(torch: Any) -> None:
    model = torch.nn.DataParallel(torch.nn.Linear(2, 1))
    assert list(model.state_dict()) == ["module.weight", "module.bias"]
    assert model(torch.ones(3, 2)).shape == (3, 1)


def test_scaled_losses_step_as_plain_ones(torch: Any) -> None:
    weight = torch.nn.Parameter(torch.ones(2))
    optimizer = torch.optim.SGD([weight], lr=0.5)
    scaler = torch.cuda.amp.GradScaler()
    scaler.scale(weight.sum()).backward()
    scaler.unscale_(optimizer)
    scaler.step(optimizer)
    scaler.update()
    assert weight.tolist() == [0.5, 0.5]
