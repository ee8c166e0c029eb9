"""netweave: an O-RAN O2 gateway inside a Python program, and a client of any."""

from ._netweave import __version__
from .adapter import (Adapter, AdapterInfo, AdapterSettings, CallContext, Capability, Feed, Health, Observed, Pass,
                      Stop)
from .batch import Batch, BatchOf, BatchRolledBackError
from .client import Client
from .dictionaries import (AlarmDefinition, AlarmDictionary, PerformanceDictionary, PerformanceMeasurement,
                           ProbableCause, StandardReference)
from .errors import (BackendError, CancelledError, ConflictError, DeniedError, Error, ExhaustedError, Fault, GoneError,
                     InternalError, InvalidError, MethodNotAllowedError, NotFoundError, PayloadTooLargeError,
                     PreconditionError, QuotaExceededError, RateLimitedError, TimeoutError, UnauthenticatedError,
                     UnavailableError, UnimplementedError, UnprocessableEntityError, UnsupportedMediaTypeError)
from .gateway import Event, EventIterator, Gateway, Pieces
from .kinds import Collection, Listing, Pools, Resources, Subscriptions, Tenants
from .models import (AdapterCapability, AdapterFeature, BatchAnswer, BatchResult, Capacity, DeadLetter,
                     DeploymentManager, Features,
                     InvalidParam, Location, Model, Notification, OCloudInfrastructure, OCloudSite, Page, Problem,
                     Resource, ResourcePool, ResourceType, Role, Security, SecurityHeaders, Subscription, SubscriptionFilter,
                     SubscriptionStatus,
                     Tenant, TenantQuota, User)
from .query import Condition, Conditions, field
from .response import Headers, Response
from .streams import Change, EventStream, Watch
from .transport import Retry

__all__ = [
    "Adapter", "AdapterCapability", "AdapterFeature", "AdapterInfo", "AdapterSettings", "AlarmDefinition",
    "AlarmDictionary", "BackendError", "Batch",
    "BatchAnswer", "BatchOf", "BatchResult", "BatchRolledBackError", "CallContext", "CancelledError", "Capability",
    "Capacity", "Change", "Client", "Collection", "Condition", "Conditions", "ConflictError", "DeadLetter", "DeniedError",
    "DeploymentManager",
    "Error", "Event", "EventIterator", "EventStream", "ExhaustedError", "Fault", "Features", "Feed", "Gateway",
    "GoneError", "Headers",
    "Health", "InternalError", "InvalidError", "InvalidParam", "Listing", "Location", "MethodNotAllowedError", "Model",
    "NotFoundError", "Notification", "OCloudInfrastructure", "OCloudSite", "Observed", "Page", "Pass",
    "PayloadTooLargeError",
    "PerformanceDictionary", "PerformanceMeasurement", "Pieces",
    "Pools", "PreconditionError", "ProbableCause", "Problem", "QuotaExceededError", "RateLimitedError", "Resource", "ResourcePool",
    "ResourceType", "Resources", "Response", "Retry", "Role", "Security", "SecurityHeaders", "StandardReference",
    "Stop", "Subscription",
    "SubscriptionFilter", "SubscriptionStatus", "Subscriptions", "Tenant", "TenantQuota", "Tenants", "TimeoutError",
    "UnauthenticatedError", "UnavailableError", "UnimplementedError", "UnprocessableEntityError",
    "UnsupportedMediaTypeError", "User", "Watch", "__version__", "field",
]
