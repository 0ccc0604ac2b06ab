"""From a document to the network that is trained: a module whose submodules are named by node."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gradloom.experiment.analyse import AnalysisCache, analyse
from gradloom.experiment.analysis import Problem
from gradloom.experiment.document import Document
from gradloom.experiment.graph import Graph, read_graph
from gradloom.nn import Module
from gradloom.plugins.catalogue import Catalogue
from gradloom.tensor import Tensor


class BuildError(ValueError):
    """A document that cannot be built; `problem` says where and what would help."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def build(document: Document, catalogue: Catalogue, cache: AnalysisCache | None = None) -> Network:
    """The network of the document, its parameters drawn in the order of its nodes.

    Nodes that do not feed the loss are left out.

    Raises:
        BuildError: the document cannot be trained.
    """
    analysis = analyse(document, catalogue, cache)
    if analysis.obstacles:
        raise BuildError(analysis.obstacles[0])
    graph = read_graph(document, catalogue)
    layers = {
        node: graph.entries[node].factory(**document.nodes[node].parameters, **analysis.nodes[node].inferred)
        for node in graph.order
        if node in graph.needed
    }
    return Network(layers, graph)


class Network(Module):
    """The layers of a graph and its loss.

    Called with the fields of a batch, in the order of `fields`, and the data set's target, it gives the loss,
    the output that the loss judged, and the target that it was compared with.

    Args:
        layers: the nodes that feed the loss, and the loss, in topological order.
        graph: how they are wired.

    Example:
        >>> network = build(document, catalogue)
        >>> loss, output, target = network((images,), labels)
    """

    fields: tuple[str, ...]
    """The names of the data set's fields that the network reads."""

    def __init__(self, layers: Mapping[str, Module], graph: Graph) -> None:
        super().__init__()
        assert graph.loss is not None
        # Not by add_module, because a node may have the name of an attribute (see __setattr__).
        self._modules.update(layers)
        inputs = {node: layer.field for node, layer in layers.items() if not graph.entries[node].inputs}
        self.fields = tuple(dict.fromkeys(inputs.values()))
        self._loss = graph.loss
        self._steps: list[tuple[str, tuple[int, ...]]] = []
        places = {node: self.fields.index(field) for node, field in inputs.items()}
        for node in layers:
            if node in inputs or node == self._loss:
                continue
            self._steps.append((node, tuple(places[wire.source] for wire in graph.wires_into(node))))
            places[node] = len(self.fields) + len(self._steps) - 1
        ports = graph.inputs[self._loss].values()
        self._compared = tuple(places[wires[0].source] if wires else None for wires in ports)

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute, even where a node has its name: a node may be called `training`."""
        object.__setattr__(self, name, value)

    def forward(self, inputs: Sequence[Tensor], target: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """The loss, a number, with the output (N, ...) and the target that it compares."""
        values = self._run(inputs)
        compared = [target if place is None else values[place] for place in self._compared]
        loss = self._call(self._loss, compared)
        return loss, compared[0], compared[1] if len(compared) > 1 else target

    def predict(self, inputs: Sequence[Tensor]) -> Tensor:
        """What the network gives, (N, ...), without judging it."""
        place = self._compared[0]
        assert place is not None
        return self._run(inputs)[place]

    def _run(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """What the fields hold, then what each step gives: a step finds its arguments by their places."""
        values = list(inputs)
        for node, sources in self._steps:
            values.append(self._call(node, [values[source] for source in sources]))
        return values

    def _call(self, node: str, arguments: list[Tensor]) -> Tensor:
        layer = self._modules[node]
        assert layer is not None
        try:
            result: Tensor = layer(*arguments)
        except Exception as error:
            shapes = " and ".join(str(tuple(argument.shape)) for argument in arguments)
            error.add_note(f"In node '{node}' ({type(layer).__name__}), given {shapes}.")
            raise
        return result
