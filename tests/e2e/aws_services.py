"""A stub of AWS over TLS: S3, STS, SNS, SQS, SageMaker, DynamoDB, ECR, CloudWatch and its logs, as
far as clients look, in the protocols that they speak (REST, Query, JSON, CBOR).

It knows the secrets of several accounts (aws_keys.py), takes no request whose signature does not
fit the bytes that arrived, and remembers what each account's requests did.
"""
import base64
import hashlib
import json
import threading
from urllib.parse import parse_qs, unquote

from aws_keys import BY_ID, FOREIGN, OUR_SESSION, OURS
from aws_signatures import (
    BadRequest,
    check_form,
    check_signature,
    credential_of,
    form_credential,
    read_form,
    read_request,
)
from aws_tls_origin import TlsAwsOrigin

BUCKET, FORMS, STRANGE = "ml-data", "ml-forms", "exfil-drop"  # ours, ours, a stranger's
LAYERS = "prod-us-east-1-starport-layer-bucket"  # AWS's own
DEEP_LEARNING = "763104351884.dkr.ecr.us-east-1.amazonaws.com"
S3_HOSTS = ["s3.amazonaws.com", "s3.us-east-1.amazonaws.com"]
SERVICE_HOSTS = {
    "sts.amazonaws.com": "sts",
    "sts.us-east-1.amazonaws.com": "sts",
    "sns.us-east-1.amazonaws.com": "sns",
    "sqs.us-east-1.amazonaws.com": "sqs",
    "logs.us-east-1.amazonaws.com": "logs",
    "monitoring.us-east-1.amazonaws.com": "cloudwatch",
    "api.sagemaker.us-east-1.amazonaws.com": "sagemaker",
    "dynamodb.us-east-1.amazonaws.com": "dynamodb",
    f"{OURS}.ddb.us-east-1.amazonaws.com": "dynamodb",
    f"{FOREIGN}.ddb.us-east-1.amazonaws.com": "dynamodb",
    "api.ecr.us-east-1.amazonaws.com": "ecr",
    f"{OURS}.dkr.ecr.us-east-1.amazonaws.com": "registry",
    f"{FOREIGN}.dkr.ecr.us-east-1.amazonaws.com": "registry",
    DEEP_LEARNING: "registry",
}
NAMES = [
    *S3_HOSTS,
    *[f"{bucket}.{host}" for bucket in (BUCKET, FORMS, STRANGE, LAYERS) for host in S3_HOSTS],
    *SERVICE_HOSTS,
]
ANONYMOUS = {
    "AssumeRoleWithWebIdentity",
    "AssumeRoleWithSAML",
}  # what AWS takes without a signature
REGISTRY_TOKEN = base64.b64encode(b"AWS:registry-password-of-the-lab").decode()

_CREDENTIALS = (
    f"<Credentials><AccessKeyId>{OUR_SESSION.id}</AccessKeyId><SecretAccessKey>vended"
    "</SecretAccessKey><SessionToken>vended</SessionToken>"
    "<Expiration>2036-01-01T00:00:00Z</Expiration></Credentials>"
)
_COPIED = (
    '<CopyObjectResult><ETag>"lab"</ETag>'
    "<LastModified>2026-11-26T00:00:00.000Z</LastModified></CopyObjectResult>"
)
# What browsers ask for before they send to S3 from a page of another origin.
_CORS = "Access-Control-Allow-Origin: *\r\nAccess-Control-Allow-Methods: PUT, POST\r\n"


def _digest(body):
    return hashlib.sha256(body).hexdigest()


def _place(host, path):
    """The bucket that an S3 host or path names, and /BUCKET/KEY."""
    bucket = next((host[: -len(s3) - 1] for s3 in S3_HOSTS if host.endswith(f".{s3}")), "")
    return (bucket, f"/{bucket}{path}") if bucket else (path.split("/")[1], path)


