"""Does an experiment reach what its file expects?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gradloom.cli.session import SetUpError, train_to_end
from gradloom.experiment.expectation import Outcome, check, unmeasured

if TYPE_CHECKING:
    from gradloom.experiment.document import Document
    from gradloom.plugins import Catalogue


@dataclass(frozen=True)
class Verdict:
    """What became of each expectation, how long it took, and why a run that failed did.

    `interrupted` is the exit code of the signal that stopped it, or 0.
    """

    outcomes: tuple[Outcome, ...]
    seconds: float
    interrupted: int = 0
    failure: str = ""

    @property
    def passed(self) -> bool:
        return not self.failure and all(outcome.passed for outcome in self.outcomes)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is wrong, or else what was reached."""
        missed = tuple(outcome.sentence for outcome in self.outcomes if not outcome.passed)
        return (self.failure,) if self.failure else missed or tuple(o.sentence for o in self.outcomes)


def judge(file: str, document: Document, catalogue: Catalogue) -> Verdict:
    """Train the experiment, within the seconds that it allows itself, and hold it to its `[expect]`.

    Raises:
        SetUpError: the experiment cannot be trained, or expects something of what no training measures.
    """
    if problem := unmeasured(document):
        raise SetUpError(f"{file}: {problem}")
    seconds = document.expect.get("seconds")
    session = train_to_end(file, document, catalogue, most_seconds=seconds.max if seconds else None)
    ended = session.ended
    failure = ended.failure.message if ended.failure else ""
    return Verdict(check(document.expect, ended, session.train), ended.seconds, session.interrupted, failure)
