# SPDX-License-Identifier: LGPL-3.0-or-later
"""Every exception a caller may meet; all derive from `DPMultitaskError`."""

from __future__ import annotations

TreePath = tuple["str | int", ...]
"""A place in a config or model tree: mapping keys and list indices, from the root."""


def format_path(path: TreePath) -> str:
    """Write a tree path the way users read it: ``model/model_dict/water/descriptor/list/0``."""
    return "/".join(str(part) for part in path)


class DPMultitaskError(Exception):
    """Base of all errors of this package.

    Parameters
    ----------
    message : str
        What was found and what was expected.
    source : str, optional
        The file it was found in.
    path : tuple of str or int, optional
        The place in that file's tree.
    hint : str, optional
        What to do about it.
    position : tuple of int, optional
        Line and column in `source`, both counted from one.
    """

    def __init__(
        self,
        message: str,
        *,
        source: str | None = None,
        path: TreePath = (),
        hint: str | None = None,
        position: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.source = source
        self.path = tuple(path)
        self.hint = hint
        self.position = position

    def move_below(self, *place: str | int) -> None:
        """Put a place before the path."""
        self.path = (*place, *self.path)

    @property
    def where(self) -> str:
        """``file:line:column: path``, as far as each is known."""
        parts = []
        if self.source is not None:
            parts.append(":".join([self.source, *map(str, self.position or ())]))
        elif self.position is not None:
            parts.append("line {}, column {}".format(*self.position))
        if self.path:
            parts.append(format_path(self.path))
        return ": ".join(parts)

    def __str__(self) -> str:
        text = f"{self.where}: {self.message}" if self.where else self.message
        return f"{text} ({self.hint})" if self.hint else text


class inside:
    """Put a place before the path of every error of this package that passes.

    Examples
    --------
    >>> with inside("model", "descriptor"):
    ...     raise ComponentError("'sel' is missing", path=("sel",))
    Traceback (most recent call last):
    ...
    dp_multitask.errors.ComponentError: model/descriptor/sel: 'sel' is missing
    """

    __slots__ = ("path",)

    def __init__(self, *path: str | int) -> None:
        self.path = path

    def __enter__(self) -> None:
        """Do nothing: only an error changes anything."""

    def __exit__(self, kind: object, err: BaseException | None, trace: object) -> None:
        """Add the place; the error goes on."""
        if isinstance(err, DPMultitaskError):
            err.move_below(*self.path)


class FileAccessError(DPMultitaskError, OSError):
    """A file cannot be read or written."""


class UsageError(DPMultitaskError, ValueError):
    """The command was called with arguments that do not fit together."""


# --- reading the training input -------------------------------------------------------------


class DocumentError(DPMultitaskError, ValueError):
    """The text is not a training input: bad syntax, encoding, nesting or top level."""


class EditError(DPMultitaskError, ValueError):
    """An edit cannot be made in the text as it stands, or two edits overlap."""


class CommentsLostError(EditError):
    """A value would have to be written anew, without the comments that stand in it."""


class UnserializableValueError(DPMultitaskError, TypeError):
    """A value has no faithful form in the format that was asked for."""


# --- resolving the shared parts -------------------------------------------------------------


class ConfigError(DPMultitaskError, ValueError):
    """The training input cannot be resolved."""


class MissingKeyError(ConfigError, KeyError):
    """A key that the configuration must have is absent."""


class ReferenceSyntaxError(ConfigError):
    """A shared reference is not ``key`` or ``key:level`` with a non-negative integer level."""


class UnknownSharedKeyError(ConfigError, KeyError):
    """A reference names a key that ``shared_dict`` does not have."""


class SharedKindError(ConfigError, TypeError):
    """A reference names a shared entry of the wrong kind, such as a type map for a descriptor."""


class MisplacedReferenceError(ConfigError):
    """A reference stands where DeePMD-kit does not expand references."""


class SharedTypeMapError(ConfigError):
    """The branches reference no shared type map, or several."""


class ConfigTypeError(ConfigError, TypeError):
    """A part of the configuration has the wrong type, such as a branch that is no mapping."""


class SchemaError(ConfigError):
    """A key or value of the input is none that DeePMD-kit accepts."""


class UnknownTypeError(ConfigError, LookupError):
    """No component is registered under a type name (or not in the backend asked for)."""


class NoCounterpartError(ConfigError):
    """Something of an earlier release has no counterpart in the one asked for."""


class TypeMapMismatchError(DPMultitaskError, ValueError):
    """Data has elements that a type map does not have."""


class RegistrationError(DPMultitaskError, ValueError):
    """A component cannot be registered, or a plugin failed to load."""


# --- the native components ------------------------------------------------------------------


class ComponentError(DPMultitaskError, ValueError):
    """A component's config or native tree is not what its class states."""


class UnknownClassError(ComponentError, LookupError):
    """A tree is of a class or type that is not known here."""


class ShapeError(ComponentError):
    """A variable or a list of nested components has another shape than its formula gives."""


class VersionError(ComponentError):
    """A tree's ``@version`` is outside the accepted range."""


class UnknownKeyError(ComponentError, KeyError):
    """A tree or config has a key that its component does not know."""


class MissingComponentKeyError(ComponentError, KeyError):
    """A tree or config lacks a key that its component needs."""


class FieldTypeError(ComponentError, TypeError):
    """A value of a tree or config has the wrong type."""


class DataNeededError(ComponentError):
    """A size of a config is to be found from the training data, such as ``sel: auto``."""


class UnsupportedError(DPMultitaskError, NotImplementedError):
    """A component cannot do what was asked of it."""


# --- the model file -------------------------------------------------------------------------


class ModelTreeError(DPMultitaskError, TypeError):
    """A model tree holds something that a model file cannot store faithfully."""


class ModelFileError(DPMultitaskError, ValueError):
    """A file is no model file, or a broken one."""


class UnsafeFileError(ModelFileError):
    """A model file uses a feature of HDF5 that a model has no use for and that can do harm."""


class ChecksumError(ModelFileError):
    """A part of a model file is not what was written."""


class FormatVersionError(ModelFileError):
    """A model file was written by a newer version of this package."""


class BranchNameError(DPMultitaskError, ValueError):
    """A branch name cannot name a group of a model file."""


class UnknownBranchError(DPMultitaskError, KeyError):
    """A model has no branch of that name or alias, or more than one."""


class SharingError(DPMultitaskError, ValueError):
    """Variables that are declared shared differ, or the declaration does not fit the model."""


# --- the bridge to DeePMD-kit ---------------------------------------------------------------


class MissingDeepmdKitError(DPMultitaskError, RuntimeError):
    """The work needs an installed DeePMD-kit, or a part of it."""


class CheckpointError(ModelFileError):
    """A file is no checkpoint of DeePMD-kit, or not one that can be taken as it is."""
