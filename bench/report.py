"""Figures on paper: a part of ``docs/performance.md`` between two marks, and bars in ``docs/pictures``."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PAGE = Path("docs/performance.md")
PICTURES = Path("docs/pictures")
IDLE_LOAD = 0.5
"""Load average of a machine that does nothing else."""
OURS, OTHERS = "#1f6f5c", "#b9c4c9"


def rewrite(mark: str, text: str) -> None:
    """Put a text between ``<!-- mark -->`` and ``<!-- end of mark -->``."""
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    page = PAGE.read_text(encoding="utf-8")
    before, found, rest = page.partition(begin)
    _, closed, after = rest.partition(end)
    if not (found and closed):
        raise RuntimeError(f"{PAGE} has no part {mark}")
    PAGE.write_text(f"{before}{begin}\n{text.strip()}\n{end}{after}", encoding="utf-8")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def circumstances() -> str:
    """In words: what else the machine does as the run begins."""
    load = os.getloadavg()[0]
    beside = "on a machine that did nothing else" if load < IDLE_LOAD else "beside other work"
    return f"One run on {os.cpu_count()} cores {beside} (load average {load:.1f} as it began)."


@dataclass(frozen=True)
class Bars:
    """One picture of a figure: what it is, and its value for everybody in the order of the names."""

    title: str
    values: Sequence[float]
    goal: float | None = None


def draw(name: str, names: Sequence[str], panels: Sequence[Bars]) -> None:
    """Bars side by side, ombot's in its own colour, goals as a line: ``docs/pictures/<name>.svg``."""
    # Only here: whoever only measures need not have it.
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # The same figures give the same file; text stays text, for search and for readers of screens.
    mpl.rcParams.update({"svg.hashsalt": name, "svg.fonttype": "none", "font.size": 8})
    figure = Figure(figsize=(2.3 * len(panels) + 1.2, 0.34 * len(names) + 0.7), layout="constrained")
    colours = [OURS if each == "ombot" else OTHERS for each in names]
    for place, (panel, axes) in enumerate(zip(panels, figure.subplots(1, len(panels), squeeze=False)[0], strict=True)):
        bars = axes.barh(range(len(names)), panel.values, color=colours)
        axes.bar_label(bars, fmt="{:.3g}", padding=2)
        axes.set_yticks(range(len(names)), names if place == 0 else [""] * len(names))
        axes.invert_yaxis()
        axes.set_title(panel.title, fontsize=8)
        axes.set_xlim(0, max(*panel.values, panel.goal or 0) * 1.25)
        axes.spines[["top", "right"]].set_visible(False)
        if panel.goal is not None:
            axes.axvline(panel.goal, color="#b3261e", linewidth=1, linestyle="--")
    PICTURES.mkdir(exist_ok=True)
    figure.savefig(PICTURES / f"{name}.svg", metadata={"Date": None})
