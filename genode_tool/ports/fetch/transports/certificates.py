"""Trusted certificate authorities, and the proxies to use.

The environment decides as it does for curl and pip: `REQUESTS_CA_BUNDLE`, `CURL_CA_BUNDLE`,
`SSL_CERT_FILE`, `SSL_CERT_DIR`, then the system's store; `http_proxy`, `https_proxy`,
`all_proxy`, `no_proxy` in either case.
"""

from __future__ import annotations

import os
import ssl
import time
import urllib.request
from pathlib import Path

from genode_tool.errors import EnvironmentProblem
from genode_tool.ports.fetch.addresses import split_url
from genode_tool.ports.fetch.environment import AUTHORITIES

_FILE = "SSL_CERT_FILE"
_SKIP = "--insecure HOST skips the check (the hash is still checked)"
# Where distributions keep their bundle; for a Python that was built to look elsewhere.
_BUNDLES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


def verifying_context(bundle: str = "") -> ssl.SSLContext:
    """Return a context that verifies, by `bundle` where given instead of the environment's.

    Raises `EnvironmentProblem` for an unusable bundle.
    """
    if bundle:
        return _from_bundle("the configuration", Path(bundle))
    for name in AUTHORITIES:
        if name != _FILE and (named := os.environ.get(name)):
            return _from_bundle(name, Path(named))
    # OpenSSL ignores a missing file; every certificate would then be refused.
    if (named := os.environ.get(_FILE)) and not Path(named).is_file():
        raise EnvironmentProblem(f"{_FILE} names {named}, which is not a file")
    context = ssl.create_default_context()
    if not context.cert_store_stats()["x509_ca"] and not os.environ.get("SSL_CERT_DIR"):
        for place in _BUNDLES:
            if Path(place).is_file():
                context.load_verify_locations(cafile=place)
                break
    return context


def _from_bundle(name: str, bundle: Path) -> ssl.SSLContext:
    try:
        if bundle.is_dir():
            return ssl.create_default_context(capath=bundle)
        return ssl.create_default_context(cafile=bundle)
    except (OSError, ssl.SSLError) as error:
        raise EnvironmentProblem(
            f"{name} names {bundle}, which holds no usable certificates: {error.strerror or error}"
        ) from error


def refused_authority(*variables: str, bundle: str = "") -> str:
    """Return the hint for a certificate by an unknown authority.

    `bundle` or else the first of `variables` that is set decides which authorities are known.
    """
    decides = next((name for name in variables if os.environ.get(name)), "")
    if bundle:
        known = f"the authorities to trust are those in {bundle}, as the configuration has it"
    elif decides:
        known = f"the authorities to trust are those in {os.environ[decides]}, as {decides} has it"
    else:
        known = f"the authorities to trust are the system's; {_FILE}=FILE names others"
    return f"{known}; {_SKIP}"


def refused_certificate(error: ssl.SSLError, bundle: str = "") -> str:
    """Return the hint for a failure of TLS under `verifying_context(bundle)`."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        return "the server may not speak TLS at this port, or only versions too old"
    match error.verify_code:
        case 9 | 10:  # X509_V_ERR_CERT_NOT_YET_VALID, …_HAS_EXPIRED
            now = time.strftime("%Y-%m-%d %H:%M", time.gmtime())
            return (
                f"the server has to renew it, unless the clock here is wrong ({now} UTC); {_SKIP}"
            )
        case 62 | 64:  # X509_V_ERR_HOSTNAME_MISMATCH, …_IP_ADDRESS_MISMATCH
            return f"the certificate is that of another server; {_SKIP}"
        case _:
            return refused_authority(*AUTHORITIES, "SSL_CERT_DIR", bundle=bundle)


def unverified_context() -> ssl.SSLContext:
    """Return a context that accepts any certificate, for hosts named by `--insecure`."""
    context = ssl.create_default_context()
    # In this order: CERT_NONE is refused while host names are checked.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def proxy_for(url: str) -> str:
    """Return the URL of the proxy that the environment sets for `url`, or ""."""
    parts = split_url(url)
    host = parts.hostname or ""
    proxies = urllib.request.getproxies_environment()
    if urllib.request.proxy_bypass(host):
        return ""
    proxy = proxies.get(parts.scheme.lower()) or proxies.get("all") or ""
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
