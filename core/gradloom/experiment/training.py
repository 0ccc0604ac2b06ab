"""A training at work: the network, its data and its optimizer, one batch at a time."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gradloom.autograd.grad_mode import no_grad, whole
from gradloom.data.sources.glances import fingerprint
from gradloom.experiment.build import build
from gradloom.experiment.checkpoint import CheckpointError, Snapshot
from gradloom.experiment.choices import make
from gradloom.experiment.document import Choice, Document
from gradloom.experiment.examination import Examination, few
from gradloom.experiment.preparation import Batch, Batches, load_parts
from gradloom.metrics import Metric
from gradloom.optim.lr_scheduler import LRScheduler, ReduceLROnPlateau
from gradloom.optim.optimizer import Optimizer
from gradloom.plugins.catalogue import Catalogue, Kind
from gradloom.random import Generator
from gradloom.replay.step import compile  # noqa: A004 - PyTorch's name
from gradloom.tensor import Tensor


class NonFiniteLossError(ArithmeticError):
    """A batch whose loss is NaN or infinite, before anything was learned from it."""

    def __init__(self, loss: float) -> None:
        super().__init__(f"the loss is {loss}")
        self.loss = loss


class Training:
    """Everything that a document describes, between two batches.

    All random numbers come from this thread's default generator, which must be `generator` (see
    `random.use_generator`) whenever a method runs: the initial weights, in the order of the nodes, then each
    epoch's shuffle, then what layers draw; as in a PyTorch script.

    Args:
        document: what to train.
        catalogue: what there is to choose from.
        generator: of all random numbers.
        before_block: called before each block of data that is read to find their scale; it may raise.
        full_batches: how many full batches an epoch has at most; all of them if None.

    Attributes:
        step: batches learned from, over the whole run.
        epoch: the epoch under way, from 1; 0 before the first.
        batch: how many of its batches are done.
        samples: how many samples were in them.
        doing: what is being done now, for a failure's sentence.
        has_other_data: whether what was restored had learned from other data than there are now.

    Raises:
        ChoiceError, DataError, BuildError: the document cannot be trained.
    """

    def __init__(
        self,
        document: Document,
        catalogue: Catalogue,
        generator: Generator,
        before_block: Callable[[], None] = lambda: None,
        full_batches: int | None = None,
    ) -> None:
        self.document = document
        self.generator = generator
        self.step = self.epoch = self.batch = 0
        self.current: Batch | None = None
        self.doing = "data"
        parts = load_parts(document, catalogue, before_block, full_batches)
        self._normalization = parts.normalization
        self._few = few(parts.raw.validation)
        self._fingerprint = fingerprint(parts.raw.train)
        self.has_other_data = False
        self.network = build(document, catalogue)
        self.batches = Batches.of(document, catalogue, parts.scaled, self.network.fields)
        self.optimizer: Optimizer = make(
            document.optimizer, Kind.OPTIMIZER, catalogue, self.network.parameters()
        )
        self.schedule: LRScheduler | None = None
        if document.schedule is not None:
            self.schedule = make(document.schedule, Kind.SCHEDULE, catalogue, self.optimizer)
        # What others wrote may do more in a step than its operations show.
        own = all(type(layer).__module__.startswith("gradloom.") for layer in self.network.modules())
        self._descent = compile(self.descend) if own else self.descend
        self.metrics = _metrics(document, catalogue)
        self._validation_metrics = _metrics(document, catalogue)
        self._loss_sum = 0.0
        self.samples = 0
        self._epoch_generator = generator.get_state()

    @property
    def lr(self) -> float:
        """The learning rate of the first group of parameters."""
        return float(self.optimizer.param_groups[0].get("lr", math.nan))

    @property
    def parameter_count(self) -> int:
        return sum(parameter.numel() for parameter in self.network.parameters())

    def weights(self) -> dict[str, Any]:
        """A copy of the network's parameters and buffers, as arrays by name."""
        return {name: tensor.array.copy() for name, tensor in self.network.state_dict().items()}

    # Learning

    def epoch_batches(self) -> Iterator[Batch]:
        """The batches of the next epoch, or, after `restore`, what is left of the interrupted one."""
        if not self.batch:
            self.epoch += 1
            self._loss_sum, self.samples = 0.0, 0
            self._epoch_generator = self.generator.get_state()
            for metric in self.metrics.values():
                metric.reset()
            yield from self.batches.epoch()
            return
        reached = self.generator.get_state()
        self.generator.set_state(self._epoch_generator)
        batches = self.batches.epoch(self.batch)
        self.generator.set_state(reached)
        yield from batches

    def learn(self, batch: Batch) -> float:
        """One step of the optimizer; the loss that it started from.

        Raises:
            NonFiniteLossError: the loss is not a finite number; nothing was changed.
        """
        self.current = batch
        inputs, target = batch
        try:
            loss, output, target = self._descent(*inputs, target)
        except Exception:
            if self.doing == "forward":
                self.network(*batch)  # raises the same, and tells in which node
            raise
        self.step += 1
        self.batch += 1
        self.doing = "metrics"
        for metric in self.metrics.values():
            metric.update(output, target)
        samples = len(target)
        value: float = loss.item()
        self._loss_sum += value * samples
        self.samples += samples
        self.doing = "data"
        return value

    def descend(self, *fields: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Loss, output and target of a batch, given its inputs and its target, and the step from there."""
        self._begin("forward")
        self.optimizer.zero_grad()
        loss, output, target = self.network(fields[:-1], fields[-1])
        self._check(loss)
        self._begin("backward")
        loss.backward()
        self._begin("optimizer")
        self.optimizer.step()
        return loss, output, target

    @whole
    def _begin(self, doing: str) -> None:
        self.doing = doing

    @whole
    def _check(self, loss: Tensor) -> None:
        value = loss.item()
        if not math.isfinite(value):
            raise NonFiniteLossError(value)

    def train_figures(self) -> dict[str, float]:
        """The loss and the metrics over the epoch so far, each batch as it was before learning from it."""
        return _figures(self._loss_sum, self.samples, self.metrics)

    def set_hyperparameter(self, name: str, value: object) -> None:
        """Change a setting of the optimizer, for all parameters."""
        for group in self.optimizer.param_groups:
            group[name] = value

    def end_epoch(self, validation: Mapping[str, float]) -> None:
        """Let the schedule set the next epoch's rate."""
        self.batch = 0
        self.doing = "schedule"
        if isinstance(self.schedule, ReduceLROnPlateau):
            self.schedule.step(validation["loss"])
        elif self.schedule is not None:
            self.schedule.step()
        self.doing = "data"

    # Measuring

    def validate(self, go_on: Callable[[], bool]) -> dict[str, float] | None:
        """The loss and the metrics on the validation rows, or None once `go_on()` is false."""
        self.doing = "validation"
        self.network.eval()
        for metric in self._validation_metrics.values():
            metric.reset()
        total, samples = 0.0, 0
        try:
            with no_grad():
                for batch in self.batches.held_out():
                    if not go_on():
                        return None
                    self.current = batch
                    loss, output, target = self.network(*batch)
                    total += loss.item() * len(batch[1])
                    samples += len(batch[1])
                    for metric in self._validation_metrics.values():
                        metric.update(output, target)
        finally:
            self.network.train()
        return _figures(total, samples, self._validation_metrics)

    def examination(self) -> Examination:
        """Questions to the network about a few validation samples, which can be asked between two batches."""
        return Examination(self.network, self._few, self._normalization)

    # Going on elsewhere

    def snapshot(self) -> Snapshot:
        """All that `restore` needs to go on with the same bits; valid until the next batch."""
        state = {
            "data": self._fingerprint,
            "network": self.network.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "schedule": _plain(vars(self.schedule)) if self.schedule else {},
            "generator": self.generator.get_state(),
            "epoch_generator": self._epoch_generator,
            "loss_sum": self._loss_sum,
            "samples": self.samples,
            "metrics": {name: dict(vars(metric)) for name, metric in self.metrics.items()},
        }
        return Snapshot(digest(self.document), self.step, self.epoch, self.batch, state)

    def restore(self, snapshot: Snapshot) -> None:
        """Go on from a snapshot of the same document.

        Raises:
            CheckpointError: the document is another one, or the snapshot does not fit it.
        """
        if snapshot.document != digest(self.document):
            raise CheckpointError(
                "The checkpoint belongs to another experiment: its data, graph, optimizer, batch size or "
                "seed differ."
            )
        state = snapshot.state
        try:
            optimizer = state["optimizer"]
            slots = {int(number): slot for number, slot in optimizer["state"].items()}
            self.network.load_state_dict(state["network"])
            self.optimizer.load_state_dict({**optimizer, "state": slots})
            self.optimizer.resume_steps()
            if self.schedule is not None:
                vars(self.schedule).update(state["schedule"])
            self.generator.set_state(state["generator"])
            self._epoch_generator = state["epoch_generator"]
            self._loss_sum, self.samples = float(state["loss_sum"]), int(state["samples"])
            for name, metric in self.metrics.items():
                vars(metric).update(state["metrics"][name])
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            raise CheckpointError(f"The checkpoint does not fit this experiment: {error}") from error
        self.step, self.epoch, self.batch = snapshot.step, snapshot.epoch, snapshot.batch
        self.has_other_data = state.get("data", self._fingerprint) != self._fingerprint


def _metrics(document: Document, catalogue: Catalogue) -> dict[str, Metric]:
    return {name: make(Choice(kind=name), Kind.METRIC, catalogue) for name in document.metrics}


def _figures(loss: float, samples: int, metrics: Mapping[str, Metric]) -> dict[str, float]:
    values = {name: float(metric.compute()) for name, metric in metrics.items()}
    return {"loss": loss / samples if samples else math.nan, **values}


def digest(document: Document) -> str:
    """What a checkpoint and a document must agree on: all but name, notes, layout, length, expectations."""
    kept = {"data", "nodes", "wires", "optimizer", "schedule", "metrics", "training"}
    text = document.model_dump_json(include=kept, exclude={"training": {"epochs"}})
    return hashlib.sha256(text.encode()).hexdigest()


def _plain(state: Mapping[str, Any]) -> dict[str, Any]:
    """A schedule's numbers, and lists of them; the rest is made anew from the document."""
    simple = (bool, int, float, str, type(None))
    return {
        name: value
        for name, value in state.items()
        if isinstance(value, simple)
        or (isinstance(value, list | tuple) and all(isinstance(part, simple) for part in value))
    }
