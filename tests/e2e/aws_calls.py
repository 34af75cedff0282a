"""One call of an AWS API, told once and made by each of AWS's own clients: boto3, the command line
and the SDK for JavaScript; what is no JSON is a file of the client's home. Also requests made by
hand, signed by botocore's signers."""
import base64
import json

import botocore.auth
import botocore.awsrequest
import botocore.credentials
from botocore import xform_name

from aws_clients import python

_BOTO3 = """
import json, sys, boto3
service, method, parameters, file = sys.argv[1:5]
parameters = json.loads(parameters)
if file:
    parameters["Body"] = open(file, "rb")
answer = getattr(boto3.client(service), method)(**parameters)
body = answer.pop("Body", None)
print(body.read() if body else json.dumps(answer, default=str))
"""

_JS = """
const [service, operation, parameters, file] = process.argv.slice(1);
const sdk = require(`@aws-sdk/client-${service}`);
const {NodeHttpHandler} = require('@smithy/node-http-handler');
const {HttpsProxyAgent} = require('https-proxy-agent');
const Client = sdk[Object.keys(sdk).find(name => /^[A-Z]\\w+Client$/.test(name))];
const requestHandler = new NodeHttpHandler({
  httpsAgent: new HttpsProxyAgent(process.env.https_proxy)});
const {AwsSmithyRpcV2CborProtocol} = require('@aws-sdk/core/protocols');
const more = process.env.CBOR ? {protocol: AwsSmithyRpcV2CborProtocol} : {};
const client = new Client({region: 'us-east-1', requestHandler, ...more});
const input = JSON.parse(parameters);
if (file) input.Body = require('fs').readFileSync(file);
client.send(new sdk[`${operation}Command`](input)).then(async answer => {
  console.log(answer.Body ? await answer.Body.transformToString() : JSON.stringify(answer));
}).catch(error => { console.log(`${error.name}: ${error.message}`); process.exit(3); });
"""

REFUSED_STATUS = {"boto3": 1, "aws": 254, "js": 3}  # of these programs


def call_command(sdk, service, operation, parameters, file=""):
    """`file` becomes the call's Body."""
    text = json.dumps(parameters)
    if sdk == "boto3":
        return python(_BOTO3, service, xform_name(operation), text, file)
    if sdk == "js":
        node = ["/usr/bin/node", "--no-warnings", "-e", _JS]
        return [*node, service, operation, text, file]
    command = ["/usr/bin/aws", "s3api" if service == "s3" else service, xform_name(operation, "-")]
    if operation == "GetObject":  # which takes the name of a file, and then no JSON
        of = ["--bucket", parameters["Bucket"], "--key", parameters["Key"]]
        return [*command, *of, "/dev/stdout"]
    return [*command, "--cli-input-json", text, *(["--body", file] if file else [])]


def _signing(key):
    return botocore.credentials.Credentials(key.id, key.secret, key.token or None)


def _request(method, url, body, fields):
    return botocore.awsrequest.AWSRequest(method, url, data=body, headers=fields)


def signed_fields(key, service, method, url, body=b"", fields=(), region="us-east-1"):
    """The lines that sign a request by hand, and those that it had."""
    request = _request(method, url, body, dict(fields))
    kind = botocore.auth.S3SigV4Auth if service == "s3" else botocore.auth.SigV4Auth
    kind(_signing(key), service, region).add_auth(request)
    return dict(request.headers.items())


def presigned(key, method, url):
    """A URL of S3 that whoever has it may use."""
    request = _request(method, url, b"", {})
    signer = botocore.auth.S3SigV4QueryAuth(_signing(key), "s3", "us-east-1", expires=600)
    signer.add_auth(request)
    return request.url


def signed_by_version_2(key, method, url):
    """As S3 was signed before 2014; botocore's own signer wants the path of S3."""
    request = _request(method, url, b"", {})
    botocore.auth.HmacV1Auth(_signing(key)).add_auth(request)
    return dict(request.headers.items())


def signed_form(key, bucket, name):
    """The fields of a browser's upload, but for its file."""
    conditions = [{"bucket": bucket}, {"key": name}]
    policy = {"expiration": "2036-01-01T00:00:00Z", "conditions": conditions}
    request = _request("POST", f"https://{bucket}.s3.us-east-1.amazonaws.com/", b"", {})
    request.context["s3-presign-post-fields"] = {"key": name}
    request.context["s3-presign-post-policy"] = policy
    botocore.auth.S3SigV4PostAuth(_signing(key), "s3", "us-east-1").add_auth(request)
    return request.context["s3-presign-post-fields"]


def signed_asymmetrically(key):
    """Shaped as SigV4A's header; what it signs nobody here could verify."""
    credential = f"{key.id}/20261126/s3/aws4_request"
    signature = base64.b16encode(b"0E\x02!\x00" + bytes(range(67))).decode().lower()
    return {
        "Authorization": f"AWS4-ECDSA-P256-SHA256 Credential={credential}, "
        f"SignedHeaders=host;x-amz-date;x-amz-region-set, Signature={signature}",
        "X-Amz-Date": "20261126T000000Z",
        "X-Amz-Region-Set": "us-east-1",
    }
