# SPDX-License-Identifier: LGPL-3.0-or-later
"""The steps from an old input to a present one, in the order in which they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from dp_multitask.config.upgrade import components, training, version_0, version_2
from dp_multitask.config.upgrade.remark import Remark

Stage = Callable[[dict[str, Any], str], Iterator[Remark]]

STAGES: tuple[Stage, ...] = (
    version_0.sections,
    components.hybrids_in_sequence,
    training.losses_of_version_1,
    components.types,
    components.dpa2_sections,
    components.keys,
    components.property_names,
    training.data_of_version_1,
    training.decay_rate_of_version_1,
    training.removed_keys,
    training.warmup,
    training.optimizer,
    version_2.type_embedding,
    version_2.branches,
    version_2.emptied,
    version_2.defaults_of_branches,
)
"""Each gives remarks on the input as the earlier ones left it, for a release to upgrade to."""
