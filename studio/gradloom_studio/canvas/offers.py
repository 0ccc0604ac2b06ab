"""What can be added where: the entries that fit come first, and only they where a wire asks."""

from __future__ import annotations

from gradloom.experiment.document import Choice, Wire
from gradloom.plugins.catalogue import Entry, Kind
from gradloom_studio.canvas.hits import PortHit
from gradloom_studio.model import edits, graph
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.palette.search import placeable

_TRIAL = "trial_node"


class Offers:
    """Asks the analysis what would fit."""

    def __init__(self, model: ExperimentModel) -> None:
        self._model = model

    def anything(self) -> tuple[Entry, ...]:
        return placeable(self._model.catalogue)

    def after(self, node: str, strictly: bool = False) -> tuple[Entry, ...]:
        """What takes this node's output, and, unless `strictly`, everything else behind it."""
        fitting = self._fitting(node)
        entries = sorted(self.anything(), key=lambda entry: entry.key not in fitting)
        return tuple(entry for entry in entries if entry.key in fitting or not strictly)

    def before(self) -> tuple[Entry, ...]:
        """What has an output."""
        return tuple(entry for entry in self.anything() if entry.kind is not Kind.LOSS)

    def on_wire(self) -> tuple[Entry, ...]:
        """What has an input and an output."""
        return tuple(entry for entry in self.before() if entry.inputs)

    def feeds(self, node: str) -> bool:
        return graph.has_output(self._model.document, self._model.catalogue, node)

    def wire_into(self, port: PortHit) -> Wire:
        """A wire into an input port; its source stands for the node that is yet to come."""
        ports = graph.input_ports(self._model.document, self._model.catalogue, port.node)
        return Wire(source=port.node, target=port.node, port=ports[port.index].name if port.index else "")

    def _fitting(self, node: str) -> set[str]:
        losses = {
            entry.key for entry in self._model.catalogue.of(Kind.LOSS) if self._loss_fits(node, entry.key)
        }
        return losses | self._model.compatible_kinds(node)

    def _loss_fits(self, node: str, kind: str) -> bool:
        """Whether a loss could stand behind a node, judged on a document that has it there."""
        trial = edits.add_node(self._model.document, _TRIAL, Choice(kind=kind), (0, 0))
        return self._model.judge(Wire(source=node, target=_TRIAL), trial) is None
