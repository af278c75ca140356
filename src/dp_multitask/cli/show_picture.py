# SPDX-License-Identifier: LGPL-3.0-or-later
"""The pictures that ``dp-multitask show --format`` gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dp_multitask.components.whole.counting import InputCount
    from dp_multitask.config.summary import Summary, VariableSummary
    from dp_multitask.pictures.diagram import Counts, Diagram

PICTURE_FORMATS = ("svg", "html", "mermaid")


def picture_text(
    form: str,
    summary: Summary,
    *,
    counts: InputCount | str | None = None,
    config: Mapping[str, Any] | None = None,
    variables: Iterable[VariableSummary] = (),
) -> str:
    """Draw a summary in one of `FORMATS`; `config` is the input that it was made from, if any."""
    from dp_multitask.pictures.diagram import diagram_of, training_of

    diagram = diagram_of(
        summary,
        _numbers(counts) if counts is not None and not isinstance(counts, str) else None,
        None if config is None else training_of(config),
    )
    return _draw(form, diagram, variables)


def _draw(form: str, diagram: Diagram, variables: Iterable[VariableSummary]) -> str:
    if form == "mermaid":
        from dp_multitask.pictures.mermaid import mermaid_picture

        return mermaid_picture(diagram)
    if form == "svg":
        from dp_multitask.pictures.svg import svg_picture

        return svg_picture(diagram)
    from dp_multitask.pictures.html import html_page

    return html_page(diagram, variables)


def _numbers(counts: InputCount) -> Counts:
    """Count what is trained and what comes from statistics together, as in a model file."""
    from dp_multitask.pictures.diagram import Counts

    return Counts(
        {name: sum(each) for name, each in counts.branches.items()},
        {key: sum(each) for key, each in counts.shared.items()},
        sum(counts.total),
    )