class AwsServices(TlsAwsOrigin):
    """`done` is what was served: (account, service, operation), of S3 its method and path;
    `objects` holds /BUCKET/KEY; `told` the last body by operation."""

    def __init__(self, lab):
        self.done, self.told, self._who = [], {}, threading.local()
        self._names = lab.names
        super().__init__(lab, None, NAMES)

    def close(self):
        """What was asked of its names is not for the tests of another file to count."""
        super().close()
        self._names.queries.clear()

    def forget(self):
        super().forget()
        self.done.clear()
        self.told.clear()

    def accounts(self):
        return {account for account, _, _ in self.done}

    def _check(self, head, body):
        request = read_request(head)
        service = SERVICE_HOSTS.get(request.get("host"), "s3")
        if request.method == "OPTIONS" and not body:
            self._who.account = "anonymous"
        elif service == "registry":
            self._check_registry(request)
        elif "multipart/form-data" in request.get("content-type"):
            self._check_posted(request, body)
        elif credential := credential_of(request):
            key = self._key(credential)
            check_signature(key.secret, head, None if body is None else _digest(body))
        elif parse_qs((body or b"").decode("latin-1")).get("Action", [""])[0] in ANONYMOUS:
            self._who.account = "anonymous"
        else:
            raise BadRequest("AccessDenied")

    def _key(self, credential):
        if not credential or credential.key_id not in BY_ID:
            raise BadRequest("InvalidAccessKeyId")
        key = BY_ID[credential.key_id]
        if key.token != credential.token:
            raise BadRequest("InvalidToken")
        self._who.account = key.account
        return key

    def _check_registry(self, request):
        if request.get("authorization") not in (f"Basic {REGISTRY_TOKEN}", "Bearer lab"):
            raise BadRequest("AccessDenied")
        self._who.account = "registry"

    def _check_posted(self, request, body):
        if body is not None:
            form = read_form(request.get("content-type"), body)
            check_form(self._key(form_credential(form)).secret, form)

    def _do(self, method, path, query, body, head):
        request = read_request(head)
        service = SERVICE_HOSTS.get(request.get("host"))
        if service is None:
            return self._do_s3(request, path, query, body, head)
        if service == "registry":
            return self._done(service, f"{method} {path}", self._told(b"{}"))
        if target := request.get("x-amz-target"):
            operation = target.rpartition(".")[2]
            return self._done(service, operation, self._json(operation, body), body)
        if path.startswith("/service/"):
            answer = self._answered(
                b"\xbf\xff", "application/cbor", "smithy-protocol: rpc-v2-cbor\r\n"
            )
            return self._done(service, path.rpartition("/")[2], answer, body)
        form = {name: values[0] for name, values in parse_qs(body.decode() or query).items()}
        return self._done(service, form["Action"], self._query(form), body)

    def _done(self, service, operation, answer, body=b""):
        self.done.append((self._who.account, service, operation))
        self.told[operation] = body
        return answer

    def _do_s3(self, request, path, query, body, head):
        bucket, place = _place(request.get("host"), path)
        if "multipart/form-data" in request.get("content-type"):
            form = read_form(request.get("content-type"), body)
            place = f"/{bucket}/{form['key']}"
            self.objects[place] = form["file"]
            answer = self._told(status="204 No Content", fields=_CORS)
        elif request.method == "OPTIONS":
            answer = self._told(fields=f"{_CORS}Access-Control-Allow-Headers: *\r\n")
        elif source := request.get("x-amz-copy-source"):
            self.objects[place] = self.objects.get("/" + unquote(source).lstrip("/"), b"")
            answer = self._told(_COPIED.encode())
        elif request.method == "POST" and query.startswith("delete"):
            answer = self._told(b"<DeleteResult></DeleteResult>")
        elif "list-type=2" in query:
            answer = self._told(self._listed(f"/{bucket}/"))
        else:
            answer = super()._do(request.method, place, query, body, head)
            if "origin" in request.fields:
                answer = answer.replace(b"\r\n", f"\r\n{_CORS}".encode(), 1)
        return self._done("s3", f"{request.method} {place}", answer)

    @staticmethod
    def _answered(body, kind, fields=""):
        head = f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n"
        return f"{head}x-amzn-RequestId: LAB\r\n{fields}\r\n".encode() + body

    def _json(self, operation, body):
        told = {}
        if operation == "CreateTrainingJob":
            told = {"TrainingJobArn": f"arn:aws:sagemaker:us-east-1:{OURS}:training-job/lab"}
        elif operation == "SendMessage":
            message = json.loads(body)["MessageBody"].encode()
            told = {"MessageId": "lab", "MD5OfMessageBody": hashlib.md5(message).hexdigest()}
        elif operation == "GetAuthorizationToken":
            endpoint = f"https://{OURS}.dkr.ecr.us-east-1.amazonaws.com"
            told = {"authorizationData": [{"proxyEndpoint": endpoint}]}
        return self._answered(json.dumps(told).encode(), "application/x-amz-json-1.1")

    def _query(self, form):
        action = form["Action"]
        if action == "GetCallerIdentity":
            account = self._who.account
            result = f"<Arn>arn:aws:iam::{account}:user/lab</Arn><Account>{account}</Account>"
        elif action.startswith("AssumeRole"):
            result = _CREDENTIALS
        elif action == "SendMessage":
            digest = hashlib.md5(form["MessageBody"].encode()).hexdigest()
            result = f"<MessageId>lab</MessageId><MD5OfMessageBody>{digest}</MD5OfMessageBody>"
        else:
            result = "<MessageId>lab</MessageId>"
        text = f"<{action}Response><{action}Result>{result}</{action}Result></{action}Response>"
        return self._answered(text.encode(), "text/xml")
