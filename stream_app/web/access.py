"""Who may do what: a role is shown by its token, as `Authorization: Bearer …`.

There are no cookies, so that no other site can act in somebody's name: a browser adds a bearer token to nothing by
itself. That a request which writes comes from this page is asked nevertheless.
"""

import hmac
from dataclasses import dataclass
from hashlib import sha256
from typing import Literal
from urllib.parse import urlsplit

from fastapi import Request
from pydantic import SecretStr

from stream_app.web.problem import ProblemError

Role = Literal["viewer", "listener", "engineer"]

_BEARER = "bearer "
_ENGINEER = "STREAM_APP_WEB__ENGINEER_TOKEN"
_LISTENER = "STREAM_APP_AUDIO__CLIP_TOKEN"
_OWN_SITE = {"same-origin", "none"}


@dataclass(frozen=True, slots=True)
class Access:
    """The tokens of the roles: without an engineer's nobody writes, without a listener's everybody hears clips."""

    engineer: SecretStr | None = None
    listener: SecretStr | None = None

    def role(self, authorization: str | None) -> Role:
        """Return the role that an Authorization header shows; an engineer may do what a listener may."""
        if _shows(authorization, self.engineer):
            return "engineer"
        return "listener" if self.listener is None or _shows(authorization, self.listener) else "viewer"

    def ask_to_hear(self, authorization: str | None) -> None:
        """Raise a problem unless the header shows who may hear clips."""
        if self.role(authorization) == "viewer":
            raise ProblemError(
                401,
                "Clips are not for everybody",
                f"the token that {_LISTENER} names was not given",
                "send it as `Authorization: Bearer …`",
                {"WWW-Authenticate": "Bearer"},
            )

    def ask_to_write(self, request: Request) -> None:
        """Raise a problem unless a request of this page shows an engineer."""
        if self.engineer is None:
            raise ProblemError(
                403,
                "Nothing can be changed from here",
                "no token of role engineer is configured",
                f"set {_ENGINEER} or {_ENGINEER}_FILE for the role web, or decide by `stream-app models promote`",
            )
        _ask_for_own_site(request)
        if self.role(request.headers.get("authorization")) != "engineer":
            raise ProblemError(
                401,
                "This is for engineers",
                f"the token that {_ENGINEER} names was not given",
                "send it as `Authorization: Bearer …`",
                {"WWW-Authenticate": "Bearer"},
            )


def _shows(authorization: str | None, token: SecretStr | None) -> bool:
    """Compare in a time that tells neither the length nor the beginning of the token."""
    if token is None or authorization is None or authorization[: len(_BEARER)].lower() != _BEARER:
        return False
    told, wanted = authorization[len(_BEARER) :], token.get_secret_value()
    return hmac.compare_digest(sha256(told.encode()).digest(), sha256(wanted.encode()).digest())


def _ask_for_own_site(request: Request) -> None:
    """Browsers tell where a request comes from; other programs do not, and need the token all the same."""
    origin, site = request.headers.get("origin"), request.headers.get("sec-fetch-site")
    foreign = origin is not None and urlsplit(origin).netloc != request.headers.get("host")
    if foreign or (site is not None and site not in _OWN_SITE):
        why = f"the request came from {origin or site!r}"
        raise ProblemError(403, "Another site may not change anything", why, "open the page itself")
