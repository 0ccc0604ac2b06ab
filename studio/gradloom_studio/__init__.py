"""The Gradloom desktop app: views of an experiment, never the truth."""

# Before any module of the app can import Qt's bindings: these read the source of whatever is imported after
# them, and pydantic, which makes its names when they are asked for, does not survive that.
import gradloom.experiment.document  # noqa: F401
