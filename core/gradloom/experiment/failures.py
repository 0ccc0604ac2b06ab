"""Why a training ended, in one sentence: which node, in which step, and what may help.

Nothing here costs a training anything: a batch that failed is run once more, with hooks, to see where.
"""

from __future__ import annotations

import math
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from types import FrameType

import numpy as np

from gradloom.experiment.build import BuildError, Network
from gradloom.experiment.events import Failure
from gradloom.experiment.training import NonFiniteLossError, Training
from gradloom.nn import Module
from gradloom.tape import Node, RemovableHandle
from gradloom.tensor import Tensor, wrap

LOWER_RATE = "A lower learning rate may help."
OTHER_SIZE = "The epoch's last batch has one sample only; another batch size may help."

_PLACES = {
    "forward": "The forward pass",
    "validation": "The validation",
    "backward": "The backward pass",
    "optimizer": "The optimizer",
    "schedule": "The learning rate schedule",
    "metrics": "A metric",
    "data": "Reading the data",
}


def explain(error: BaseException, training: Training | None) -> Failure:
    """The failure that ended a run.

    Args:
        error: what was raised.
        training: the training as the error left it, or None if it could not be set up.
    """
    text = "".join(traceback.format_exception(error))
    if isinstance(error, BuildError):
        return Failure(_sentence(error), node=error.problem.node, traceback=text)
    if training is None:
        return Failure(_sentence(error), traceback=text)
    if isinstance(error, NonFiniteLossError):
        return _explain_loss(error, training, text)
    if training.doing in ("forward", "validation"):
        return _explain_forward(error, training, text)
    if training.doing == "backward":
        return _explain_backward(error, training, text)
    return Failure(_general(error, training), traceback=text)


def _general(error: BaseException, training: Training) -> str:
    return f"{_PLACES[training.doing]} failed in {_step(training)}: {_sentence(error)}"


def _step(training: Training) -> str:
    learning = training.doing in ("forward", "backward", "optimizer", "data")
    return f"step {training.step + learning} (epoch {training.epoch})"


def _sentence(error: BaseException) -> str:
    if isinstance(error, SystemExit):
        return "it asked to end the program."
    if isinstance(error, MemoryError):
        return "there is not enough memory; a smaller batch needs less."
    line = str(error).strip().partition("\n")[0] or type(error).__name__
    return line if line.endswith((".", "?")) else f"{line}."


# Forward


def _explain_forward(error: BaseException, training: Training, text: str) -> Failure:
    node, shapes = _called_in_frames(error)
    if node is None:
        return Failure(_general(error, training), traceback=text)
    kind = training.document.nodes[node].kind
    given = f", given {' and '.join(map(str, shapes))}," if shapes else ""
    return Failure(
        f"{kind} '{node}'{given} failed in {_step(training)}: {_sentence(error)}{_advice(training)}",
        node=node,
        operation=kind,
        shapes=shapes,
        traceback=text,
    )


def _advice(training: Training) -> str:
    """What to do where a layer cannot learn from the single sample that is left for the last batch."""
    if training.doing != "forward" or training.current is None:
        return ""
    return f" {OTHER_SIZE}" if len(training.current[1]) == 1 < training.document.training.batch_size else ""


def _called_in_frames(error: BaseException) -> tuple[str | None, tuple[tuple[int, ...], ...]]:
    """The node that the network was calling, and the shapes that it was given."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code is Network._call.__code__:
            arguments = frame.f_locals["arguments"]
            return frame.f_locals["node"], tuple(tuple(argument.shape) for argument in arguments)
    return None, ()


# Backward


def _explain_backward(error: BaseException, training: Training, text: str) -> Failure:
    swept, loss = _found_in_frames(error)
    if swept is None:
        return Failure(_general(error, training), traceback=text)
    node = _owner(swept, loss, training)
    place = f"{training.document.nodes[node].kind} '{node}'" if node else swept.name()
    return Failure(
        f"{place} failed in the backward pass of {_step(training)}: {_sentence(error)}",
        node=node,
        operation=swept.name(),
        shapes=tuple(shape for shape, _ in swept.results),
        traceback=text,
    )


def _found_in_frames(error: BaseException) -> tuple[Node | None, Tensor | None]:
    """The tape's node that was being swept, and the loss that the sweep came from."""
    swept: Node | None = None
    loss: Tensor | None = None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        if frame.f_code is Training.descend.__code__:
            loss = frame.f_locals.get("loss")
        swept = _node_in(frame) or swept
    return swept, loss


def _node_in(frame: FrameType) -> Node | None:
    return next((value for value in frame.f_locals.values() if isinstance(value, Node)), None)


def _owner(swept: Node, loss: Tensor | None, training: Training) -> str | None:
    """The node of the graph that recorded `swept`: the replay records the same nodes in the same order."""
    root = loss.grad_fn if loss is not None else None
    replay = _replay(training)
    if root is None or not replay.exits:
        return None
    last = replay.exits[-1][0]
    order = last - (root.order - swept.order)
    return next((node for left_at, node in replay.exits if left_at >= order), None)


# A loss that is no number


def _explain_loss(error: NonFiniteLossError, training: Training, text: str) -> Failure:
    word = "not a number" if math.isnan(error.loss) else "infinite"
    begun = f"The loss became {word} in {_step(training)}"
    inputs, _ = training.current or ((), None)
    if not all(map(_finite, inputs)):
        return Failure(f"{begun}: the data have values that are missing or infinite.", traceback=text)
    spoiled = [name for name, parameter in training.network.named_parameters() if not _finite(parameter)]
    if spoiled:
        node = spoiled[0].partition(".")[0]
        message = f"{begun}, because the last update made {spoiled[0]} overflow. {LOWER_RATE}"
        return Failure(message, node=node, operation=training.document.nodes[node].kind, traceback=text)
    first = _replay(training).first_not_finite
    if first is None:
        return Failure(f"{begun}. {LOWER_RATE}", traceback=text)
    kind = training.document.nodes[first].kind
    message = f"{begun}; the first values to overflow came from {kind} '{first}'. {LOWER_RATE}"
    return Failure(message, node=first, operation=kind, traceback=text)


def _finite(tensor: Tensor) -> bool:
    return tensor.array.dtype.kind != "f" or bool(np.isfinite(tensor.array).all())


# Running the batch once more


@dataclass
class _Replay:
    """What was seen when a batch went through the network a second time."""

    exits: list[tuple[int, str]] = field(default_factory=list)
    """The order of the tape's latest node when each of the graph's nodes was done."""
    first_not_finite: str | None = None

    def watch(self, name: str, module: Module) -> RemovableHandle:
        def leave(module: Module, inputs: tuple[object, ...], output: object) -> None:
            if not isinstance(output, Tensor):
                return
            if output.grad_fn is not None:
                self.exits.append((output.grad_fn.order, name))
            if self.first_not_finite is None and not _finite(output):
                self.first_not_finite = name

        return module.register_forward_hook(leave)


def _replay(training: Training) -> _Replay:
    """Run the current batch once more, with the same weights, leaving no trace in the network."""
    replay, network = _Replay(), training.network
    if training.current is None:
        return replay
    before = {name: wrap(tensor.array.copy()) for name, tensor in network.state_dict().items()}
    handles = [replay.watch(name, module) for name, module in network.named_children()]
    try:
        with suppress(Exception, SystemExit):
            network(*training.current)
    finally:
        for handle in handles:
            handle.remove()
    with suppress(RuntimeError):
        network.load_state_dict(before)
    return replay
