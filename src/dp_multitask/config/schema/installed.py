# SPDX-License-Identifier: LGPL-3.0-or-later
"""The table of the DeePMD-kit that this Python environment has, plugins included."""

from __future__ import annotations

from typing import Any

from dp_multitask.config.schema.extract import extract_table
from dp_multitask.errors import RegistrationError, UsageError

# Entry-point groups that DeePMD-kit's backends load; a plugin adds its arguments when imported.
PLUGIN_GROUPS = (
    "deepmd.dpmodel",
    "deepmd.pt",
    "deepmd.pt_expt",
    "deepmd.pd",
    "deepmd.jax",
    "deepmd",
)


def installed_table(*, version: str | None = None, plugins: bool = True) -> dict[str, Any]:
    """Introspect the importable DeePMD-kit.

    Parameters
    ----------
    version : str, optional
        Name of the release; what ``deepmd`` says of itself by default.
    plugins : bool, default: True
        Import the plugins of the environment first, so that their types are part of the table.

    Returns
    -------
    dict
        See `extract.extract_table`.

    Raises
    ------
    UsageError
        DeePMD-kit cannot be imported.
    RegistrationError
        A plugin failed.
    """
    try:
        import deepmd
        from deepmd.utils.argcheck import gen_args
    except ImportError as err:
        msg = f"no DeePMD-kit can be imported here: {err}"
        raise UsageError(msg, hint="install deepmd-kit, or name a schema such as 3.2") from err
    if plugins:
        _load_plugins()
    release = version or str(deepmd.__version__)
    return extract_table(release, gen_args(multi_task=False), gen_args(multi_task=True))


def _load_plugins() -> None:
    from importlib.metadata import entry_points

    for group in PLUGIN_GROUPS:
        for point in entry_points(group=group):
            try:
                point.load()
            except ImportError:
                continue  # a plugin for a backend that is not installed adds nothing here
            except Exception as err:
                msg = f"the DeePMD-kit plugin {point.name!r} ({point.value}) failed to load: {err}"
                raise RegistrationError(msg, hint="repair or uninstall the plugin") from err
