"""Made-up values for the members of an operation's input."""

import re

ACCOUNT = "111122223333"
DEPTH_MAX = 6

VALUES = (
    (r"^(Stream|Consumer|Resource)ARN$", "arn:aws:kinesis:us-west-2:111122223333:stream/v1"),
    (r"Arns?$|ARNs?$|^arns?$", "arn:aws:example:us-west-2:111122223333:thing/1"),
    (r"(?i)account_?ids?$", ACCOUNT),
    (r"(?i)bucket(name)?s?$", "amzn-s3-demo-1"),
    (r"(?i)s3(output)?(uri|path)$", "s3://amzn-s3-demo-1/x"),
    (r"(?i)queueurl$", "https://sqs.us-west-2.amazonaws.com/111122223333/q"),
    (r"^PredictEndpoint$", "https://realtime.machinelearning.us-west-2.amazonaws.com"),
    (r"(?i)imageuri$", "111122223333.dkr.ecr.us-west-2.amazonaws.com/x:1"),
)
SCALARS = {
    "boolean": True,
    "integer": 1,
    "long": 1,
    "float": 1.5,
    "double": 1.5,
    "timestamp": "2026-01-01T00:00:00Z",
    "blob": b"x",
}


def text_of(shape, name):
    if getattr(shape, "enum", None):
        return shape.enum[0]
    for pattern, value in VALUES:
        if re.search(pattern, name):
            return value
    return "v1"


def structure(shape, is_full, depth, within):
    if depth > DEPTH_MAX or shape.name in within:
        return {}
    members = {}
    for name, member in shape.members.items():
        is_stream = member.type_name == "structure" and member.serialization.get("eventstream")
        if is_stream or not (is_full or name in shape.required_members):
            continue
        members[name] = dummy(member, is_full, name, depth + 1, within + (shape.name,))
    return members


def dummy(shape, is_full, name="", depth=0, within=()):
    """A value of the shape; of structures the required members, or all."""
    if shape.type_name == "structure":
        return structure(shape, is_full, depth, within)
    if shape.type_name == "list":
        return [dummy(shape.member, is_full, name, depth + 1, within)]
    if shape.type_name == "map":
        return {"k": dummy(shape.value, is_full, name, depth + 1, within)}
    if shape.type_name in SCALARS:
        return SCALARS[shape.type_name]
    return text_of(shape, name)
