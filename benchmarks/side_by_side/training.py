"""Training steps and inference: the table of networks, data, losses and optimizers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from benchmarks.side_by_side import networks
from benchmarks.side_by_side.by_hand import PerceptronByHand
from benchmarks.side_by_side.workload import Cost, Step, Workload

_FLOAT = 4


@dataclass(frozen=True)
class Training:
    """A network and how it is trained; every function takes the library first."""

    network: Callable[[Any], Any]
    data: Callable[[Any], tuple[Any, Any]]
    optimizer: Callable[[Any, Any], Any]
    loss: Callable[[Any, Any, Any], Any]
    by_hand: Callable[[], Step] | None = None

    def step(self, torch: Any) -> Step:
        torch.manual_seed(0)
        model = self.network(torch)
        inputs, target = self.data(torch)
        optimizer = self.optimizer(torch, model.parameters())

        def step() -> None:
            optimizer.zero_grad()
            self.loss(torch, model(inputs), target).backward()
            optimizer.step()

        return step

    def inference(self, torch: Any) -> Step:
        torch.manual_seed(0)
        model = self.network(torch).eval()
        inputs, _ = self.data(torch)

        def step() -> None:
            with torch.no_grad():
                model(inputs)

        return step

    def cost(self, torch: Any, training: bool = True) -> Cost:
        """Products, once forward and twice back; each layer's results and each weight moved."""
        torch.manual_seed(0)
        model = self.network(torch)
        products = results = 0.0

        def see(layer: Any, given: Any, made: Any) -> None:
            nonlocal products, results
            out = made[0] if isinstance(made, tuple) else made
            results += out.numel()
            if not isinstance(layer, torch.nn.Embedding):
                weights = [each.numel() for each in layer.parameters(recurse=False) if each.ndim > 1]
                # A transposed convolution uses its weights once for each place that it comes from.
                turned = isinstance(layer, torch.nn.ConvTranspose2d)
                products += sum(weights) * _places(given[0] if turned else out)

        for layer in model.modules():
            if not list(layer.children()):
                layer.register_forward_hook(see)
        with torch.no_grad():
            model(self.data(torch)[0])
        weights = sum(each.numel() for each in model.parameters())
        if not training:
            return Cost(2 * products, _FLOAT * (results + weights))
        # Each result is written, read and has a gradient; each weight is read and written with its gradient.
        return Cost(6 * products, _FLOAT * (3 * results + 5 * weights))


def _places(values: Any) -> int:
    """How often a layer's weights are used: for each pixel of images, for each vector of anything else."""
    return int(values.numel() // values.shape[1 if values.ndim == 4 else -1])


def _pictures(torch: Any, *shape: int, classes: int = 10) -> tuple[Any, Any]:
    return torch.randn(*shape), torch.randint(0, classes, shape[:1])


def _letters(torch: Any) -> tuple[Any, Any]:
    text = torch.randint(0, 65, (16, 65))
    return text[:, :-1].contiguous(), text[:, 1:].contiguous()


def _themselves(torch: Any, *shape: int) -> tuple[Any, Any]:
    pictures = torch.rand(*shape)
    return pictures, pictures


def _entropy(torch: Any, scores: Any, target: Any) -> Any:
    return torch.nn.functional.cross_entropy(scores, target)


def _entropy_of_letters(torch: Any, scores: Any, target: Any) -> Any:
    return torch.nn.functional.cross_entropy(scores.view(-1, scores.shape[-1]), target.view(-1))


def _squares(torch: Any, made: Any, target: Any) -> Any:
    return torch.nn.functional.mse_loss(made, target)


def _evidence_bound(torch: Any, made: Any, target: Any) -> Any:
    picture, mean, log_variance = made
    missed = torch.nn.functional.binary_cross_entropy_with_logits(picture, target, reduction="sum")
    return missed - 0.5 * torch.sum(1 + log_variance - mean.pow(2) - log_variance.exp())


def _sgd(torch: Any, parameters: Any) -> Any:
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9)


def _adam(torch: Any, parameters: Any) -> Any:
    return torch.optim.Adam(parameters, lr=1e-3)


