"""The sandbox's page: the boards as a monday user sees them, the Dynamics records beside them."""

from __future__ import annotations

from sandbox.page.app import create_app

__all__ = ["create_app"]
