"""What lies in the folder of a run, by name."""

from __future__ import annotations

DOCUMENT_FILE = "document.loom.toml"
WEIGHTS_FILE = "weights.safetensors"
CHECKPOINT_FILE = "checkpoint.safetensors"
CLAIM_FILE = "running"
