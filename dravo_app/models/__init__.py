"""Memory: one table per file; no queries, no network. Importing this package registers every table."""

from dravo_app.models.account import Account, Health
from dravo_app.models.account_gate import AccountGate
from dravo_app.models.api_key import ApiKey
from dravo_app.models.attempt import Attempt, AttemptKind, AttemptResult
from dravo_app.models.delivery import Delivery, DeliveryState
from dravo_app.models.environment import Environment
from dravo_app.models.event import Event
from dravo_app.models.idempotency_record import IdempotencyRecord
from dravo_app.models.lease import Lease
from dravo_app.models.login_session import LoginSession
from dravo_app.models.membership import Membership, Role
from dravo_app.models.network_gate import GateReason, NetworkGate
from dravo_app.models.publish_job import NETWORK_BITS, JobStatus, PublishJob, bits_of
from dravo_app.models.user import User
from dravo_app.models.watermark import Watermark
from dravo_app.models.workspace import Workspace

__all__ = [
    "NETWORK_BITS",
    "Account",
    "AccountGate",
    "ApiKey",
    "Attempt",
    "AttemptKind",
    "AttemptResult",
    "Delivery",
    "DeliveryState",
    "Environment",
    "Event",
    "GateReason",
    "Health",
    "IdempotencyRecord",
    "JobStatus",
    "Lease",
    "LoginSession",
    "Membership",
    "NetworkGate",
    "PublishJob",
    "Role",
    "User",
    "Watermark",
    "Workspace",
    "bits_of",
]
