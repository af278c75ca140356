# SPDX-License-Identifier: LGPL-3.0-or-later
"""Type names, classes per backend, share levels."""

import pytest

from dp_multitask.errors import ConfigTypeError, RegistrationError, UnknownTypeError
from dp_multitask.registry import (
    find_type,
    get_class_name,
    native_class,
    register,
    registered_types,
    share_levels,
)


@pytest.mark.parametrize(
    ("kind", "type_name", "backend", "class_name"),
    [
        ("descriptor", "se_a", "pt", "DescrptSeA"),
        ("descriptor", "dpa1", "pt", "DescrptDPA1"),
        ("descriptor", "dpa1", "tf", "DescrptSeAtten"),
        ("descriptor", "SeZM", "pt", "DescrptSeZM"),
        ("descriptor", "SeZM", "jax", "DescrptDPA4"),
        ("descriptor", "se_a_tpe_v2", "tf", "DescrptSeAEbdV2"),
        ("fitting_net", "dipole", "dp", "DipoleFitting"),
        ("fitting_net", "dipole", "jax", "DipoleFittingNet"),
        ("fitting_net", "dipole", "tf", "DipoleFittingSeA"),
        ("fitting_net", "sezm_ener", "pt", "SeZMEnergyFittingNet"),
        ("model", "zbl", "pt", "DPZBLModel"),
        ("model", "pairwise_dprc", "tf", "PairwiseDPRc"),
    ],
)
def test_a_type_or_alias_names_a_class_in_each_backend(kind, type_name, backend, class_name):
    assert get_class_name(kind, {"type": type_name}, backend) == class_name


@pytest.mark.parametrize(
    ("kind", "params", "class_name"),
    [
        ("descriptor", {}, "DescrptSeA"),
        ("fitting_net", {}, "EnergyFittingNet"),
        ("model", {}, "EnergyModel"),
        ("model", {"fitting_net": {"type": "dos"}}, "DOSModel"),
        ("model", {"type": "standard", "fitting_net": {"type": "polar"}}, "PolarModel"),
    ],
)
def test_a_missing_type_means_the_default(kind, params, class_name):
    assert get_class_name(kind, params) == class_name


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        (("descriptor", {"type": "se_e2a"}), UnknownTypeError, "Did you mean 'se_e2_a'"),
        (("descriptor", {"type": "se_t"}), UnknownTypeError, "write 'se_e3'"),
        (("descriptor", {"type": "ener"}), UnknownTypeError, "is a type of fitting_net"),
        (("descriptor", {"type": "loc_frame"}), UnknownTypeError, "backends that have it: tf"),
        (("model", {"type": "multi"}), UnknownTypeError, "backends that have it: none"),
        (("descriptor", {"type": "qqqq"}), UnknownTypeError, "types of descriptor in backend"),
        (("descriptor", {"type": None}), ConfigTypeError, "must be a string"),
        (("descriptor", ["se_e2_a"]), ConfigTypeError, "must be a mapping"),
        (("type_map", {}), UnknownTypeError, "unknown item 'type_map'"),
        (("descriptor", {}, "torch"), UnknownTypeError, "unknown backend 'torch'"),
    ],
)
def test_what_names_no_class_is_refused(arguments, error, message):
    with pytest.raises(error, match=message):
        get_class_name(*arguments)


@pytest.mark.parametrize(
    ("kind", "type_name", "backend", "levels"),
    [
        ("descriptor", "se_e2_a", "pt", (0,)),
        ("descriptor", "dpa3", "pt", (0, 1)),
        ("descriptor", "dpa4", "pt_expt", ()),
        ("descriptor", "se_e2_r", "pd", ()),
        ("descriptor", "loc_frame", "tf", ()),
        ("fitting_net", "ener", "pt_expt", (0,)),
        ("fitting_net", "dos", "pt_expt", ()),
        ("fitting_net", "ener", "pt", (0,)),
    ],
)
def test_share_levels_are_what_the_backends_class_implements(kind, type_name, backend, levels):
    assert share_levels(kind, type_name, backend) == levels


def test_share_levels_of_an_unknown_type_are_refused():
    with pytest.raises(UnknownTypeError, match="Did you mean"):
        share_levels("descriptor", "dpa22")


def test_a_third_party_adds_a_type_by_decorator(own_registry):
    @register(
        "descriptor",
        "test_mine",
        aliases=["test_my"],
        class_names={"pt": "DescrptMine"},
        share_levels={"pt": (0, 1)},
    )
    class Mine: ...

    assert get_class_name("descriptor", {"type": "test_my"}) == "DescrptMine"
    assert share_levels("descriptor", "test_mine") == (0, 1)
    assert native_class("descriptor", "test_my") is Mine
    assert find_type("descriptor", "test_mine") in registered_types("descriptor")
    with pytest.raises(UnknownTypeError, match="backends that have it: pt"):
        get_class_name("descriptor", {"type": "test_mine"}, "jax")


def test_without_class_names_the_class_stands_for_every_backend(own_registry):
    @register("fitting_net", "test_plain")
    class PlainFitting: ...

    assert get_class_name("fitting_net", {"type": "test_plain"}, "tf") == "PlainFitting"
    assert share_levels("fitting_net", "test_plain", "pt") == (0,)


@pytest.mark.parametrize(
    ("arguments", "keywords", "message"),
    [
        (("descriptor", "se_e2_a"), {}, "registered already"),
        (("descriptor", "test_new"), {"aliases": ["dpa1"]}, "'dpa1' is registered already"),
        (("optimizer", "x"), {}, "unknown kind 'optimizer'"),
    ],
)
def test_a_registration_that_collides_is_refused_and_leaves_nothing(arguments, keywords, message):
    with pytest.raises(RegistrationError, match=message):
        register(*arguments, **keywords)(type("Some", (), {}))
    assert find_type("descriptor", "test_new") is None


def test_a_registration_for_an_unknown_backend_is_refused():
    with pytest.raises(UnknownTypeError, match="unknown backend"):
        register("descriptor", "test_other", class_names={"torch": "X"})
