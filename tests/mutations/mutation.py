"""One safeguard taken out: exact words of the source that are replaced, and the tests that are to notice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


class DoesNotApply(Exception):
    """The source has changed, so that the mutation says nothing any more: write it anew."""


@dataclass(frozen=True)
class Edit:
    """`old` stands in the file exactly once and becomes `new`."""

    path: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutation:
    """`without` names what is taken out; `tests` are named as pytest names them; one of them has to fail."""

    without: str
    edits: tuple[Edit, ...]
    tests: tuple[str, ...]
    variables: Mapping[str, str] = field(default_factory=dict)

    def apply(self, root: Path) -> dict[Path, str]:
        """Change the files below `root`; answers what they said before. Raises DoesNotApply, and then changes none."""
        before: dict[Path, str] = {}
        after: dict[Path, str] = {}
        for edit in self.edits:
            path = root / edit.path
            text = after.get(path) or path.read_text()
            if text.count(edit.old) != 1:
                raise DoesNotApply(
                    f"{self.without}: {edit.path} says {text.count(edit.old)} times {edit.old.strip()!r}"
                )
            before.setdefault(path, text)
            after[path] = text.replace(edit.old, edit.new)
        for path, text in after.items():
            path.write_text(text)
        return before
