"""Demo data: a small company with people, deals in every stage and projects in every state.

`create` makes it by the product's own functions, each step as the person whose job it is, so that
histories, figures and surveys are real. `remove` takes all of it away again.
"""

from sales_crm_pm.setup.demo.remove import remove
from sales_crm_pm.setup.demo.story import create

__all__ = ["create", "remove"]
