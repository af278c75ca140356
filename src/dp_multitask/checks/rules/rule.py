# SPDX-License-Identifier: LGPL-3.0-or-later
"""What a rule is, and the table of all rules.

A rule is a function from an `InputView` to findings. Its docstring is what users read: the first
line is the title, the rest says why it matters and what to do; ``dp-multitask explain`` and the
documentation print it as it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from dp_multitask.checks.rules.view import InputView
from dp_multitask.config.model_section import InputKind
from dp_multitask.diagnostics import Finding as Finding
from dp_multitask.diagnostics import Severity
from dp_multitask.errors import RegistrationError
from dp_multitask.records import NamedTuple

RuleFunction = Callable[[InputView], Iterable[Finding]]


class Rule(NamedTuple):
    """A check with a stable code; `kinds` are the kinds of input it looks at."""

    code: str
    severity: Severity
    function: RuleFunction
    kinds: frozenset[InputKind]

    @property
    def name(self) -> str:
        """A short name in words, such as ``unknown-shared-key``."""
        return self.function.__name__.replace("_", "-")

    @property
    def title(self) -> str:
        """One line that says what was found."""
        return self._text[0].rstrip(".")

    @property
    def explanation(self) -> str:
        """Why it matters and what to do, in Markdown."""
        return "\n".join(self._text[2:])

    @property
    def group(self) -> str:
        """The module that the rule lives in, such as ``references``."""
        return self.function.__module__.rpartition(".")[2]

    @property
    def _text(self) -> list[str]:
        from inspect import cleandoc  # slow to import, and wanted by explain alone

        return cleandoc(self.function.__doc__ or self.name).splitlines()


RULES: dict[str, Rule] = {}
"""Code -> rule, in order of definition."""

EVERY: tuple[InputKind, ...] = ("multitask", "single")


def rule(
    code: str, severity: Severity, *kinds: InputKind
) -> Callable[[RuleFunction], RuleFunction]:
    """Add a function to the table of rules; without `kinds` it looks at multitask inputs."""

    def add(function: RuleFunction) -> RuleFunction:
        if code in RULES:
            msg = f"{RULES[code].name} has the code {code} already"
            raise RegistrationError(msg, hint=f"give {function.__name__} a code of its own")
        RULES[code] = Rule(code, severity, function, frozenset(kinds or ("multitask",)))
        return function

    return add
