"""The experiment that every view listens to, and the edits that views may ask for."""
