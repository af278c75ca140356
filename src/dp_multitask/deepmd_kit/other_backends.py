# SPDX-License-Identifier: LGPL-3.0-or-later
"""Files of DeePMD-kit's other backends, serialised by the one that wrote them."""

from __future__ import annotations

from typing import Any

from dp_multitask.deepmd_kit.installed import DEEPMD_ERRORS, deepmd_module, quiet_deepmd, said
from dp_multitask.deepmd_kit.jax_extras import restore_extras
from dp_multitask.deepmd_kit.plain import plain_tree
from dp_multitask.errors import CheckpointError
from dp_multitask.modelfile.reading.hdf5_model import refuse_other_files


def serialize_file(source: str) -> dict[str, Any]:
    """Let the backend that wrote a file serialise it; of HDF5, only what is plain."""
    if source.endswith(".hlo"):
        refuse_other_files(source)
    backends = deepmd_module("deepmd.backend.backend")
    with quiet_deepmd():
        try:
            backend = backends.Backend.detect_backend_by_model(source)()
            data = restore_extras(backend.serialize_hook(source))
        except ModuleNotFoundError as err:
            deepmd_module(err.name or "deepmd")
            raise
        except DEEPMD_ERRORS as err:
            msg = f"DeePMD-kit cannot serialise this file: {said(err)}"
            hint = "the documentation lists what each backend reads"
            raise CheckpointError(msg, source=source, hint=hint) from err
    tree: dict[str, Any] = plain_tree(data)
    if source.endswith(".hlo") and isinstance(tree.get("@variables"), dict):
        # the compiled programs, of which DeePMD-kit 3.2.0 takes out but one
        kept = {k: v for k, v in tree["@variables"].items() if not k.startswith("stablehlo")}
        tree["@variables"] = kept
    return tree
