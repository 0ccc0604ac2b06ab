"""The window: palette, canvas, cockpit and inspector around one experiment, and what its commands do."""

from __future__ import annotations

import shlex
from importlib.metadata import version
from pathlib import Path

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from gradloom.experiment.analysis import Problem
from gradloom.experiment.events import RunEnded
from gradloom.plugins.host import Plugins, load_plugins, plugin_folder
from gradloom_studio import theme
from gradloom_studio.actions import COMMANDS, Actions
from gradloom_studio.bars import fill_menus, make_toolbar
from gradloom_studio.canvas.view import CanvasView
from gradloom_studio.cockpit.cockpit_panel import CockpitPanel
from gradloom_studio.cockpit.train_bar import TrainBar
from gradloom_studio.data_panel.panel import DataPanel
from gradloom_studio.extensions.panel import ExtensionsPanel
from gradloom_studio.files import Files
from gradloom_studio.inspector.inspector import Inspector
from gradloom_studio.model.experiment import ExperimentModel
from gradloom_studio.model.run import RunController
from gradloom_studio.outline.outline import Outline
from gradloom_studio.page.lazy import LazyPage
from gradloom_studio.settings import Settings
from gradloom_studio.status.message_bar import MessageBar
from gradloom_studio.status.verdict_bar import VerdictBar
from gradloom_studio.theme import tokens

SIDES = (232, 312)
"""The first widths of palette and inspector."""
NARROWEST = (176, 280)
SMALLEST = (1040, 600)
FIRST_SIZE = (1440, 900)


