# SPDX-License-Identifier: LGPL-3.0-or-later
"""The table of the DeePMD-kit that this Python environment has, plugins included."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from dp_multitask.checks.schema.constraints import Constraint, foreign, unknown_constraints
from dp_multitask.checks.schema.extract import MULTITASK, SINGLE_TASK, extract_table
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


def installed_schema() -> tuple[dict[str, Any], dict[str, Constraint]]:
    """Give the table of the importable DeePMD-kit and its plugins, and their own checks by place.

    Raises
    ------
    UsageError
        DeePMD-kit cannot be imported.
    RegistrationError
        A plugin failed.
    """
    _, generate = _import_argument_check()
    _load_plugins()
    table = installed_table()
    foreign = _foreign_constraints(table, SINGLE_TASK, generate(multi_task=False))
    foreign |= _foreign_constraints(table, MULTITASK, generate(multi_task=True))
    return table, foreign


def installed_table(version: str | None = None) -> dict[str, Any]:
    """Introspect the importable DeePMD-kit, with the plugins that are imported so far.

    `version` names the release; what ``deepmd`` says of itself by default. The result is that of
    `extract.extract_table`.

    Raises
    ------
    UsageError
        DeePMD-kit cannot be imported.
    """
    release, generate = _import_argument_check()
    return extract_table(version or release, generate(multi_task=False), generate(multi_task=True))


def _import_argument_check() -> tuple[str, Callable[..., list[Any]]]:
    try:
        import deepmd
        from deepmd.utils.argcheck import gen_args
    except ImportError as err:
        msg = f"no DeePMD-kit can be imported here: {err}"
        raise UsageError(msg, hint="install deepmd-kit, or name a schema such as 3.2") from err
    return str(deepmd.__version__), gen_args


def _foreign_constraints(
    table: Mapping[str, Any], root: str, arguments: Iterable[Any]
) -> dict[str, Constraint]:
    """Give the checks of arguments that `constraints` does not know, by place."""
    unknown = set(unknown_constraints(table))
    found: dict[str, Constraint] = {}
    waiting: list[tuple[str, Iterable[Any], Iterable[Any]]] = [(root, arguments, ())]
    seen: set[str] = set()
    while waiting and unknown:
        name, fields, variants = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        body = table["bodies"][name]
        for argument in fields:
            place = f"{name}/{argument.name}"
            if place in unknown:
                found[place] = foreign(argument.extra_check, argument.extra_check_errmsg)
            holder = body["fields"][argument.name]
            if "body" in holder:
                waiting.append((holder["body"], *_content(argument)))
        for variant in variants:
            for tag, choice in variant.choice_dict.items():
                holder = body["variants"][variant.flag_name]["choices"][tag]
                if "body" in holder:
                    waiting.append((holder["body"], *_content(choice)))
    return found


def _content(argument: Any) -> tuple[Iterable[Any], Iterable[Any]]:
    return argument.sub_fields.values(), argument.sub_variants.values()


def _load_plugins() -> None:
    from importlib.metadata import entry_points

    for group in PLUGIN_GROUPS:
        for point in entry_points(group=group):
            try:
                point.load()
            except ImportError:
                continue  # a plugin for a backend that is not installed adds nothing here
            except KeyboardInterrupt:
                raise
            except BaseException as err:  # whatever a third party's module does
                msg = f"the DeePMD-kit plugin {point.name!r} ({point.value}) failed to load: {err}"
                raise RegistrationError(msg, hint="repair or uninstall the plugin") from err
