"""The API's kinds as typed dataclasses (`docs/python.md`). What a client edits can change, what it only reads can't."""

from __future__ import annotations

import dataclasses
from typing import Any, Dict, Generic, List, Optional, TypeVar, Union

from .shape import OWN, SERVER, SINGLE, UNSET, ZERO, Empty, Model

__all__ = [
    "AdapterCapability", "AdapterFeature", "BatchAnswer", "BatchResult", "Capacity", "DeploymentManager", "Features",
    "InvalidParam", "InventoryObject", "Model", "Notification", "OCloudInfrastructure", "Page", "Problem", "Resource",
    "ResourcePool", "ResourceType", "Security", "SecurityHeaders", "Subscription", "SubscriptionFilter",
    "SubscriptionStatus", "Tenant", "TenantQuota",
]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Capacity(Model):
    """What a deployment manager's O-Cloud has, and what is left of it."""

    total_cpu: Optional[float] = None
    """Cores."""
    total_memory_mb: Optional[float] = None
    total_storage_gb: Optional[float] = None
    available_cpu: Optional[float] = None
    """Cores."""
    available_memory_mb: Optional[float] = None
    available_storage_gb: Optional[float] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DeploymentManager(Model):
    """Who runs workloads: a cluster."""

    deployment_manager_id: str = UNSET
    name: str = UNSET
    description: Optional[str] = None
    o_cloud_id: str = UNSET
    service_uri: str = UNSET
    supported_locations: Optional[List[str]] = None
    capabilities: Optional[List[str]] = None
    capacity: Optional[Capacity] = None
    extensions: Optional[Dict[str, Any]] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)


@dataclasses.dataclass(slots=True, kw_only=True, repr=False)
class ResourcePool(Model):
    """A group of resources. A new one needs its name alone."""

    resource_pool_id: str = UNSET
    name: str = UNSET
    description: Optional[str] = None
    location: Optional[str] = None
    o_cloud_id: str = UNSET
    global_location_id: Optional[str] = None
    """A geo URI (RFC 5870)."""
    created_at: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    updated_at: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    tenant_id: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    shared: Optional[bool] = None
    extensions: Optional[Dict[str, Any]] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)


@dataclasses.dataclass(slots=True, kw_only=True, repr=False)
class Resource(Model):
    """A node, a volume. A new one needs its type and its pool, which both must be there."""

    resource_id: str = UNSET
    resource_type_id: str = UNSET
    resource_pool_id: str = UNSET
    global_asset_id: Optional[str] = None
    """Begins with ``urn:``."""
    description: Optional[str] = None
    created_at: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    updated_at: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    tenant_id: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    shared: Optional[bool] = None
    extensions: Optional[Dict[str, Any]] = None
    """``labels`` in it is a string by name, for every backend."""
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ResourceType(Model):
    """A shape of resources."""

    resource_type_id: str = UNSET
    name: str = UNSET
    description: Optional[str] = None
    vendor: Optional[str] = None
    model: Optional[str] = None
    version: Optional[str] = None
    resource_class: Optional[str] = None
    """compute, storage or network."""
    resource_kind: Optional[str] = None
    """physical, virtual or logical."""
    extensions: Optional[Dict[str, Any]] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OCloudSite(Model):
    """A site of the O-Cloud, as an adapter tells of it; lists of it are the O-RAN family's alone."""

    o_cloud_site_id: str = UNSET
    global_location_id: str = UNSET
    name: str = UNSET
    description: str = UNSET
    resource_pools: Optional[List[str]] = None
    extensions: Optional[Dict[str, Any]] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Location(Model):
    """A place that sites are at; it has one of coordinate, civic address and address."""

    global_location_id: str = UNSET
    name: str = UNSET
    description: str = UNSET
    o_cloud_site_ids: Optional[List[str]] = None
    coordinate: Optional[Dict[str, Any]] = None
    """A GeoJSON Point (RFC 7946)."""
    civic_address: Optional[List[Dict[str, Any]]] = None
    """Of {caType, caValue} (RFC 4776)."""
    address: Optional[str] = None
    extensions: Optional[Dict[str, Any]] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class OCloudInfrastructure(Model):
    """The O-Cloud itself."""

    o_cloud_id: str = UNSET
    global_cloud_id: Optional[str] = None
    name: str = UNSET
    description: Optional[str] = None
    service_uri: str = UNSET
    extensions: Optional[Dict[str, Any]] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(slots=True, kw_only=True, repr=False)
