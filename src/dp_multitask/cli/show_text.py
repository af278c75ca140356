# SPDX-License-Identifier: LGPL-3.0-or-later
"""The text that ``dp-multitask show`` prints for people."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dp_multitask.config.summary import BranchSummary, ComponentSummary, Shared, Summary
from dp_multitask.pictures.amounts import bytes_text

if TYPE_CHECKING:
    from dp_multitask.components.core.variables import Count
    from dp_multitask.components.whole.counting import InputCount
    from dp_multitask.config.summary import VariableSummary

_MOST_TYPES = 12
_MOST_NAMES = 12


def summary_text(summary: Summary, total: int) -> str:
    """Write a summary: a headline, the branches, what they share, the bytes.

    `total` is the number of branches that the file has, whether or not all are in the summary.
    """
    lines = [f"{summary.source}: {_headline(summary, total)}", ""]
    rows = iter(_columns([_row(each) for branch in summary.branches for each in branch.components]))
    for branch in summary.branches:
        lines.append(_branch_line(branch))
        lines += [next(rows) for _ in branch.components]
    if summary.shared:
        lines += ["", "shared"]
        lines += _columns([_shared_row(shared) for shared in summary.shared])
    if summary.stored is not None and summary.together is not None and total:
        saved = max(summary.together.nbytes - summary.stored.nbytes, 0)
        share = f" ({saved / summary.together.nbytes:.0%})" if summary.together.nbytes else ""
        lines += [
            "",
            f"the branches hold {bytes_text(summary.together.nbytes)}, "
            f"the file stores {bytes_text(summary.stored.nbytes)}: "
            f"sharing saves {bytes_text(saved)}{share}",
        ]
    if summary.kind == "checkpoint":
        lines += ["", _training_line(summary.metadata)]
    return "\n".join(lines) + "\n"


def _training_line(metadata: Mapping[str, Any]) -> str:
    """Say when a checkpoint was saved, and what training needs of it."""
    step, rate = metadata["step"], metadata["learning_rate"]
    parts = [f"step {step}" if step is not None else "the step is not known"]
    if isinstance(rate, int | float):
        parts.append(f"learning rate {rate:.3g}")
    has = "with" if metadata["optimizer"] else "without"
    parts.append(f"{has} the optimizer's state")
    if metadata["ema"]:
        parts.append("with averaged weights (EMA)")
    return ", ".join(parts)


def counts_text(counts: InputCount | str, names: Sequence[str]) -> str:
    """List how many parameters the branches `names` of an input have, before any training."""
    if isinstance(counts, str):
        return f"\nparameters: not known: {counts}\n"
    rows = [(f"  {name}", *_numbers(counts.branches[name])) for name in names]
    if len(counts.branches) > 1:
        rows.append(("  all, what is shared once", *_numbers(counts.total)))
    return "\n".join(["", "parameters", *_columns(rows)]) + "\n"


def _numbers(count: Count) -> tuple[str, str]:
    return f"{count.parameters:>13,} trained", f"{count.statistics:>10,} from statistics"


def tree_text(variables: Iterable[VariableSummary], limit: int) -> str:
    """List variables below the place that they belong to, cut after `limit` lines."""
    lines = list(_tree_lines(variables))
    if 0 < limit < len(lines):
        more = f"... and {len(lines) - limit} more lines; --limit 0 shows all, --branch one branch"
        lines = [*lines[:limit], more]
    return "\n" + "\n".join(lines) + "\n"


def _tree_lines(variables: Iterable[VariableSummary]) -> Iterator[str]:
    place: tuple[str | None, str] | None = None
    branch: str | None = None
    for variable in variables:
        parent, _, name = variable.path.partition("@variables/")
        here = (variable.branch, parent.rstrip("/"))
        if variable.branch is not None and variable.branch != branch:
            yield variable.branch
            branch = variable.branch
        if here != place:
            yield f"  {here[1] or '/'}"
            place = here
        shape = "x".join(map(str, variable.shape)) or "scalar"
        shared = f"  = {variable.shared_with}" if variable.shared_with is not None else ""
        size = bytes_text(variable.nbytes)
        yield f"    {name:<16} {variable.dtype:<8} {shape:<14} {size}{shared}"


def _headline(summary: Summary, branches: int) -> str:
    number = "1 branch" if branches == 1 else f"{branches} branches"
    what = f"{summary.kind}, {number}" if branches else f"{summary.kind}, single model"
    writer = [summary.metadata[key] for key in ("software", "version") if key in summary.metadata]
    return f"{what}, written by {' '.join(map(str, writer))}" if writer else what


def _branch_line(branch: BranchSummary) -> str:
    types = branch.type_map
    shown = " ".join(types[:_MOST_TYPES])
    if len(types) > _MOST_TYPES:
        shown += f" ... ({len(types)} types)"
    aliases = f" ({', '.join(branch.aliases)})" if branch.aliases else ""
    parts = [shown] if shown else []
    if branch.size is not None:
        parts += [f"{branch.size.parameters:,} parameters", bytes_text(branch.size.nbytes)]
    return f"{branch.name or 'model'}{aliases}" + (f": {', '.join(parts)}" if parts else "")


def _row(component: ComponentSummary) -> Sequence[str]:
    row = (f"  {component.path}", component.type, component.class_name)
    if component.size is None:
        return row
    number = f"{component.size.parameters:,}"
    return *row, f"{number:>13} parameters", f"{bytes_text(component.size.nbytes):>8}"


def _shared_row(shared: Shared) -> Sequence[str]:
    by_level: dict[int, list[str]] = {}
    for link in shared.links:
        by_level.setdefault(link["shared_level"], []).append(_user(link))
    levels = [
        f"level {level}: {', '.join(users[:_MOST_NAMES])}"
        + (f" and {len(users) - _MOST_NAMES} more" if len(users) > _MOST_NAMES else "")
        for level, users in by_level.items()
    ]
    saved = "" if shared.saved is None else f"saves {bytes_text(shared.saved.nbytes)}"
    return f"  {shared.key}", shared.class_name, "; ".join(levels), saved


def _user(link: dict[str, Any]) -> str:
    """Name a branch, and the member of its hybrid if the link is about one."""
    _, hybrid, number = str(link["shared_type"]).partition("_hybrid_")
    return f"{link['model_key']} (list/{number})" if hybrid else str(link["model_key"])


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Align cells under each other; the last column may be as long as it likes."""
    widths: dict[int, int] = {}
    for row in rows:
        for index, cell in enumerate(row):
            widths[index] = max(widths.get(index, 0), len(cell))
    return [
        "  ".join(cell.ljust(widths[index]) for index, cell in enumerate(row)).rstrip()
        for row in rows
    ]
