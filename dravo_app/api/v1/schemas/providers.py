"""What a network can do, as the API shows it."""

from pydantic import Field, JsonValue

from dravo_app.api.v1.schemas.common import Shown
from dravo_app.services.providers import ProviderView


class LimitShown(Shown):
    """A number of the network's, with where it was read and when."""

    value: int
    unit: str
    source: str
    checked_on: str = Field(examples=["2026-11-23"])


class CredentialFieldShown(Shown):
    """A field of `credentials` when an account is connected by hand."""

    name: str
    description: str
    required: bool
    secret: bool


class PictureRuleShown(Shown):
    """What is taken of one kind of picture; larger ones are made to fit."""

    content_types: list[str]
    max_bytes: LimitShown
    max_pixels: LimitShown | None
    max_side: LimitShown | None = Field(description="Of width and height each.")


class MediaRulesShown(Shown):
    """The media of one post."""

    max_count: LimitShown
    images: PictureRuleShown
    animations: PictureRuleShown | None = Field(description="Moving pictures; null where they are not taken.")
    max_animations: int
    max_alt: LimitShown | None = Field(description="How long one description may be.")


class CapabilitiesShown(Shown):
    """What the adapter can do today."""

    text_limits: list[LimitShown]
    counting: str = Field(description="How the network counts a text's length.")
    text_only_allowed: bool
    media: MediaRulesShown | None = Field(description="Null where no media can be sent yet.")
    has_own_limits: bool = Field(
        description="Each server of this network sets its own limits; these are the usual ones."
    )
    credential_fields: list[CredentialFieldShown]
    scopes: list[str]
    needs_server: str | None = Field(description="The credential that names the account's server; required in live.")
    safe_to_repeat: bool = Field(description="The network drops a repeat by our own key.")
    can_look_up: bool = Field(description="After a lost answer, Dravo can see whether the post is there.")
    can_refresh: bool = Field(description="Dravo renews the access by itself.")
    visible_within_seconds: float


class ProviderShown(Shown):
    """One network."""

    provider: str = Field(examples=["x"])
    name: str = Field(examples=["X"])
    connectable: bool = Field(description="Can accounts of it be connected in this environment now?")
    reason: str | None = Field(description="Why not, where it can't.")
    capabilities: CapabilitiesShown | None = Field(description="Null where Dravo has no adapter for it yet.")
    options_schema: dict[str, JsonValue] = Field(description="JSON Schema of `provider_options.<provider>`.")


class ProviderList(Shown):
    """Every network that the API names."""

    items: list[ProviderShown]
    next_cursor: None = None
    total: int

    @classmethod
    def of(cls, views: list[ProviderView]) -> "ProviderList":
        return cls(items=[_shown(view) for view in views], total=len(views))


def _shown(view: ProviderView) -> ProviderShown:
    return ProviderShown(
        provider=view.provider,
        name=view.name,
        connectable=view.is_connectable,
        reason=view.reason,
        capabilities=CapabilitiesShown.model_validate(view.capabilities) if view.capabilities else None,
        options_schema=dict(view.options_schema),
    )
