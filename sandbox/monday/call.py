"""What the resolvers of one call know: who asks, which version answers, what it costs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import GraphQLResolveInfo

from sandbox.monday.accounts import Viewer
from sandbox.monday.store import Store

if TYPE_CHECKING:
    from sandbox.monday.world import MondayWorld


@dataclass
class Call:
    """One executed GraphQL call; the ``context`` of every resolver."""

    world: MondayWorld
    viewer: Viewer
    version: str
    cost: int = 1
    complexity_left: int = 0  # after this call
    complexity_reset_s: int = 60
    columns_blocked: bool = False  # the fault "columns_null"

    @property
    def store(self) -> Store:
        """Return monday's memory."""
        return self.world.store


Info = GraphQLResolveInfo[Call]  # what graphql-core hands to every resolver