class SubscriptionFilter(Model):
    """What a subscription reports: it names by inclusion; an absent member names everything."""

    resource_pool_id: Optional[List[str]] = dataclasses.field(default=None, metadata=SINGLE)
    resource_type_id: Optional[List[str]] = dataclasses.field(default=None, metadata=SINGLE)
    resource_id: Optional[List[str]] = dataclasses.field(default=None, metadata=SINGLE)
    labels: Optional[Dict[str, Any]] = None
    """All of them must match."""
    expression: Optional[str] = None
    """A filter in the O-RAN grammar."""
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SubscriptionStatus(Model):
    """How delivery goes."""

    state: str = UNSET
    """active, suspended or lagging."""
    last_success_at: Optional[str] = None
    last_failure_at: Optional[str] = None
    last_error: Optional[str] = None
    consecutive_failures: int = ZERO
    pending: int = ZERO
    dead_letters: int = ZERO
    lag_revisions: int = ZERO
    """How far its place is behind the log's end, while something waits."""
    lag_seconds: Optional[float] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SecurityHeaders(Model):
    """The names of the headers that a receiver verifies."""

    signature: str = UNSET
    timestamp: str = UNSET
    event_type: str = UNSET
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Security(Model):
    """How notifications are signed (`docs/webhooks.md`). Only the answer to a creation has it."""

    type: str = UNSET
    secret: str = dataclasses.field(default=UNSET, repr=False)
    """Its text is the key: not to be decoded."""
    headers: Optional[SecurityHeaders] = None
    algorithm: str = UNSET
    encoding: str = UNSET
    payload_format: str = UNSET
    timestamp_tolerance: int = ZERO
    """Seconds."""
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(slots=True, kw_only=True, repr=False)
class Subscription(Model):
    """Who is told what. A new one needs its callback alone."""

    subscription_id: str = UNSET
    callback: str = UNSET
    consumer_subscription_id: Optional[str] = None
    filter: Optional[SubscriptionFilter] = None
    event_types: Optional[List[str]] = None
    """Absent: the API version's own."""
    from_revision: Optional[str] = None
    """What came after this ("epoch.revision", an ETag without its quotes) is told too."""
    status: Optional[SubscriptionStatus] = dataclasses.field(default=None, metadata=SERVER)
    created_at: str = dataclasses.field(default=UNSET, metadata=SERVER)
    updated_at: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    tenant_id: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    security: Optional[Security] = dataclasses.field(default=None, metadata=SERVER)
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DeadLetter(Model):
    """A notification that was given up."""

    notification_id: str = UNSET
    sequence: int = ZERO
    event_type: str = UNSET
    status: Optional[int] = None
    """What the callback answered; None where it was not asked."""
    reason: str = UNSET
    attempts: int = ZERO
    failed_at: str = UNSET
    notification: Optional[Dict[str, Any]] = None
    """The body, as it was sent."""
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(slots=True, kw_only=True, repr=False)
class TenantQuota(Model):
    """The most that a tenant may have."""

    max_subscriptions: Optional[int] = None
    max_resource_pools: Optional[int] = None
    max_resources: Optional[int] = None
    max_deployments: Optional[int] = None
    max_users: Optional[int] = None
    max_requests_per_minute: Optional[int] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)


@dataclasses.dataclass(slots=True, kw_only=True, repr=False)
class Tenant(Model):
    """Whose objects they are (v3)."""

    tenant_id: str = UNSET
    name: str = UNSET
    description: Optional[str] = None
    status: str = UNSET
    """active, suspended or pending_deletion."""
    contact_email: Optional[str] = None
    metadata: Optional[Dict[str, Any]] = None
    quota: Optional[TenantQuota] = None
    usage: Optional[Dict[str, Any]] = dataclasses.field(default=None, metadata=SERVER)
    created_at: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    updated_at: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)


@dataclasses.dataclass(slots=True, kw_only=True, repr=False)
class User(Model):
    """Who may use a gateway with multi-tenancy, in the tenant that it belongs to."""

    user_id: str = UNSET
    subject: str = UNSET
    """A certificate's DN (RFC 2253), or ``jwt:`` and a token's ``sub``."""
    name: str = UNSET
    email: Optional[str] = None
    roles: Optional[List[str]] = None
    enabled: Optional[bool] = None
    created_at: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    updated_at: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    last_seen_at: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    tenant_id: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)


