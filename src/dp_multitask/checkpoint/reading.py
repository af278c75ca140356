# SPDX-License-Identifier: LGPL-3.0-or-later
"""A training checkpoint in the place of a model file."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from dp_multitask.checkpoint.branches import branch_payload, outline, whole_payload
from dp_multitask.checkpoint.training import SINGLE_BRANCH, Checkpoint, read_checkpoint
from dp_multitask.modelfile.opened_file import OpenedFile
from dp_multitask.modelfile.payload import resolve_branch

if TYPE_CHECKING:
    from dp_multitask.config.summary import Summary


def read(file: OpenedFile, *, verify: bool) -> CheckpointModel:
    """Read a ``.pt`` checkpoint; checksums of tensors are always compared.

    Raises
    ------
    ModelFileError
        It is damaged, unsafe, or no training checkpoint.
    """
    del verify
    return CheckpointModel(read_checkpoint(file))


class CheckpointModel:
    """The payload of a checkpoint: made branch by branch, when asked for."""

    has_checksums = True

    def __init__(self, checkpoint: Checkpoint) -> None:
        self.checkpoint = checkpoint

    @cached_property
    def skeleton(self) -> dict[str, Any]:
        """The payload without models."""
        return outline(self.checkpoint)

    def tree(self) -> dict[str, Any]:
        """Give the whole payload, with lazy variables."""
        return whole_payload(self.checkpoint)

    def branch(self, name: str) -> dict[str, Any]:
        """Give a branch, by name or alias, as a single-model payload."""
        checkpoint = self.checkpoint
        if not checkpoint.is_multitask and name == SINGLE_BRANCH:
            return branch_payload(checkpoint, name)
        return branch_payload(checkpoint, resolve_branch(name, self.skeleton, checkpoint.source))

    def summary(self) -> Summary:
        """Say what it consists of, without building every branch."""
        from dp_multitask.checkpoint.summary import summarize_checkpoint

        return summarize_checkpoint(self.checkpoint)

    def check(self, branch: str | None = None) -> None:
        """Compare the checksum of every member, if the whole file is asked about."""
        if branch is None:
            for entry in self.checkpoint.archive.entries.values():
                self.checkpoint.archive.check(entry)
