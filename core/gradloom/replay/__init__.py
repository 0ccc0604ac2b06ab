"""Steps that are written down once and carried out again without the graph: see `gradloom.compile`."""
