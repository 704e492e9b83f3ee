"""The small JSON metadata service: /metadata/DataEntities, /PublicEntities, /PublicEnumerations."""

from __future__ import annotations

import re
from typing import Any

from sandbox.dynamics.errors import NotFound
from sandbox.dynamics.model import NAMESPACE, EntitySet, Field, entity_sets, enums

_ONE = re.compile(r"(\w+)\('(\w+)'\)")
_DATA_TYPES = {"Decimal": "Real", "DateTime": "UtcDateTime"}


def answer(path: str, base: str) -> dict[str, Any]:
    """Answer a path below /metadata/; raises NotFound.

    Args:
        path: what follows /metadata/, decoded.
        base: the address of /metadata, for @odata.context.
    """
    context = f"{base}/$metadata"
    if path == "DataEntities":
        rows = [_data_entity(found) for found in entity_sets().values()]
        return {"@odata.context": f"{context}#DataEntities", "value": rows}
    if path == "PublicEntities":
        rows = [public_entity(found) for found in entity_sets().values()]
        return {"@odata.context": f"{context}#PublicEntities", "value": rows}
    match = _ONE.fullmatch(path)
    if match is not None and match[1] == "PublicEntities":
        for found in entity_sets().values():
            if found.entity == match[2]:
                return {"@odata.context": f"{context}#PublicEntities/$entity", **public_entity(found)}
    if match is not None and match[1] == "PublicEnumerations" and match[2] in enums():
        members = [{"Name": name, "Value": value} for name, value in enums()[match[2]].items()]
        return {
            "@odata.context": f"{context}#PublicEnumerations/$entity",
            "Name": match[2],
            "Members": members,
        }
    raise NotFound(f"No HTTP resource was found that matches the request URI '/metadata/{path}'.")


def public_entity(entity_set: EntitySet) -> dict[str, Any]:
    """Describe one entity with its properties."""
    return {
        "Name": entity_set.entity,
        "EntitySetName": entity_set.name,
        "LabelId": entity_set.label,
        "IsReadOnly": entity_set.read_only,
        "ConfigurationEnabled": True,
        "Properties": [_property(entity_set, field) for field in entity_set.fields],
        "NavigationProperties": [],
        "PropertyGroups": [],
        "Actions": [],
    }


def _data_entity(entity_set: EntitySet) -> dict[str, Any]:
    return {
        "Name": entity_set.entity if entity_set.entity.endswith("Entity") else f"{entity_set.entity}Entity",
        "PublicEntityName": entity_set.entity,
        "PublicCollectionName": entity_set.name,
        "LabelId": entity_set.label,
        "DataServiceEnabled": True,
        "DataManagementEnabled": not entity_set.read_only,
        "EntityCategory": "Transaction" if entity_set.by_company else "Reference",
        "IsReadOnly": entity_set.read_only,
    }


def _property(entity_set: EntitySet, field: Field) -> dict[str, Any]:
    editable = not (entity_set.read_only or field.read_only)
    return {
        "Name": field.name,
        "TypeName": f"{NAMESPACE}.{field.enum}" if field.enum else field.edm_type,
        "DataType": _DATA_TYPES.get(field.kind, field.kind),
        "LabelId": None,
        "IsKey": field.key,
        "IsMandatory": field.key,
        "ConfigurationEnabled": True,
        "AllowEdit": editable and not field.key,
        "AllowEditOnCreate": editable,
        "IsDimension": field.name.endswith("DimensionDisplayValue"),
        "DimensionRelation": None,
        "IsDynamicDimension": False,
        "DimensionLegalEntityProperty": None,
        "DimensionTypeProperty": None,
    }
