"""What a benchmark gives: figures with their units, what they are held against, and how they are printed."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured value.

    Attributes:
        aim: What it should reach, in words; empty where there is none.
        reached: Whether it does; None where there is no aim.
    """

    name: str
    value: str
    aim: str = ""
    reached: bool | None = None


def at_most(name: str, value: float, unit: str, aim: float) -> Figure:
    """A figure that is good when small."""
    return Figure(name, f"{value:,.1f} {unit}", f"at most {aim:g} {unit}", value <= aim)


def at_least(name: str, value: float, aim: float) -> Figure:
    """A share that is good when large."""
    return Figure(name, f"{value:.2f}", f"at least {aim:g}", value >= aim)


def plain(name: str, value: float, unit: str) -> Figure:
    """A figure without an aim."""
    return Figure(name, f"{value:,.2f} {unit}" if value < 10 else f"{value:,.1f} {unit}")


def p50(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    """The 95th percentile (nearest rank)."""
    return _percentile(values, 95)


def p99(values: Sequence[float]) -> float:
    """The 99th percentile (nearest rank)."""
    return _percentile(values, 99)


def _percentile(values: Sequence[float], percent: int) -> float:
    ordered = sorted(values)
    return ordered[max(0, -(-percent * len(ordered) // 100) - 1)]


def table(title: str, figures: Sequence[Figure]) -> str:
    """The figures as lines of text."""
    marks = {True: "reached", False: "MISSED", None: ""}
    width = max(len(figure.name) for figure in figures)
    lines = [f"{f.name:<{width}}  {f.value:>14}  {f.aim:<18} {marks[f.reached]}".rstrip() for f in figures]
    return "\n".join([title, *(f"  {line}" for line in lines), ""])
