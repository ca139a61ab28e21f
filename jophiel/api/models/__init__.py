"""What comes in, checked, and what goes out, described, a module a noun; the OpenAPI document is made of these.

What goes out is written by PostgreSQL; the models of answers are there for the document, for the client and for tests,
which hold the one against the other.
"""

# Each by its name, wherever it stands: routes and clients know one set of models.
# ruff: noqa: F403
from jophiel.api.models.admin import *
from jophiel.api.models.boards import *
from jophiel.api.models.common import *
from jophiel.api.models.feeds import *
from jophiel.api.models.interactions import *
from jophiel.api.models.items import *
from jophiel.api.models.patterns import *
from jophiel.api.models.sync import *
from jophiel.api.models.training import *
from jophiel.api.models.users import *
