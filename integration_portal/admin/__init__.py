"""The pages of the admin, of all rooms. Importing this package registers them; nothing else of the portal imports it."""

from integration_portal.admin import activity, boards, connections, event_rules, mappings, people, trail

__all__ = ["activity", "boards", "connections", "event_rules", "mappings", "people", "trail"]
