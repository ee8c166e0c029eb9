"""A real OpenID provider (zitadel/oidc, a Go module) for tests. Standard library only.

    with oidc.Provider(audience="netweave") as provider:
        provider.issuer, provider.jwks_uri
        provider.set_claims({"tenant": "blue", "roles": ["viewer"]})
        provider.token()                     # a JWT access token, by client credentials
        provider.new_key("ES256")            # or RS256 (which it begins with), EdDSA; drop=True withdraws the others

It listens on 127.0.0.1 on a free port, over HTTP. Methods block.
"""

import base64
import json
import subprocess
import urllib.parse
import urllib.request

import build

CLIENT, SECRET = "smo", "a secret of the tests"


class Provider:
    def __init__(self, audience: str = "netweave"):
        self._audience = audience
        self._process = None
        self.issuer = ""

    def __enter__(self) -> "Provider":
        self._process = subprocess.Popen([build.build("oidc"), "127.0.0.1:0", CLIENT, SECRET, self._audience],
                                         stdout=subprocess.PIPE, text=True)
        self.issuer = self._process.stdout.readline().strip()
        if not self.issuer:
            raise RuntimeError("the OpenID provider ended before it listened")
        return self

    def __exit__(self, *_) -> None:
        self._process.terminate()
        self._process.wait()
        self._process.stdout.close()

    @property
    def jwks_uri(self) -> str:
        return json.loads(self._call("/.well-known/openid-configuration"))["jwks_uri"]

    def token(self) -> str:
        basic = base64.b64encode(f"{CLIENT}:{urllib.parse.quote(SECRET)}".encode()).decode()
        body = urllib.parse.urlencode({"grant_type": "client_credentials", "scope": "openid"}).encode()
        return json.loads(self._call("/oauth/token", body, {"Authorization": "Basic " + basic}))["access_token"]

    def set_claims(self, claims: dict) -> None:
        self._call("/test/claims", json.dumps(claims).encode())

    def new_key(self, alg: str, drop: bool = False) -> None:
        self._call(f"/test/keys?alg={alg}" + ("&drop=1" if drop else ""), b"")

    def _call(self, path: str, body: bytes | None = None, headers: dict | None = None) -> bytes:
        request = urllib.request.Request(self.issuer + path, data=body, headers=headers or {})
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()
