"""What a module holds: parameters, buffers and modules, registered under the names of attributes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gradloom.nn.module.hooks import accepted
from gradloom.nn.parameter import Buffer, Parameter
from gradloom.tensor import Tensor

if TYPE_CHECKING:
    from gradloom.nn.module.base import Module

TABLES = ("_parameters", "_buffers", "_modules")


class Registry:
    """Tables of parameters, buffers and modules that look like attributes.

    Values in the tables may be None: the place of an absent one.
    """

    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _non_persistent_buffers_set: set[str]

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter, or None as the place of an absent one."""
        self._check_new_name("parameter", name, "_parameters")
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{typename(param)}' object to parameter '{name}' "
                "(torch.nn.Parameter or None required)"
            )
        if param is not None and param.grad_fn is not None:
            raise ValueError(
                f"Cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created "
                f"explicitly. To express '{name}' as a function of another Tensor, compute the value in the "
                "forward() method."
            )
        self._parameters[name] = accepted("parameter", self, name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that belongs to the state but is not trained, such as a running mean.

        A buffer that is not persistent stays out of `state_dict`.
        """
        self._check_new_name("buffer", name, "_buffers")
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(
                f"cannot assign '{typename(tensor)}' object to buffer '{name}' "
                "(torch Tensor or None required)"
            )
        self._buffers[name] = accepted("buffer", self, name, tensor)
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a child module."""
        if module is not None and not isinstance(module, Registry):
            raise TypeError(f"{typename(module)} is not a Module subclass")
        self._check_new_name("module", name, "_modules")
        self._modules[name] = accepted("module", self, name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """Add a child module: `add_module` under another name."""
        self.add_module(name, module)

    def _check_new_name(self, what: str, name: str, table: str) -> None:
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{what} name should be a string. Got {typename(name)}")
        if hasattr(self, name) and name not in self.__dict__[table]:
            raise KeyError(f"attribute '{name}' already exists")
        if "." in name:
            raise KeyError(f'{what} name can\'t contain "."' + (f", got: {name}" if what == "module" else ""))
        if not name:
            raise KeyError(f'{what} name can\'t be empty string ""')

    def __setattr__(self, name: str, value: Any) -> None:
        held = self.__dict__
        if isinstance(value, Parameter):
            self._take_over(name, "_parameters", "parameters")
            self.register_parameter(name, value)
        elif name in held.get("_parameters", ()):
            self._refuse_unless_none(value, f"as parameter '{name}' (torch.nn.Parameter or None expected)")
            self.register_parameter(name, value)
        elif isinstance(value, Registry):
            self._take_over(name, "_modules", "module")
            self._modules[name] = accepted("module", self, name, value)
        elif name in held.get("_modules", ()):
            self._refuse_unless_none(value, f"as child module '{name}' (torch.nn.Module or None expected)")
            self._modules[name] = accepted("module", self, name, value)
        elif isinstance(value, Buffer) or name in held.get("_buffers", ()):
            self._set_buffer(name, value)
        else:
            object.__setattr__(self, name, value)

    def _set_buffer(self, name: str, value: Any) -> None:
        if not isinstance(value, Tensor):
            expected = "(torch.nn.Buffer, torch.Tensor or None expected)"
            self._refuse_unless_none(value, f"as buffer '{name}' {expected}")
        persistent = (
            value.persistent if isinstance(value, Buffer) else name not in self._non_persistent_buffers_set
        )
        self.register_buffer(name, value, persistent)

    def _take_over(self, name: str, table: str, what: str) -> None:
        """Make room in `table` for `name`, which may so far stand for something else."""
        held = self.__dict__
        if table not in held:
            raise AttributeError(f"cannot assign {what} before Module.__init__() call")
        held.pop(name, None)
        for other in TABLES:
            if other != table:
                held[other].pop(name, None)
        self._non_persistent_buffers_set.discard(name)

    def _refuse_unless_none(self, value: Any, what: str) -> None:
        if value is not None:
            raise TypeError(f"cannot assign '{typename(value)}' {what}")

    def __getattr__(self, name: str) -> Any:
        held = self.__dict__
        # Written out: every use of a weight comes through here.
        if "_parameters" in held:
            if name in (parameters := held["_parameters"]):
                return parameters[name]
            if name in (modules := held["_modules"]):
                return modules[name]
            if name in (buffers := held["_buffers"]):
                return buffers[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")

    def __delattr__(self, name: str) -> None:
        for table in TABLES:
            if name in self.__dict__.get(table, ()):
                del self.__dict__[table][name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        registered = (name for table in TABLES for name in self.__dict__.get(table, {}))
        return sorted(name for name in (*super().__dir__(), *registered) if not name[0].isdigit())


def typename(value: Any) -> str:
    """The name of a value's type as messages have it: `int`, `gradloom.FloatTensor`, `package.Class`."""
    if isinstance(value, Tensor):
        return str(value.type())
    kind = type(value)
    return kind.__name__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__name__}"
