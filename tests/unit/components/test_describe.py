# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a native class says of itself."""

from __future__ import annotations

import json

import pytest

from dp_multitask.components.core.describe import describe_class
from dp_multitask.errors import UnknownTypeError
from dp_multitask.registry import native_class, registered_types

WITHOUT_CLASS = {"direct_force"}
BUILT_IN = [entry for entry in registered_types() if entry.name not in WITHOUT_CLASS]


def test_se_e2_a_is_described():
    described = describe_class(native_class("descriptor", "se_e2_a"))
    assert described["class"] == "DescrptSeA"
    assert described["versions"] == [1, 3, 2]
    rcut, sel = described["fields"][0], described["fields"][2]
    assert rcut.items() >= {"name": "rcut", "type": "float", "default": 6.0, "unit": "Å"}.items()
    assert sel.items() >= {"name": "sel", "type": "sizes | str", "default": "auto"}.items()
    assert rcut["meaning"] == "The cut-off: how far an atom sees others."
    assert described["children"] == {"env_mat": "EnvMat", "embeddings": "NetworkCollection"}
    assert described["variables"]["davg"] == ["len(sel)", "sum(sel)", 4]
    assert described["kept"] == ["compress"]


def test_what_only_config_or_tree_has_is_marked():
    fields = describe_class(native_class("descriptor", "dpa2"))["fields"]
    only = {field["name"]: field["only_in"] for field in fields if "only_in" in field}
    assert only == {"ntypes": "tree", "repinit": "config", "repformer": "config"}


@pytest.mark.parametrize("entry", BUILT_IN, ids=lambda entry: f"{entry.kind}-{entry.name}")
def test_every_built_in_type_has_a_class_that_json_can_describe(entry):
    described = describe_class(native_class(entry.kind, entry.name))
    assert json.loads(json.dumps(described)) == described


def test_direct_force_has_no_native_class():
    with pytest.raises(UnknownTypeError, match="no native class"):
        native_class("fitting_net", "direct_force")


def test_the_types_command_gives_the_fields(call_command):
    rows = json.loads(call_command("types", "--json").stdout)
    native = {row["name"]: row["native"] for row in rows if row["kind"] == "descriptor"}
    assert native["dpa3"]["class"] == "DescrptDPA3"
    assert next(row["native"] for row in rows if row["name"] == "direct_force") is None
