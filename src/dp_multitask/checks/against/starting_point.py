# SPDX-License-Identifier: LGPL-3.0-or-later
"""A trained model as the check sees it: branches, their configs and shapes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from dp_multitask.errors import TreePath

Shapes = Mapping[TreePath, tuple[int, ...]]
Mode = Literal["finetune", "init-model", "restart"]

ONLY = "Default"
"""What DeePMD-kit calls the branch of a single model."""


@dataclass(frozen=True)
class StartingPoint:
    """A trained model that a training starts from.

    Attributes
    ----------
    name : str
        The file, for messages.
    multitask : bool
        Whether it has branches; if not, `branches` has the one model under the name ``Default``.
    branches : mapping
        Branch -> its config, resolved, as ``model_def_script`` holds it.
    aliases : mapping
        Alias -> branch.
    shapes : mapping
        Branch -> path in its tree -> shape of the variable there.
    """

    name: str
    multitask: bool
    branches: Mapping[str, Mapping[str, Any]]
    aliases: Mapping[str, str]
    shapes: Mapping[str, Shapes]

    def head(self, name: str) -> str | None:
        """Give the branch of a name or an alias, None if there is none."""
        return name if name in self.branches else self.aliases.get(name)
