"""The dictionaries of alarms and measurements, as adapters tell of them; lists of them are the O-RAN family's alone."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, List, Optional

from .shape import OWN, UNSET, Model

__all__ = ["AlarmDefinition", "AlarmDictionary", "PerformanceDictionary", "PerformanceMeasurement", "ProbableCause",
           "StandardReference"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AlarmDefinition(Model):
    """One alarm of a dictionary."""

    alarm_definition_id: str = UNSET
    alarm_name: str = UNSET
    alarm_last_change: str = UNSET
    """The dictionary's version in which it changed last."""
    alarm_change_type: str = UNSET
    """ADDED, DELETED or MODIFIED."""
    alarm_description: str = UNSET
    proposed_repair_actions: str = UNSET
    clearing_type: str = UNSET
    """AUTOMATIC or MANUAL."""
    management_interface_id: Optional[List[str]] = None
    pk_notification_field: Optional[List[str]] = None
    alarm_additional_fields: Optional[Dict[str, Any]] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StandardReference(Model):
    """Where a standards body defines a probable cause."""

    standard_definition_organization: str = UNSET
    standard_specification: str = UNSET
    version_or_release: str = UNSET
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ProbableCause(Model):
    """What an alarm may come from."""

    probable_cause_code: str = UNSET
    probable_cause_description: str = UNSET
    standard_reference: Optional[StandardReference] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AlarmDictionary(Model):
    """The alarms that resources of a type can raise: the type names it in its ``extensions`` by
    ``alarmDictionaryId``."""

    alarm_dictionary_id: str = UNSET
    alarm_dictionary_version: str = UNSET
    alarm_dictionary_schema_version: str = UNSET
    entity_type: str = UNSET
    vendor: str = UNSET
    management_interface_id: Optional[List[str]] = None
    """Absent: ["O2IMS"]."""
    pk_notification_field: Optional[List[str]] = None
    """Absent: ["alarmDefinitionId"]."""
    alarm_definition: Optional[List[AlarmDefinition]] = None
    probable_causes: Optional[List[ProbableCause]] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PerformanceMeasurement(Model):
    """One measurement of a dictionary (PerformanceMeasurementDefinition)."""

    performance_measurement_definition_id: str = UNSET
    performance_measurement_id: str = UNSET
    standard_reference: str = UNSET
    supported_interfaces: Optional[str] = None
    extensions: Optional[Dict[str, Any]] = None
    measurement_definition: Optional[Dict[str, Any]] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PerformanceDictionary(Model):
    """What can be measured of resources of a type: the type names it in its ``extensions`` by
    ``performanceDictionaryId``."""

    performance_dictionary_id: str = UNSET
    performance_dictionary_version: str = UNSET
    performance_dictionary_schema_version: str = UNSET
    vendor_software_product: str = UNSET
    supported_interfaces: str = UNSET
    """Absent: "O2IMS"."""
    supported_measurements: Optional[List[PerformanceMeasurement]] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)
