"""Clients of AWS that have nothing but their environment and the files of `~/.aws`: boto3, the
command line, and the SDK for JavaScript, which is told of the proxy by its agent alone."""
import os

from clients import ACCESS_KEY

SECRET = ACCESS_KEY["AWS_SECRET_ACCESS_KEY"]
# Characters that are encoded one way alone by a signer, and that a proxy might write otherwise.
KEYS = ["plain", "a b+c%2f/~._-", "d=e&f;g,h:i@j", "caf\u00e9 (1)!$'*", "//double//"]

_BOTO3_PUT = """
import json, sys, boto3, boto3.s3.transfer
keys, bucket = json.loads(sys.argv[1]), sys.argv[2]
s3 = boto3.client("s3")
for key in keys:
    s3.put_object(Bucket=bucket, Key=key, Body=key.encode() * 100, Metadata={"a": "b  c"})
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == key.encode() * 100
    assert s3.head_object(Bucket=bucket, Key=key)["ContentLength"] == len(key.encode()) * 100
s3.put_object(Bucket=bucket, Key="empty", Body=b"")
s3.put_object(Bucket=bucket, Key="chunked", Body=open("file", "rb"), ChecksumAlgorithm="CRC32")
assert s3.get_object(Bucket=bucket, Key="chunked", Range="bytes=5-6")["Body"].read() == b"\\0\\0"
s3.upload_file("file", bucket, "parts", ExtraArgs={"ChecksumAlgorithm": "CRC32"})
s3.download_file(bucket, "parts", "back")
assert open("back", "rb").read() == open("file", "rb").read()
print(sorted(each["Key"] for each in s3.list_objects_v2(Bucket=bucket)["Contents"]))
print(boto3.client("sts").get_caller_identity()["Arn"])
"""

_JS = """
const {S3Client, PutObjectCommand, GetObjectCommand, ListObjectsV2Command, DeleteObjectCommand,
       CreateMultipartUploadCommand, UploadPartCommand, CompleteMultipartUploadCommand,
       ListBucketsCommand} = require('@aws-sdk/client-s3');
const {NodeHttpHandler} = require('@smithy/node-http-handler');
const {HttpsProxyAgent} = require('https-proxy-agent');
const fs = require('fs');
const requestHandler = new NodeHttpHandler({
  httpsAgent: new HttpsProxyAgent(process.env.https_proxy)});
const Bucket = process.argv[2] || 'bucket';
const s3 = new S3Client({region: 'us-east-1', requestHandler});
const send = (Command, more) => s3.send(new Command({Bucket, ...more}));
async function main() {
"""
_JS_END = """
}
main().catch(error => { console.log(`${error.name}: ${error.message}`); process.exit(3); });
"""
_JS_PUT = """
  for (const Key of JSON.parse(process.argv[1])) {
    await send(PutObjectCommand, {Key, Body: Key.repeat(100), Metadata: {a: 'b  c'}});
    const got = await send(GetObjectCommand, {Key});
    if (await got.Body.transformToString() != Key.repeat(100)) throw new Error(Key);
  }
  const ContentLength = fs.statSync('file').size;
  await send(PutObjectCommand, {Key: 'chunked', Body: fs.createReadStream('file'), ContentLength});
  const {UploadId} = await send(CreateMultipartUploadCommand, {Key: 'parts'});
  const all = fs.readFileSync('file'), Parts = [];
  for (let at = 0, PartNumber = 1; at < all.length; at += 8 << 20, ++PartNumber) {
    const Body = all.subarray(at, at + (8 << 20));
    const {ETag} = await send(UploadPartCommand, {Key: 'parts', UploadId, PartNumber, Body});
    Parts.push({PartNumber, ETag});
  }
  await send(CompleteMultipartUploadCommand, {Key: 'parts', UploadId, MultipartUpload: {Parts}});
  const got = await send(GetObjectCommand, {Key: 'parts'});
  if (!all.equals(Buffer.from(await got.Body.transformToByteArray()))) throw new Error('parts');
  const listed = await send(ListObjectsV2Command, {EncodingType: 'url'});
  console.log(listed.Contents.map(each => each.Key));
"""

_AWS_PUT = """
set -e
aws s3 cp --quiet file s3://$0/parts
aws s3 cp --quiet s3://$0/parts back
cmp file back
aws s3api put-object --bucket $0 --key chunked --body file --checksum-algorithm CRC32
aws s3 ls --recursive s3://$0/
aws sts get-caller-identity
"""

_DELETE = {
    "boto3": 'import boto3; boto3.client("s3").delete_object(Bucket="bucket", Key="chunked")',
    "aws": ["s3api", "delete-object", "--bucket", "bucket", "--key", "chunked"],
    "js": "await send(DeleteObjectCommand, {Key: 'chunked'});",
}
_PUT_ONE = {
    "boto3": "import boto3, sys; "
    "boto3.client('s3').put_object(Bucket='bucket', Key=sys.argv[1], Body=open('file', 'rb'))",
    "aws": ["s3api", "put-object", "--bucket", "bucket", "--body", "file", "--key"],
    "js": "await send(PutObjectCommand, {Key: process.argv[1], Body: fs.readFileSync('file')});",
}
_LIST = {
    "boto3": 'import boto3; boto3.client("s3").list_buckets()',
    "aws": ["s3api", "list-buckets"],
    "js": "await s3.send(new ListBucketsCommand({}));",
}
SDKS = ["boto3", "aws", "js"]


def home_with_key(lab, secret=SECRET):
    """A home whose files hold what an AWS client needs beside its environment."""
    home = lab.make_folder("aws")
    os.mkdir(f"{home}/.aws")
    with open(f"{home}/.aws/credentials", "w", encoding="ascii") as file:
        file.write(f"[default]\naws_access_key_id = {ACCESS_KEY['AWS_ACCESS_KEY_ID']}\n")
        file.write(f"aws_secret_access_key = {secret}\n")
    with open(f"{home}/.aws/config", "w", encoding="ascii") as file:
        file.write("[default]\nregion = us-east-1\n")
    return home


def python(script, *arguments):
    return ["/usr/bin/python3", "-c", script, *arguments]


def _command(sdk, script, *arguments):
    if sdk == "boto3":
        return python(script, *arguments)
    if sdk == "js":
        return ["/usr/bin/node", "--no-warnings", "-e", f"{_JS}{script}{_JS_END}", *arguments]
    return ["/usr/bin/aws", *script, *arguments]


def put_command(sdk, keys, bucket="bucket"):
    """Puts, gets and lists; `file` of the home in parts and by aws-chunked."""
    if sdk == "aws":
        return ["/bin/sh", "-c", _AWS_PUT, bucket]
    return _command(sdk, {"boto3": _BOTO3_PUT, "js": _JS_PUT}[sdk], keys, bucket)


def delete_command(sdk):
    return _command(sdk, _DELETE[sdk])


def put_one_command(sdk, key):
    """Puts `file` of the home."""
    return _command(sdk, _PUT_ONE[sdk], key)


def list_buckets_command(sdk):
    return _command(sdk, _LIST[sdk])


def variables(lab, sdk):
    """Where Node finds its packages."""
    if sdk != "js":
        return {}
    assert lab.node_modules, "the npm packages could not be fetched"
    return {"NODE_PATH": f"{lab.node_modules}/node_modules"}
