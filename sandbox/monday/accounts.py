"""Who may call: accounts, their users, and the tokens that speak for a user."""

from __future__ import annotations

from dataclasses import dataclass, field

SIGNING_SECRET = "signing-secret"  # noqa: S105 - guards nothing but the sandbox
PERSON_ID = 77  # who edits on the page and through the control API


@dataclass(frozen=True)
class User:
    """A monday user. ``utc_offset_hours`` is the profile's time zone: dates with a time are read in it."""

    id: int
    account_id: int
    name: str
    email: str
    title: str
    utc_offset_hours: int = 2
    time_zone: str = "Africa/Johannesburg"
    status: str = "ACTIVE"


@dataclass
class Account:
    """A tenant. ``tier`` decides the plan's limits."""

    id: int
    name: str
    slug: str
    tier: str = "pro"
    users: dict[int, User] = field(default_factory=dict)


@dataclass(frozen=True)
class Viewer:
    """The token of one call: whose it is, and through which app (None: a personal token)."""

    token: str
    account: Account
    user: User
    app_id: str | None = None
    signing_secret: str = ""

    @property
    def meter(self) -> str:
        """Return what calls are counted under: monday measures "per account, per app"."""
        return f"{self.account.id}/{self.app_id or 'personal'}"


class Accounts:
    """The two accounts of the sandbox and the tokens that open them."""

    def __init__(self) -> None:
        contoso = Account(25, "Contoso Finance", "contoso-finance")
        fabrikam = Account(26, "Fabrikam Trading", "fabrikam-trading")
        for account, people in (
            (
                contoso,
                (
                    (67, "Integration", "Integration"),
                    (77, "Maya Lindqvist", "Accounts Payable Lead"),
                    (78, "Tomás Herrera", "Buyer"),
                    (79, "Aiko Tanaka", "Controller"),
                    (80, "Rosa Ek", "Former Buyer"),
                ),
            ),
            (fabrikam, ((68, "Integration", "Integration"), (88, "Nadia Osei", "Finance Manager"))),
        ):
            for user_id, name, title in people:
                address = f"{name.split()[0].lower()}@{account.slug}.example"
                status = "INACTIVE" if title.startswith("Former") else "ACTIVE"
                account.users[user_id] = User(user_id, account.id, name, address, title, status=status)
        self.by_id = {account.id: account for account in (contoso, fabrikam)}
        self.default = contoso
        self._viewers = {
            viewer.token: viewer
            for viewer in (
                Viewer("monday-token", contoso, contoso.users[67]),
                Viewer("monday-app-token", contoso, contoso.users[67], "app-1", SIGNING_SECRET),
                Viewer("monday-token-2", fabrikam, fabrikam.users[68]),
            )
        }

    def viewer(self, authorization: str) -> Viewer | None:
        """Return who a raw ``Authorization`` header speaks for; None when nobody.

        A "Bearer " prefix opens nothing: the documentation and monday's own SDKs send the token raw.
        """
        return self._viewers.get(authorization)

    def user(self, user_id: int) -> User | None:
        """Return a user of any account."""
        return next((a.users[user_id] for a in self.by_id.values() if user_id in a.users), None)
