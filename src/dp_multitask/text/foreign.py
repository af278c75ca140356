# SPDX-License-Identifier: LGPL-3.0-or-later
"""Files that are given by mistake, told by how they begin."""

from __future__ import annotations

from typing import NamedTuple


class Foreign(NamedTuple):
    """A kind of file that no command takes.

    Attributes
    ----------
    what : str
        What it is.
    remedy : str
        How to come to a file that is taken.
    """

    what: str
    remedy: str


_OLD_CHECKPOINT = Foreign(
    "a checkpoint in the form that PyTorch wrote before its release 1.6",
    "save it anew with PyTorch: torch.save(torch.load(OLD, map_location='cpu'), NEW)",
)
_PICKLE = Foreign("a pickle of Python", "give what 'dp train' left behind, such as model.ckpt.pt")
_POINTER = Foreign(
    "a pointer of Git LFS, which stands for a file that was not fetched",
    "fetch the file itself: git lfs pull",
)
_PAGE = Foreign("a web page", "download the file itself, not the page about it")
_GZIP = Foreign("compressed by gzip", "unpack it first")

_KNOWN = (
    # the number that such a checkpoint begins with, as a pickle (torch/serialization.py)
    (b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.", _OLD_CHECKPOINT),
    *((bytes([0x80, protocol]), _PICKLE) for protocol in range(2, 6)),
    (b"version https://git-lfs.github.com/", _POINTER),
    (b"<!doctype html", _PAGE),
    (b"<html", _PAGE),
    (b"\x1f\x8b", _GZIP),
)
_LONGEST = max(len(begins) for begins, _ in _KNOWN)


def foreign(head: bytes) -> Foreign | None:
    """Tell what a file is that begins so, if it is one of those known here."""
    start = head.lstrip(b" \r\n\t")[:_LONGEST].lower()
    return next((kind for begins, kind in _KNOWN if start.startswith(begins.lower())), None)
