"""`Record`: typing's NamedTuple, for less.

A command that shows the status takes as long as its imports. NamedTuple needs `typing` and
`collections`, and compiles a constructor for each class: a fifth of the time of `status`, for
classes most of which make no instance. So type checkers see NamedTuple itself, and at run time
there is the class below, which behaves like it and is made in microseconds.

A module that has a Record needs `from __future__ import annotations`: its fields' types are then
texts, which cost nothing and may name what only type checkers import.
"""

from __future__ import annotations

__all__ = ["Record"]  # type checkers take an import under another name for private otherwise

TYPE_CHECKING = False  # what `typing` has under that name, without importing it
if TYPE_CHECKING:
    from typing import NamedTuple as Record
else:
    from _collections import _tuplegetter as _field  # how named tuples get a field, in C

    class _Fields(type):
        """Makes a class from its annotations: a field for each, with its default if it has one."""

        def __new__(mcs, name, bases, content):
            if bases[0].__base__ is tuple:  # a class of the user's, and not Record itself
                fields = tuple(content["__annotations__"])
                defaults = {one: content[one] for one in fields if one in content}
                content["_fields"] = content["__match_args__"] = fields
                content["_field_defaults"] = defaults
                content.update((one, _field(n, "")) for n, one in enumerate(fields))
            content.setdefault("__slots__", ())
            return super().__new__(mcs, name, bases, content)

    class Record(tuple, metaclass=_Fields):
        """A tuple whose items have names."""

        _fields = ()

        def __new__(cls, *values, **named):
            if named or len(values) != len(cls._fields):
                values = _complete(cls, values, named)
            return _new(cls, values)

        @classmethod
        def _make(cls, values):
            made = _new(cls, values)
            if len(made) != len(cls._fields):
                raise TypeError(f"Expected {len(cls._fields)} arguments, got {len(made)}")
            return made

        def _replace(self, **changes):
            made = self._make(map(changes.pop, self._fields, self))
            if changes:
                raise ValueError(f"Got unexpected field names: {list(changes)!r}")
            return made

        def _asdict(self):
            return dict(zip(self._fields, self, strict=True))

        def __repr__(self):
            items = zip(self._fields, self, strict=True)
            return f"{type(self).__name__}({', '.join(f'{one}={item!r}' for one, item in items)})"

        def __getnewargs__(self):  # for copies and pickles
            return tuple(self)

    _new = tuple.__new__

    def _complete(cls, values, named):
        """The values of all fields, in order, by those that are given and the defaults. Raises
        TypeError."""
        fields, defaults = cls._fields, cls._field_defaults
        rest = fields[len(values) :]
        if len(values) > len(fields) or not named.keys() <= {*rest}:
            raise TypeError(f"{cls.__name__} has the fields {fields}: too much was given")
        if len(named) != len(rest):
            named = {**defaults, **named} if named else defaults
        try:
            return values + tuple(map(named.__getitem__, rest))
        except KeyError as error:
            raise TypeError(f"{cls.__name__}: {error} is missing") from None
