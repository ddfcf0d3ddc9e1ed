"""A first module file for data that has a schema, ready to train and to edit.

* :mod:`trainwright.starter.plan` decides what to do with each column,
* :mod:`trainwright.starter.render` writes that down with the templates beside it.
"""

from trainwright.starter.plan import ModulePlan, plan_module
from trainwright.starter.render import STYLES, render_module

__all__ = ["STYLES", "ModulePlan", "plan_module", "render_module"]
