# SPDX-License-Identifier: LGPL-3.0-or-later
"""The multitask model: branches, and the links that say what they share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dp_multitask.components.core.component import Component
from dp_multitask.components.core.layout import VARIABLES
from dp_multitask.components.core.planning import initialise
from dp_multitask.components.core.variables import variable_at
from dp_multitask.components.models.frozen import FrozenModel, ReadModel
from dp_multitask.components.models.model import Model
from dp_multitask.components.sharing.coverage import find_component
from dp_multitask.components.sharing.one_object import share
from dp_multitask.config.branch_names import BRANCHES
from dp_multitask.config.resolve import preprocess_shared_params
from dp_multitask.errors import ComponentError, FieldTypeError, TreePath, inside
from dp_multitask.notebooks import picture_for

if TYPE_CHECKING:
    import numpy as np

    from dp_multitask.components.core.initial import Array


class Multitask:
    """The model of every branch, and what a model file holds beside them.

    Attributes
    ----------
    branches : dict of Component
        Branch name -> its model. Variables that branches share are one array object.
    payload : dict
        The rest of what a model file holds: ``model_def_script``, ``shared_links``,
        ``min_nbor_dist`` ... with the branches left empty.
    """

    __slots__ = ("branches", "payload")

    def __init__(self, branches: dict[str, Component], payload: dict[str, Any]) -> None:
        self.branches = branches
        self.payload = payload

    @property
    def shared_links(self) -> dict[str, Any]:
        """Shared entry -> its class name and links, the base first; empty if nothing is shared."""
        links: dict[str, Any] = self.payload.get("shared_links", {})
        return links

    @classmethod
    def deserialize(cls, tree: Mapping[str, Any]) -> Multitask:
        """Read the payload of a multitask model file; its arrays are not copied.

        Raises
        ------
        ComponentError
            It holds no branches, or a branch is not what its class states; the path says where.
        """
        model = tree.get("model")
        found = model.get("model_dict") if isinstance(model, Mapping) else None
        if not isinstance(model, Mapping) or not isinstance(found, Mapping):
            msg = f"expected the branches of a multitask model, found {type(found).__name__}"
            raise FieldTypeError(msg, path=BRANCHES)
        branches: dict[str, Component] = {}
        for name, branch in found.items():
            with inside(*BRANCHES, name):
                branches[name] = Component.deserialize(branch)
        return cls(branches, {**tree, "model": {**model, "model_dict": {}}})

    def serialize(self) -> dict[str, Any]:
        """Write the payload exactly as it was read; arrays are not copied."""
        branches = {name: branch.serialize() for name, branch in self.branches.items()}
        return {**self.payload, "model": {**self.payload["model"], "model_dict": branches}}

    @classmethod
    def from_config(
        cls,
        model: Mapping[str, Any],
        rng: np.random.Generator | int | None = None,
        *,
        shared_links: Mapping[str, Any] | None = None,
        read_model: ReadModel | None = None,
    ) -> Multitask:
        """Start every branch of an input, what they share only once.

        Parameters
        ----------
        model : dict
            The ``model`` section of a multitask input; with its references, or resolved.
        rng : numpy.random.Generator or int, optional
            Where the numbers come from; the same seed gives the same model.
        shared_links : dict, optional
            The links of a section that is resolved; without them it is resolved here.
        read_model : callable, optional
            Gives what a model file holds; frozen branches need it.

        Returns
        -------
        Multitask
            The branches; a fitting net's ``case_embd`` tells its branch, by the rank of the
            branch's name, as DeePMD-kit sets it when training starts.

        Raises
        ------
        ComponentError
            A branch cannot be started; the path is that in the model section.
        ConfigError
            The section cannot be resolved.
        """
        if shared_links is None:
            model, shared_links = preprocess_shared_params(model)
        import numpy as np

        generator = np.random.default_rng(rng)
        branches: dict[str, Component] = {}
        for name, config in model["model_dict"].items():
            with inside("model_dict", name):
                branches[name] = start_model(config, generator, read_model)
        with inside("model_dict"):
            share(branches, shared_links)
            _tell_cases_apart(branches)
        payload = {
            "model": {"model_dict": {}},
            "model_def_script": dict(model),
            "shared_links": dict(shared_links),
            VARIABLES: {},
        }
        return cls(branches, payload)

    def variables(self) -> Iterator[tuple[TreePath, Array]]:
        """Iterate over every array with its path in the payload; shared ones come repeatedly."""
        for name, branch in self.branches.items():
            for path, array in branch.variables():
                yield (*BRANCHES, name, *path), array

    def __getitem__(self, name: str) -> Component:
        """Give the model of a branch."""
        return self.branches[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.branches)

    def _ipython_key_completions_(self) -> list[str]:
        return list(self.branches)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}: {', '.join(self.branches)}>"

    def _repr_html_(self) -> str:
        return picture_for(self.branches, "branches_table")


def start_model(
    config: Mapping[str, Any], rng: np.random.Generator, read_model: ReadModel | None = None
) -> Component:
    """Start the model of one branch, or take it from the file that it names."""
    if config.get("type") == "frozen" and read_model is not None:
        return FrozenModel.from_file(config, read_model)
    return initialise(Model.plan_config(config), rng)


def _tell_cases_apart(branches: Mapping[str, Component]) -> None:
    """Give each fitting net with a case embedding the unit vector of its branch's rank."""
    import numpy as np

    for rank, name in enumerate(sorted(branches)):
        found = find_component(branches[name].serialize(), "fitting_net")
        if found is None or not found[1].get("dim_case_embd"):
            continue
        path, tree = found
        holder, own = variable_at(branches[name], (*path, VARIABLES, "case_embd"))
        if rank >= len(own):
            msg = f"'dim_case_embd' is {tree['dim_case_embd']}, expected {len(branches)}"
            hint = "give it the number of branches"
            raise ComponentError(msg, path=(name, "fitting_net", "dim_case_embd"), hint=hint)
        holder["case_embd"] = np.eye(len(own), dtype=own.dtype)[rank]
