"""Optimizers, and schedules for their learning rates."""

from gradloom.optim import lr_scheduler, swa_utils
from gradloom.optim.adadelta import Adadelta
from gradloom.optim.adafactor import Adafactor
from gradloom.optim.adagrad import Adagrad
from gradloom.optim.adam import Adam
from gradloom.optim.adamax import Adamax
from gradloom.optim.adamw import AdamW
from gradloom.optim.asgd import ASGD
from gradloom.optim.lbfgs import LBFGS
from gradloom.optim.muon import Muon
from gradloom.optim.nadam import NAdam
from gradloom.optim.optimizer import Optimizer
from gradloom.optim.radam import RAdam
from gradloom.optim.rmsprop import RMSprop
from gradloom.optim.rprop import Rprop
from gradloom.optim.sgd import SGD
from gradloom.optim.sparse_adam import SparseAdam

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Muon",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SparseAdam",
    "lr_scheduler",
    "swa_utils",
]
