"""What Gradloom brings is all there, described down to the last parameter."""

from __future__ import annotations

import numpy as np
import pytest

from gradloom import nn, optim
from gradloom.data import sources
from gradloom.optim import lr_scheduler
from gradloom.plugins import Catalogue, Entry, Kind, load_plugins
from gradloom.plugins.conformance import check_layer, check_loss, check_optimizer

CATALOGUE = load_plugins(entry_points=False).catalogue
CONTAINERS = {
    nn.Module, nn.Sequential, nn.ModuleList, nn.ModuleDict, nn.ParameterList, nn.ParameterDict,
    nn.DataParallel,
}  # fmt: skip
RETURN_MORE_THAN_A_WIRE_CARRIES = {
    nn.RNNBase, nn.RNN, nn.LSTM, nn.GRU, nn.RNNCellBase, nn.RNNCell, nn.LSTMCell, nn.GRUCell,
    nn.MultiheadAttention,
}  # fmt: skip
TAKE_MODULES_OR_FUNCTIONS = {
    nn.Transformer, nn.TransformerEncoder, nn.TransformerDecoder, nn.TransformerEncoderLayer,
    nn.TransformerDecoderLayer,
}  # fmt: skip
NOT_FOR_EVERY_NETWORK = {
    optim.LBFGS: "asks for the loss again within a step",
    optim.Muon: "moves matrices only",
    optim.SparseAdam: "is for embeddings alone",
    optim.ASGD: "keeps its average where no validation looks",
}
NEEDS_MORE_THAN_A_FILE_CAN_SAY = {
    lr_scheduler.LambdaLR: "a function",
    lr_scheduler.MultiplicativeLR: "a function",
    lr_scheduler.SequentialLR: "other schedules",
    lr_scheduler.ChainedScheduler: "other schedules",
    lr_scheduler.OneCycleLR: "steps after each batch",
    lr_scheduler.CyclicLR: "steps after each batch",
}
NOT_ON_A_CANVAS = {
    nn.AdaptiveLogSoftmaxWithLoss: "is a layer and a loss in one",
    nn.GaussianNLLLoss: "takes a variance beside the answer",
    nn.MarginRankingLoss: "takes two answers",
    nn.CosineEmbeddingLoss: "takes two answers",
    nn.TripletMarginLoss: "takes three answers",
    nn.TripletMarginWithDistanceLoss: "takes three answers",
    nn.CTCLoss: "takes lengths beside the answer",
    nn.LinearCrossEntropyLoss: "is a layer and a loss in one",
    nn.SyncBatchNorm: "is BatchNorm for several processes",
    nn.MaxUnpool1d: "takes the places that a pooling found",
    nn.MaxUnpool2d: "takes the places that a pooling found",
    nn.MaxUnpool3d: "takes the places that a pooling found",
}
X = np.linspace(-2.9, 3, 12).reshape(4, 3)


@pytest.fixture
def catalogue() -> Catalogue:
    return CATALOGUE


def factories(kind: Kind) -> set[object]:
    return {entry.factory for entry in CATALOGUE.of(kind)}


def test_every_module_is_there() -> None:
    public = {getattr(nn, name) for name in nn.__all__}
    modules = {item for item in public if isinstance(item, type) and issubclass(item, nn.Module)}
    # What a lazy one takes from its first input, a node takes from its wire.
    lazy = {item for item in modules if item.__name__.startswith("Lazy")}
    offered = (factories(Kind.LAYER) | factories(Kind.LOSS)) - {CATALOGUE["Input"].factory}
    outside = (
        CONTAINERS | RETURN_MORE_THAN_A_WIRE_CARRIES | TAKE_MODULES_OR_FUNCTIONS | NOT_ON_A_CANVAS.keys()
    )
    assert modules - outside - lazy == offered


def test_every_optimizer_schedule_and_data_set_is_there() -> None:
    optimizers = {item for name in optim.__all__ if isinstance(item := getattr(optim, name), type)}
    assert factories(Kind.OPTIMIZER) == optimizers - {optim.Optimizer} - NOT_FOR_EVERY_NETWORK.keys()
    schedules = {getattr(lr_scheduler, name) for name in lr_scheduler.__all__ if name[0] != "_"}
    assert (
        factories(Kind.SCHEDULE)
        == schedules - {lr_scheduler.LRScheduler} - NEEDS_MORE_THAN_A_FILE_CAN_SAY.keys()
    )
    assert factories(Kind.DATASET) == set(sources.DATASETS)


@pytest.mark.parametrize("entry", CATALOGUE.values(), ids=lambda entry: entry.key)
def test_nothing_is_left_without_words(entry: Entry) -> None:
    assert entry.summary.endswith((".", "?"))
    assert [parameter.name for parameter in entry.parameters if not parameter.help] == []


def test_what_must_be_typed_and_what_follows_from_the_wire(catalogue: Catalogue) -> None:
    def required(key: str) -> list[str]:
        return [item.name for item in catalogue[key].parameters if item.required and not item.inferred]

    assert required("Linear") == ["out_features"]
    assert required("Conv2d") == ["out_channels", "kernel_size"]
    assert required("BatchNorm2d") == []
    assert required("LayerNorm") == []
    assert required("Embedding") == ["num_embeddings", "embedding_dim"]


def test_families_and_ports(catalogue: Catalogue) -> None:
    assert (catalogue["Input"].family, catalogue["Input"].inputs) == ("data", ())
    assert catalogue["Conv2d"].family == "convolution"
    assert catalogue["CrossEntropyLoss"].family == "loss"
    assert [(port.name, port.optional) for port in catalogue["CrossEntropyLoss"].inputs] == [
        ("input", False),
        ("target", True),
    ]
    assert [port.variadic for port in catalogue["Concat"].inputs] == [True]
    assert len(catalogue["Linear"].inputs) == 1


def test_input_gives_the_field_that_was_chosen() -> None:
    assert CATALOGUE["Input"].factory(field="b")(a="wrong", b="right") == "right"


def test_built_in_layers_keep_the_promises_that_plugins_make() -> None:
    check_layer(nn.LeakyReLU, X)
    check_layer(nn.LayerNorm, X, normalized_shape=3)
    check_layer(nn.Linear, X, in_features=3, out_features=2)
    check_layer(nn.Concat, X, X + 1)
    check_loss(nn.CrossEntropyLoss, X, np.array([0, 2, 1, 0]))
    check_loss(nn.HuberLoss, X, np.zeros_like(X))


@pytest.mark.parametrize("entry", CATALOGUE.of(Kind.OPTIMIZER), ids=lambda entry: entry.key)
def test_built_in_optimizers_keep_them_too(entry: Entry) -> None:
    check_optimizer(entry.factory, lr=0.01)
