"""Optimizers, and schedules for their learning rates."""

from gradloom.optim import lr_scheduler
from gradloom.optim.adam import Adam
from gradloom.optim.adamw import AdamW
from gradloom.optim.optimizer import Optimizer
from gradloom.optim.rmsprop import RMSprop
from gradloom.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]
