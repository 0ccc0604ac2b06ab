"""The Gradloom desktop app: views of an experiment, never the truth."""
