"""The parts of a page in the side panel: sections and notices."""
