"""Wire: pulled from port to port in either direction, with a word on every port it comes near."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QLineF, QPointF, Qt, QTimer

from gradloom.experiment.document import Wire
from gradloom_studio.canvas.hits import NodeHit, PortHit
from gradloom_studio.canvas.passing_items import PullItem
from gradloom_studio.canvas.port_painter import PortMood
from gradloom_studio.canvas.scene import GraphScene, nearest
from gradloom_studio.model import edits, graph

_SNAP = 26.0
"""How near the pointer must come to a port for the wire to jump there."""

_SLICE = 0.004
"""Seconds at a time for judging ports, so that the wire never lags behind the pointer."""


@dataclass(frozen=True)
class Verdict:
    """What a drop on a port would mean; `reason` is empty where all is well."""

    possible: bool
    reason: str = ""

    @property
    def mood(self) -> PortMood:
        if not self.possible:
            return PortMood.DIM
        return PortMood.WRONG if self.reason else PortMood.FITS


@dataclass(frozen=True)
class Loose:
    """A wire that was let go over empty ground: it asks for a node at this point."""

    port: PortHit
    point: QPointF


class WireGesture:
    """Pulls a new wire from a port, or takes an existing one out of its input and to another."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(
        self,
        scene: GraphScene,
        port: PortHit,
        say: Callable[[str, bool], None],
        let_go: Callable[[Loose], None],
    ) -> None:
        self._scene = scene
        self._say = say
        self._let_go = let_go
        self._taken = self._wire_in(port)
        self._anchor = PortHit(self._taken.source) if self._taken else port
        self._verdicts: dict[PortHit, Verdict] = {}
        self._document = scene.model.document
        if self._taken:
            self._document = edits.remove(self._document, (), [self._taken])
            scene.wires[self._taken].setVisible(False)
        self._pull = PullItem(scene.port_point(self._anchor), self._anchor.is_output)
        scene.addItem(self._pull)
        self._unjudged = self._candidates()
        self._judging = QTimer(scene)
        self._judging.timeout.connect(self._judge_some)
        self._judging.start(0)
        self._show_moods()

    @property
    def is_judging(self) -> bool:
        """Whether some ports have not said yet what they think."""
        return bool(self._unjudged)

    def follow(self, point: QPointF, snapping: bool = True) -> None:
        target = self._target(point)
        if target is None:
            self._pull.point_to(point, "accent")
            self._say(self._free_words(), False)
            return
        verdict = self._verdict(target)
        self._pull.point_to(self._scene.port_point(target), "danger" if verdict.reason else "accent", True)
        self._say(verdict.reason or self._fitting_words(target), bool(verdict.reason))

    def finish(self, point: QPointF) -> None:
        target = self._target(point)
        verdict = self._verdict(target) if target else None
        self._end()
        if target is None:
            self._finish_free(point)
        elif verdict is not None and verdict.possible:
            self._scene.model.connect_wire(self._wire_to(target), instead_of=self._taken)

    def cancel(self) -> None:
        self._end()

    # Where it may go

    def _wire_in(self, port: PortHit) -> Wire | None:
        """The wire that a press on an input takes out: the last one that arrives there."""
        if port.is_output:
            return None
        arriving = [wire for wire, item in self._scene.wires.items() if wire.target == port.node]
        here = [wire for wire in arriving if self._scene.wires[wire].look.index == port.index]
        return here[-1] if here else None

    def _candidates(self) -> list[PortHit]:
        """The ports of the other kind, the nearest last."""
        start = self._scene.port_point(self._anchor)
        ports = [port for port in self._scene.ports() if port.is_output is not self._anchor.is_output]
        return sorted(ports, key=lambda port: -QLineF(start, self._scene.port_point(port)).length())

    def _target(self, point: QPointF) -> PortHit | None:
        """The port under the pointer, or the best one of the node under it."""
        ports = ((port, self._scene.port_point(port)) for port in self._scene.ports())
        port = nearest(point, ports, _SNAP)
        if port is not None and port != self._anchor:
            return port
        hit = self._scene.hit(point, reach=0)
        if not isinstance(hit, NodeHit) or hit.node == self._anchor.node:
            return None
        return self._best_port(hit.node)

    def _best_port(self, node: str) -> PortHit | None:
        opposite = [
            port
            for port in self._scene.ports()
            if port.node == node and port.is_output is not self._anchor.is_output
        ]
        order = [PortMood.FITS, PortMood.WRONG, PortMood.DIM]
        return min(opposite, key=lambda port: order.index(self._verdict(port).mood), default=None)

    def _wire_to(self, port: PortHit) -> Wire:
        source, target = (self._anchor, port) if self._anchor.is_output else (port, self._anchor)
        inputs = self._scene.nodes[target.node].look.inputs
        name = inputs[target.index].name if target.index else ""
        return Wire(source=source.node, target=target.node, port=name)

    # What a drop would mean

    def _verdict(self, port: PortHit) -> Verdict:
        if port not in self._verdicts:
            self._verdicts[port] = self._judge(port)
        return self._verdicts[port]

    def _judge(self, port: PortHit) -> Verdict:
        if port.is_output is self._anchor.is_output:
            outputs, inputs = _tr("Two outputs cannot be joined."), _tr("Two inputs cannot be joined.")
            return Verdict(False, outputs if port.is_output else inputs)
        model, wire = self._scene.model, self._wire_to(port)
        if reason := graph.impossible(self._document, model.catalogue, wire):
            return Verdict(False, reason)
        problem = model.judge(wire, self._document)
        return Verdict(True, problem.message if problem else "")

    def _judge_some(self) -> None:
        """Judge ports for a moment, nearest first, then let the window breathe."""
        until = time.perf_counter() + _SLICE
        while self._unjudged and time.perf_counter() < until:
            self._verdict(self._unjudged.pop())
        if not self._unjudged:
            self._judging.stop()
        self._show_moods()

    def _show_moods(self) -> None:
        for name, item in self._scene.nodes.items():
            inputs = {index: self._mood(PortHit(name, index)) for index in range(len(item.look.inputs))}
            item.set_moods(inputs, self._mood(PortHit(name)))

    def _mood(self, port: PortHit) -> PortMood:
        if port == self._anchor:
            return PortMood.HOVERED
        if port.is_output is self._anchor.is_output:
            return PortMood.DIM
        verdict = self._verdicts.get(port)
        return PortMood.CALM if verdict is None else verdict.mood

    # Words

    def _free_words(self) -> str:
        if self._taken:
            return _tr("Release to take the wire away")
        return _tr("Release to choose a layer")

    def _fitting_words(self, port: PortHit) -> str:
        source = self._anchor if self._anchor.is_output else port
        shape = self._scene.nodes[source.node].look.output
        wire = self._wire_to(port)
        words = f"{shape or wire.source} → {wire.target}"
        old = graph.occupant(self._document, self._scene.model.catalogue, wire)
        if old is None or old.source == wire.source:
            return words
        return _tr("{0}, in place of {1}").format(words, old.source)

    # The end

    def _finish_free(self, point: QPointF) -> None:
        if self._taken:
            self._scene.model.disconnect_wire(self._taken)
        else:
            self._let_go(Loose(self._anchor, point))

    def _end(self) -> None:
        self._judging.stop()
        self._judging.deleteLater()
        self._say("", False)
        self._scene.removeItem(self._pull)
        if self._taken in self._scene.wires:
            self._scene.wires[self._taken].setVisible(True)
        for item in self._scene.nodes.values():
            item.set_moods({})


def _tr(text: str) -> str:
    return QCoreApplication.translate("WireGesture", text)
