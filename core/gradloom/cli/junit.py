"""Verdicts as JUnit's XML, which continuous integration reads. Format: https://github.com/testmoapp/junitxml"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING
from xml.etree import ElementTree

if TYPE_CHECKING:
    from gradloom.cli.verdict import Verdict


def junit_report(verdicts: Mapping[str, Verdict | str]) -> bytes:
    """One suite a file with one case for each expectation; a text is why a file could not be tested."""
    root = ElementTree.Element("testsuites", name="gradloom")
    for file, verdict in verdicts.items():
        suite = ElementTree.SubElement(root, "testsuite", name=file)
        if isinstance(verdict, str):
            _case(suite, file, "readable", "error", verdict)
        else:
            _cases(suite, file, verdict)
        for count in ("failure", "error"):
            suite.set(f"{count}s", str(len(suite.findall(f"testcase/{count}"))))
        suite.set("tests", str(len(suite)))
    ElementTree.indent(root)
    text: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _cases(suite: ElementTree.Element, file: str, verdict: Verdict) -> None:
    suite.set("time", f"{verdict.seconds:.3f}")
    for outcome in verdict.outcomes:
        sentence = verdict.failure or outcome.sentence
        _case(suite, file, outcome.name, "" if outcome.passed else "failure", sentence)


def _case(suite: ElementTree.Element, file: str, name: str, fault: str, sentence: str) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=file, name=name)
    if fault:
        ElementTree.SubElement(case, fault, message=sentence)