@dataclasses.dataclass(slots=True, kw_only=True, repr=False)
class Role(Model):
    """Permissions under a name."""

    role_id: str = UNSET
    description: Optional[str] = None
    scope: Optional[str] = None
    """platform or tenant."""
    permissions: Optional[List[str]] = None
    built_in: Optional[bool] = dataclasses.field(default=None, metadata=SERVER)
    created_at: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    updated_at: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    tenant_id: Optional[str] = dataclasses.field(default=None, metadata=SERVER)
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)
    etag: Optional[str] = dataclasses.field(default=None, compare=False, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class InvalidParam(Model):
    """One fault of a request: where, and what is allowed there."""

    name: str = UNSET
    reason: str = UNSET
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Problem(Model):
    """What every error answers (RFC 7807). ``title`` is a stable word, ``detail`` says what to change."""

    type: str = UNSET
    title: str = UNSET
    status: int = ZERO
    detail: str = UNSET
    instance: str = UNSET
    request_id: str = UNSET
    backend_code: Optional[str] = None
    """Of a backend's fault: who must act."""
    invalid_params: List[InvalidParam] = dataclasses.field(default_factory=Empty)
    oldest_revision: Optional[str] = None
    """Of what is ``Gone``: where the log begins."""
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


InventoryObject = Union[DeploymentManager, ResourcePool, Resource, ResourceType]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Notification(Model):
    """What a subscription's callback gets (`docs/webhooks.md`). One of the four objects is there, but for a Resync."""

    notification_id: str = UNSET
    """The same at every repeat."""
    subscription_id: str = UNSET
    consumer_subscription_id: Optional[str] = None
    event_type: str = UNSET
    resource: Optional[Resource] = None
    resource_pool: Optional[ResourcePool] = None
    resource_type: Optional[ResourceType] = None
    deployment_manager: Optional[DeploymentManager] = None
    prior_state: Optional[Dict[str, Any]] = None
    sequence: int = ZERO
    """1, 2, 3, ... for each subscription."""
    timestamp: str = UNSET
    """RFC 3339, of the commit."""
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)

    @property
    def object(self) -> Optional[InventoryObject]:
        """The object after the change; of a deletion its last state."""
        return self.resource or self.resource_pool or self.resource_type or self.deployment_manager

    @property
    def prior(self) -> Optional[InventoryObject]:
        """The object before the change; None for a creation."""
        if self.object is None or self.prior_state is None:
            return None
        return type(self.object).from_json(self.prior_state)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AdapterCapability(Model):
    """One thing that an adapter can do to one kind: operation is create, update or delete."""

    kind: str = UNSET
    operation: str = UNSET
    condition: Optional[str] = None
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AdapterFeature(Model):
    """One adapter of the gateway."""

    name: str = UNSET
    type: str = UNSET
    mode: str = UNSET
    """manage or observe."""
    status: str = UNSET
    """ok, starting or failed."""
    version: Optional[str] = None
    last_contact: Optional[str] = None
    error: Optional[str] = None
    capabilities: List[AdapterCapability] = dataclasses.field(default_factory=Empty)
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Features(Model):
    """What the gateway can do."""

    version: str = UNSET
    api_versions: List[str] = dataclasses.field(default_factory=Empty)
    kinds: List[str] = dataclasses.field(default_factory=Empty)
    queries: List[str] = dataclasses.field(default_factory=Empty)
    notifications: Optional[Dict[str, Any]] = None
    adapters: List[AdapterFeature] = dataclasses.field(default_factory=Empty)
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BatchResult(Model):
    """What became of one entry of a batch."""

    index: int = ZERO
    id: Optional[str] = None
    status: int = ZERO
    success: bool = False
    body: Optional[Dict[str, Any]] = dataclasses.field(default=None, repr=False)  # a subscription's has its secret
    problem: Optional[Problem] = None
    rolled_back: Optional[bool] = None
    """Of an atomic batch that failed, what had been done: whether it is undone."""
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class BatchAnswer(Model):
    """What became of a batch, entry by entry."""

    results: List[BatchResult] = dataclasses.field(default_factory=Empty)
    success_count: int = ZERO
    failure_count: int = ZERO
    unknown: Dict[str, Any] = dataclasses.field(default_factory=dict, metadata=OWN)

    @property
    def failures(self) -> List[BatchResult]:
        return [result for result in self.results if not result.success]


T = TypeVar("T")


@dataclasses.dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page of a list. ``total`` counts what the filter matches, before paging."""

    items: List[T]
    total: int
    next_cursor: Optional[str] = None
    """Absent on the last page."""
    etag: Optional[str] = None
    explain: Optional[Dict[str, Any]] = None
    """How it was answered, where ``explain`` asked for it."""
