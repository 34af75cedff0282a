"""Requests to every operation that botocore knows, built and signed by its clients, never sent."""

import collections
import hashlib
import os
import pathlib
import re

import botocore.awsrequest
import botocore.config
import botocore.credentials
import botocore.session

from dummies import dummy

# Three partitions. Which of them an operation is asked in, and by whom, depends on its name alone,
# so that runs are alike, and region and account tell nothing of each other.
REGIONS = ("us-west-2", "eu-central-1", "cn-north-1", "us-gov-west-1", "us-east-1")
KEY_VECTORS = pathlib.Path(__file__).resolve().parents[2] / "data/aws/account_id_vectors.tsv"
KEYS_MAX = 5
SCOPE = re.compile(r"Credential=([^/, ]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
# SigV4A is signed for a set of regions, which stands in a field of its own; `*` is every region.
SIGV4A_SCOPE = re.compile(r"Credential=([^/, ]+)/\d{8}/([^/, ]+)/aws4_request")
SIGV2_KEY = re.compile(r"(?:^|[?&])AWSAccessKeyId=([^&]+)")

# What botocore signed: `service` and `region` of the scope, or what they would be where a request
# has none, and `has_scope` is false; `account` of the key that stands in it, empty where none does.
Built = collections.namedtuple(
    "Built", "protocol model operation service region has_scope account method url fields body"
)


class Caught(Exception):
    """Thrown where botocore would send."""


class BearerToken:
    """What services with bearer tokens are signed with."""

    token = "opaque"

    def get_frozen_token(self):
        return self


def accounts_by_key():
    """Key ids whose accounts are published (not computed here), of as many accounts."""
    accounts = {}
    for line in KEY_VECTORS.read_text(encoding="utf-8").splitlines():
        key, account = (line.split("\t") + [""])[:2]
        if re.match(r"A[KS]IA~", key) and re.fullmatch(r"\d{12}", account):
            if account not in accounts.values() and len(accounts) < KEYS_MAX:
                accounts[key.replace("~", "")] = account
    return accounts


ACCOUNTS = accounts_by_key()


def chosen(choices, *words):
    """One of them, by the words alone."""
    digest = hashlib.sha256("\0".join(words).encode()).digest()
    return choices[int.from_bytes(digest[:4], "big") % len(choices)]


def credentials_of(key):
    # No session token: its own account would be one more witness than the key.
    return botocore.credentials.Credentials(key, "x" * 40)


class Clients:
    """The clients of one service, each made once."""

    def __init__(self, session, service):
        self.session = session
        self.service = service
        self.clients = {}

    def of(self, region):
        if region not in self.clients:
            config = botocore.config.Config(
                parameter_validation=False, retries={"max_attempts": 0}, inject_host_prefix=True
            )
            self.clients[region] = self.session.create_client(
                self.service, region_name=region, config=config,
                aws_access_key_id=next(iter(ACCOUNTS)), aws_secret_access_key="x" * 40,
            )
        return self.clients[region]


class Catch:
    """Listens to a client for one call, and keeps what would be sent."""

    def __init__(self, client, operation):
        self.client = client
        self.operation = operation
        self.events = client.meta.events
        self.request = None
        self.signing = {}

    def __enter__(self):
        self.events.register_first("before-call", self.before_call)
        self.events.register_first("before-send", self.before_send)
        return self

    def __exit__(self, *_):
        self.events.unregister("before-call", self.before_call)
        self.events.unregister("before-send", self.before_send)

    def before_call(self, model, params, request_signer, **_):
        if model.name != self.operation:  # timestream asks first which endpoint to call
            host = re.sub(r"^https?://", "", self.client.meta.endpoint_url)
            endpoints = [{"Address": host, "CachePeriodInMinutes": 1}]
            return botocore.awsrequest.AWSResponse("", 200, {}, None), {"Endpoints": endpoints}
        signing = params["context"].get("signing") or {}
        self.signing = {
            "service": signing.get("signing_name") or request_signer.signing_name,
            "region": signing.get("region") or request_signer.region_name,
        }
        return None

    def before_send(self, request, **_):
        self.request = request
        raise Caught()


def catch(client, operation, parameters, key):
    # A client has no public way to its credentials, nor to an operation by AWS's name for it.
    signer = client._request_signer
    signer._credentials = credentials_of(key)
    signer._auth_token = BearerToken()
    with Catch(client, operation) as caught:
        try:
            client._make_api_call(operation, parameters)
        except Caught:
            pass
        return caught


def fields_of(request):
    for name, value in request.headers.items():
        value = value.decode() if isinstance(value, bytes) else str(value)
        yield [name, re.sub(r"[\t\r\n]", " ", value).strip(" ")]


def body_of(request):
    body = request.body or b""
    body = body.read() if hasattr(body, "read") else body
    return body.encode() if isinstance(body, str) else bytes(body)


def protocol_of(model):
    return getattr(model, "resolved_protocol", None) or model.metadata["protocol"]


def built(client, operation, is_full):
    """The request of an operation; throws what botocore throws where it cannot build it."""
    model = client.meta.service_model
    shape = operation.input_shape
    key = chosen(list(ACCOUNTS), "key", model.service_name, operation.name)
    caught = catch(client, operation.name, dummy(shape, is_full) if shape else {}, key)
    request, body = caught.request, body_of(caught.request)
    fields = list(fields_of(request))
    service, region = caught.signing["service"], caught.signing["region"]
    signed_by, has_scope = "", False
    for text in [value for name, value in fields if name.lower() == "authorization"]:
        if scope := SCOPE.search(text):
            signed_by, region, service = scope.groups()
            has_scope = True
        elif scope := SIGV4A_SCOPE.search(text):
            signed_by, service = scope.groups()
            region = client.meta.region_name if region == "*" else region
    for text in (request.url, body.decode("latin-1")):
        if sigv2 := SIGV2_KEY.search(text):
            signed_by = sigv2[1]
    if signed_by not in ("", key):
        raise ValueError("signed with another key than was given")
    return Built(
        protocol=protocol_of(model), model=model.service_name, operation=operation.name,
        service=service, region=region, has_scope=has_scope, account=ACCOUNTS.get(signed_by, ""),
        method=request.method, url=request.url, fields=fields, body=body,
    )


def all_built(is_full, on_failure):
    """Every operation's request. `on_failure`: told protocol, service, operation and what was
    thrown."""
    os.environ["AWS_EC2_METADATA_DISABLED"] = "true"
    session = botocore.session.Session(profile=None)
    session.set_config_variable("config_file", os.devnull)
    session.set_config_variable("credentials_file", os.devnull)
    for service in session.get_available_services():
        clients = Clients(session, service)
        names = clients.of(REGIONS[0]).meta.service_model.operation_names
        for name in names:
            client = clients.of(chosen(REGIONS, "region", service, name))
            model = client.meta.service_model
            try:
                yield built(client, model.operation_model(name), is_full)
            except Exception as error:  # of whatever kind: it is told
                on_failure(protocol_of(model), service, name, error)
