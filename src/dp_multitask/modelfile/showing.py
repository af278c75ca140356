# SPDX-License-Identifier: LGPL-3.0-or-later
"""What an input or a trained model consists of, whichever it is."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dp_multitask.config.summary import Summary, summarize_input
from dp_multitask.modelfile.comparison import is_model
from dp_multitask.modelfile.reading.reader import ModelFile, open_model
from dp_multitask.modelfile.summary import summarize_model

if TYPE_CHECKING:
    from dp_multitask.text.document import Document


def show(
    source: str | os.PathLike[str] | Document | Mapping[str, Any] | ModelFile,
    *,
    backend: str = "pt",
) -> Summary:
    """Tell what an input, model file or checkpoint consists of.

    Parameters
    ----------
    source : path, Document, mapping or ModelFile
        The input or model. No variable of a model is read.
    backend : str, default: "pt"
        The backend whose classes are named for an input.

    Returns
    -------
    Summary
        Branches with aliases, type maps and components, what they share, and sizes.

    Raises
    ------
    ConfigError
        The input cannot be resolved.
    ModelFileError
        The file is broken.
    """
    if isinstance(source, ModelFile):
        return summarize_model(source)
    if isinstance(source, Mapping):
        return summarize_input(source, "the input", backend=backend)
    if not isinstance(source, str | os.PathLike):
        return summarize_input(source.data, source.name, backend=backend)
    path = os.fspath(source)
    if is_model(path):
        with open_model(path) as file:
            return summarize_model(file)
    from dp_multitask.text.document import read_document

    document = read_document(path)
    return summarize_input(document.data, document.name, backend=backend)