def _adamw(torch: Any, parameters: Any) -> Any:
    return torch.optim.AdamW(parameters, lr=1e-3)


def perceptron(*sizes: int, batch: int, activation: str = "ReLU", optimizer: Any = _adam) -> Training:
    """A classifier of this depth and width."""
    network = partial(networks.perceptron, activation=activation)
    return Training(
        lambda torch: network(torch, *sizes),
        partial(_pictures_of, (batch, sizes[0]), sizes[-1]),
        optimizer,
        _entropy,
        partial(PerceptronByHand, sizes, batch, activation, optimizer is _adam),
    )


def _pictures_of(shape: tuple[int, ...], classes: int, torch: Any) -> tuple[Any, Any]:
    return _pictures(torch, *shape, classes=classes)


_MLP = perceptron(784, 128, 64, 10, batch=64)
_ROWS = partial(_pictures_of, (64, 28, 28), 10)
_MNIST = partial(_pictures_of, (64, 1, 28, 28), 10)

TRAININGS = {
    "MLP 784-128-64-10, batch 64, SGD": replace(
        _MLP, optimizer=_sgd, by_hand=partial(PerceptronByHand, (784, 128, 64, 10), 64, "ReLU", False)
    ),
    "MLP 784-128-64-10, batch 64, Adam": _MLP,
    "MLP 2-16-16-2 tanh, batch 32, Adam": perceptron(2, 16, 16, 2, batch=32, activation="Tanh"),
    "MNIST CNN, batch 64, Adam": Training(networks.mnist_cnn, _MNIST, _adam, _entropy),
    "CIFAR CNN, batch 64, SGD": Training(
        networks.cifar_cnn, partial(_pictures_of, (64, 3, 32, 32), 10), _sgd, _entropy
    ),
    "ResNet 16-32-64, batch 32, SGD": Training(
        networks.resnet, partial(_pictures_of, (32, 3, 32, 32), 10), _sgd, _entropy
    ),
    "LSTM 28x28-128, batch 64, Adam": Training(
        partial(networks.recurrent, kind="LSTM"), _ROWS, _adam, _entropy
    ),
    "GRU 28x28-128, batch 64, Adam": Training(
        partial(networks.recurrent, kind="GRU"), _ROWS, _adam, _entropy
    ),
    "GPT 4x128, batch 16, AdamW": Training(networks.gpt, _letters, _adamw, _entropy_of_letters),
    "autoencoder 784-256-32, batch 128, Adam": Training(
        lambda torch: networks.perceptron(torch, 784, 256, 32, 256, 784),
        lambda torch: _themselves(torch, 128, 784),
        _adam,
        _squares,
    ),
    "VAE, convolutions, batch 64, Adam": Training(
        networks.variational_autoencoder,
        lambda torch: _themselves(torch, 64, 1, 28, 28),
        _adam,
        _evidence_bound,
    ),
}


def training_workloads(trainings: dict[str, Training] = TRAININGS) -> list[Workload]:
    """Forward, loss, backward and optimizer of each."""
    return [
        Workload(name, each.step, each.by_hand, each.cost, whole=True) for name, each in trainings.items()
    ]


def inference_workloads() -> list[Workload]:
    """Forward of each, without recording; the batch is the training's."""
    return [
        Workload(
            f"inference: {name.rsplit(', ', 1)[0]}", each.inference, None, partial(each.cost, training=False)
        )
        for name, each in TRAININGS.items()
        if "SGD" not in name or "MLP" not in name
    ]


def scaling_workloads() -> list[Workload]:
    """How a training step grows with depth, width and batch."""
    deep = {f"depth {n}": perceptron(*[32] * (n + 1), batch=32, optimizer=_sgd) for n in (1, 10, 100, 1000)}
    wide = {f"width {n}": perceptron(n, n, n, n, batch=64, optimizer=_sgd) for n in (16, 64, 256, 1024)}
    many = {f"batch {n}": perceptron(784, 128, 64, 10, batch=n, optimizer=_sgd) for n in (1, 16, 256, 4096)}
    return training_workloads(deep | wide | many)