class MainWindow(QMainWindow):
    """Owns the model and the run; everything in it reads these and writes through the model."""

    def __init__(self, plugins: Plugins, settings: Settings) -> None:
        super().__init__()
        self.settings = settings
        self.plugins = plugins
        self.model = ExperimentModel(plugins.catalogue, parent=self)
        self.runs = RunController(self)
        self.files = Files(self.model, settings, self)
        self._closing = self._seen = False
        self._compiling = self.tr(
            "Kernels are being compiled for this machine, once: "
            "some seconds for a small network, half a minute for a large one."
        )
        self._make_views()
        self.commands = Actions(self)
        self._assemble()
        self._connect()
        self._restore()
        self._show_title()

    # Training

    def train(self) -> None:
        """Start a run of the experiment as it is, or say why that cannot be."""
        self.model.look_at_files()
        if problem := self._problem():
            self.messages.show_message(problem.message, "danger")
            return
        self.show_canvas()
        self.runs.train(self.model.located, self.model.catalogue)

    def toggle_training(self) -> None:
        """Train; or pause what trains; or go on with what is paused."""
        match self.runs.state:
            case "running":
                self.runs.pause()
            case "paused":
                self.runs.resume()
            case _:
                self.train()

    def train_one_batch(self) -> None:
        """Go on by one batch, starting a run if there is none."""
        if self._problem() is None or self.runs.active:
            self.runs.step(self.model.located, self.model.catalogue)

    def copy_command(self) -> None:
        """Put the command on the clipboard that trains this file in a terminal, with the same result."""
        if self.model.path is not None:
            command = shlex.join(["gradloom", "train", str(self.model.path)])
            QGuiApplication.clipboard().setText(command)
            self.messages.show_message(self.tr("Copied: {0}").format(command), "good")

    # Views

    def show_gallery(self) -> None:
        """Show the examples in the place of the canvas."""
        from gradloom_studio.gallery.gallery import Gallery

        if self._pages.count() == 1:
            gallery = Gallery(self.model.catalogue)
            gallery.chosen.connect(self._on_example)
            gallery.dismissed.connect(self.show_canvas)
            self._pages.addWidget(gallery)
        self._pages.setCurrentIndex(1)
        shown = self._pages.currentWidget()
        if isinstance(shown, Gallery):
            shown.focus_first()

    def show_canvas(self) -> None:
        """Show the experiment, and give the canvas the keyboard."""
        self._pages.setCurrentIndex(0)
        self.canvas.setFocus()

    def show_inspector(self) -> None:
        self._enter(self.inspector)

    def show_data(self) -> None:
        self._enter(self.data_panel)

    def show_layers(self) -> None:
        """Show the palette, ready for a search."""
        self.left.setCurrentWidget(self.layers)
        self.layers.search.setFocus()

    def show_outline(self) -> None:
        """Show the graph as a list, and give that the keyboard."""
        self.left.setCurrentWidget(self.outline)
        self.outline.tree.setFocus()

    def show_selection(self) -> None:
        """Go to what is selected on the canvas."""
        self.show_canvas()
        self.canvas.reveal_selection()

    def show_plugins(self) -> None:
        self._enter(self.extensions)

    def show_runs(self) -> None:
        self._enter(self.runs_page)

    def add_layer(self) -> None:
        """Ask for a layer to add."""
        self.show_canvas()
        self.canvas.quick_add()

    def toggle_theme(self) -> None:
        self._choose_theme("light" if tokens.current() is tokens.DARK else "dark")

    def follow_desktop(self) -> None:
        self._choose_theme("system")

    def show_command_palette(self) -> None:
        """Offer every command by name."""
        from gradloom_studio.command_palette import CommandPalette

        self.commands.refresh()
        self.commands.show_icons()
        CommandPalette([self.commands[command.id] for command in COMMANDS], self).open()

    def show_keys(self) -> None:
        """Show all keys; the window stays usable beside it."""
        from gradloom_studio.keys_overview import KeysOverview

        shown = self.findChild(KeysOverview) or KeysOverview(self)
        shown.show()
        shown.activateWindow()

    def show_about(self) -> None:
        """Say which version this is."""
        words = self.tr(
            "Gradloom {0}, a laboratory for neural networks. MIT licence. Icons by Lucide, ISC licence."
        )
        self.messages.show_message(words.format(version("gradloom")))

    def undo(self) -> None:
        self.model.undo_stack.undo()

    def redo(self) -> None:
        self.model.undo_stack.redo()

    def reload_plugins(self) -> None:
        """Look for plugins again; an experiment that uses one keeps its nodes whatever is found."""
        self.plugins = load_plugins()
        self.extensions.show_plugins(self.plugins)
        self.model.use_catalogue(self.plugins.catalogue)

    # Made once

    def _make_views(self) -> None:
        from gradloom_studio.palette.palette import Palette

        self.messages = MessageBar()
        self.layers = Palette(self.model)
        self.outline = Outline(self.model)
        self.canvas = CanvasView(self.model)
        self.cockpit = CockpitPanel(self.runs)
        self.train_bar = TrainBar(self.runs)
        self.inspector = Inspector(self.model)
        self.data_panel = DataPanel(self.model)
        self.extensions = ExtensionsPanel(plugin_folder())
        self.extensions.show_plugins(self.plugins)
        self.runs_page = LazyPage(self._make_runs_panel)
        self.verdict_bar = VerdictBar(self.model, self.runs)

    def _make_runs_panel(self) -> QWidget:
        from gradloom.experiment.runs import default_folder
        from gradloom_studio.runs.panel import RunsPanel

        panel = RunsPanel(self.model, self.runs, default_folder())
        panel.compared.connect(self.cockpit.compare)
        panel.refused.connect(self._on_refused)
        panel.said.connect(lambda words: self.messages.show_message(words, "good"))
        return panel

    def _assemble(self) -> None:
        self.setObjectName("window")
        self.setMinimumSize(*SMALLEST)
        self.setAcceptDrops(True)
        fill_menus(self)
        self.addToolBar(make_toolbar(self))
        self.left = _tabs(self.tr("Layers and outline"))
        self.left.addTab(self.layers, self.tr("Layers"))
        self.left.addTab(self.outline, self.tr("Outline"))
        self.tabs = _tabs(self.tr("Inspector, data, plugins and runs"))
        self.tabs.addTab(self.inspector, self.tr("Inspector"))
        self.tabs.addTab(self.data_panel, self.tr("Data"))
        self.tabs.addTab(self.extensions, self.tr("Plugins"))
        self.tabs.addTab(self.runs_page, self.tr("Runs"))
        self.left.setMinimumWidth(NARROWEST[0])
        self.tabs.setMinimumWidth(NARROWEST[1])
        self.middle = _splitter(Qt.Orientation.Vertical, self.canvas, self.cockpit)
        self.middle.setSizes([560, 220])
        self.middle.setStretchFactor(0, 1)
        self.columns = _splitter(Qt.Orientation.Horizontal, self.left, self.middle, self.tabs)
        self.columns.setSizes([SIDES[0], FIRST_SIZE[0] - sum(SIDES), SIDES[1]])
        self.columns.setStretchFactor(1, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.columns)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.messages)
        column.addWidget(self._pages, 1)
        column.addWidget(self.verdict_bar)
        self.setCentralWidget(body)

    def _connect(self) -> None:
        self.layers.kind_chosen.connect(self.canvas.add_kind)
        self.outline.jumped.connect(self.show_selection)
        self.canvas.edit_requested.connect(self._on_edit)
        self.canvas.training_toggled.connect(self.toggle_training)
        self.canvas.step_requested.connect(self.train_one_batch)
        self.canvas.scale_changed.connect(self.verdict_bar.show_zoom)
        self.train_bar.train_requested.connect(self.train)
        self.train_bar.step_requested.connect(self.train_one_batch)
        self.verdict_bar.problem_pressed.connect(self._show_problem)
        self.inspector.refused.connect(self._on_refused)
        self.extensions.reload_requested.connect(self.reload_plugins)
        self.files.refused.connect(self._on_refused)
        self.files.opened.connect(self._on_opened)
        self.files.saved.connect(lambda path: self.messages.clear())
        self.model.undo_stack.cleanChanged.connect(self._show_title)
        self.model.undo_stack.indexChanged.connect(self.commands.refresh)
        self.model.path_changed.connect(self._show_title)
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.applicationStateChanged.connect(self._on_application_state)
        self.model.document_changed.connect(self._show_title)
        self.model.selection_changed.connect(self.commands.refresh)
        self.model.analysis_changed.connect(self._on_analysis)
        self.runs.state_changed.connect(self.commands.refresh)
        self.runs.state_changed.connect(self._on_run_state)
        self.runs.compiling.connect(self._on_compiling)
        self.runs.points_arrived.connect(self._on_compiled)
        self.runs.run_ended.connect(self._on_run_ended)
        self.runs.noticed.connect(lambda words: self.messages.show_message(words, "warning"))
        theme.watcher.changed.connect(self.commands.show_icons)

    # What happens

    def _on_opened(self) -> None:
        self.messages.clear()
        self.runs.forget()
        self.cockpit.set_metrics(self.model.document.metrics)
        self.show_canvas()
        self._on_analysis()

    def _on_analysis(self) -> None:
        problem = self._problem()
        self.train_bar.set_blocked(problem.message if problem else "")
        self.commands.refresh()

    def _on_run_state(self, state: str) -> None:
        """What is said of the last run does not hold for the next."""
        if state == "running" and self.runs.history.started is None:
            self.messages.clear()

    def _on_compiling(self, kernels: int) -> None:
        if kernels == 1 and not self.messages.text:
            self.messages.show_message(self._compiling)

    def _on_compiled(self) -> None:
        if self.messages.text == self._compiling:
            self.messages.clear()

    def _on_run_ended(self, event: RunEnded) -> None:
        self._on_compiled()
        if event.failure is not None and not self._closing:
            self.messages.show_message(event.failure.message, "danger", event.failure.traceback)
            if event.failure.node is not None:
                self.model.set_selection([event.failure.node])
        if self._closing:
            QTimer.singleShot(0, self.close)

    def _enter(self, page: QWidget) -> None:
        """Show a page at the right, and give that the keyboard."""
        self.tabs.setCurrentWidget(page)
        page.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _on_edit(self, node: str) -> None:
        self.tabs.setCurrentWidget(self.inspector)
        self.inspector.edit_node(node)

    def _on_example(self, name: str) -> None:
        self.files.open_example(name)

    def _on_refused(self, reason: str) -> None:
        self.messages.show_message(reason, "danger")

    def _show_problem(self, problem: Problem | None) -> None:
        if problem is None:
            return
        # Of a wrong wire the wire: whoever then presses Delete means it, and not the node that it leads to.
        subject = problem.wire if problem.wire in self.model.document.wires else problem.node
        self.model.set_selection([subject] if subject is not None else [])
        self.tabs.setCurrentWidget(self.inspector)
        self.canvas.reveal_selection()

    def _on_application_state(self, _state: Qt.ApplicationState) -> None:
        # Whoever comes back to the window may have put a file right meanwhile.
        self.model.look_at_files()

    def _problem(self) -> Problem | None:
        return next(iter(self.model.analysis.obstacles), None)

    def _show_title(self, _change: object = None) -> None:
        path = self.model.path
        name = path.name if path else self.model.document.name
        self.setWindowTitle(f"{name}[*] \N{EN DASH} Gradloom")
        self.setWindowFilePath(str(path) if path else "")
        self.setWindowModified(self.model.dirty)

    def _choose_theme(self, name: theme.Name) -> None:
        app = QApplication.instance()
        if isinstance(app, QApplication):
            theme.apply(app, name)
        self.settings.theme = name
        self.commands.refresh()

    # The window itself

    def showEvent(self, event: QShowEvent) -> None:
        """Before the first sight nothing has its size yet, so only now the graph can be fitted in."""
        super().showEvent(event)
        if not self._seen:
            self._seen = True
            self.canvas.frame_all()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape, where nothing else takes it, goes back to the canvas."""
        if event.key() == Qt.Key.Key_Escape:
            self.canvas.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _dropped_file(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if (path := _dropped_file(event)) is not None:
            event.acceptProposedAction()
            self.files.open(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask about changes, then let a run end by itself; the window closes when it has."""
        if not self._closing and not self.files.may_leave():
            event.ignore()
            return
        self._closing = True
        if self.runs.active:
            self.runs.stop()
            self.messages.show_message(self.tr("The run is ending; then the window closes."))
            event.ignore()
            return
        self._remember()
        # A stack that is destroyed still tells of its last changes, to views that are half gone.
        self.model.undo_stack.blockSignals(True)
        event.accept()

    def _restore(self) -> None:
        self.resize(*FIRST_SIZE)
        self.restoreGeometry(self.settings.state("geometry"))
        self.columns.restoreState(self.settings.state("columns"))
        self.middle.restoreState(self.settings.state("middle"))

    def _remember(self) -> None:
        self.settings.keep_state("geometry", self.saveGeometry())
        self.settings.keep_state("columns", self.columns.saveState())
        self.settings.keep_state("middle", self.middle.saveState())
        self.settings.save()


def _splitter(orientation: Qt.Orientation, *parts: QWidget) -> QSplitter:
    made = QSplitter(orientation)
    made.setHandleWidth(1)
    made.setChildrenCollapsible(False)
    for part in parts:
        made.addWidget(part)
    return made


def _tabs(name: str) -> QTabWidget:
    made = QTabWidget()
    made.setDocumentMode(True)
    made.tabBar().setDrawBase(False)
    made.setAccessibleName(name)
    return made


def _dropped_file(event: QDropEvent) -> Path | None:
    """The experiment that is dragged over the window, if it is one."""
    paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
    return paths[0] if len(paths) == 1 and paths[0].suffix == ".toml" else None
