"""Which IAM actions decide over an operation: column `iam` of operations.tsv. The default, what the
2023 map says otherwise, what the operation's documentation names, and a short hand-made list."""

import collections
import os
import re

IAM_PREFIX = (
    {  # signing name -> IAM prefix where they differ; every one checked against the action list
        "monitoring": "cloudwatch",
        "cloudcontrolapi": "cloudformation",
        "mturk-requester": "mechanicalturk",
        "tagging": "tag",
        "iotdata": "iot",
        "iot-jobs-data": "iotjobsdata",
        "IoTSecuredTunneling": "iot",
        "ioteventsdata": "iotevents",
        "awsssoportal": "sso",
        "partnercentral-account": "partnercentral",
        "partnercentral-benefits": "partnercentral",
        "partnercentral-channel": "partnercentral",
        "partnercentral-selling": "partnercentral",
    }
)
JS_NAMES = {
    "elb": "ELB",
    "cognito-idp": "CognitoIdentityServiceProvider",
    "dms": "DMS",
    "es": "ES",
    "logs": "CloudWatchLogs",
}  # class names in the 2023 map that the rule below does not give


def any_data_query(prefix):
    return "|".join(prefix + ":" + verb + "DataViaQuery" for verb in ("Read", "Write", "Delete"))


# Hand-made: operations newer than the 2023 map or wrong in it. Evidence: the operation's own
# documentation in the model (D), the 2023 map's neighbours (F), memory (M).
IAM_HAND = {
    "bedrock-runtime": {
        "Converse": "bedrock:InvokeModel",
        "ConverseStream": "bedrock:InvokeModelWithResponseStream",  # D
        "InvokeModelWithBidirectionalStream": (
            "bedrock:InvokeModelWithBidirectionalStream|bedrock:InvokeModel"
        ),
        "StartAsyncInvoke": "bedrock:InvokeModel",
    },  # D/M
    "apigatewaymanagementapi": {
        o: "execute-api:ManageConnections"
        for o in ("DeleteConnection", "GetConnection", "PostToConnection")
    },  # F (2023 map)
    "lambda": {
        "InvokeWithResponseStream": "lambda:InvokeFunction",
        "InvokeAsync": "lambda:InvokeAsync|lambda:InvokeFunction",
    },  # M
    "sqs": {
        "SendMessageBatch": "sqs:SendMessage",
        "DeleteMessageBatch": "sqs:DeleteMessage",
        "ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    },
    "sns": {"PublishBatch": "sns:Publish"},
    "iot-jobs-data": {"StartCommandExecution": "iot:StartCommandExecution"},
    "neptunedata": {
        **{
            o: any_data_query("neptune-db")
            for o in (  # D
                "ExecuteGremlinQuery",
                "ExecuteGremlinExplainQuery",
                "ExecuteGremlinProfileQuery",
                "ExecuteOpenCypherQuery",
                "ExecuteOpenCypherExplainQuery",
            )
        },
        "GetSparqlStatistics": "neptune-db:GetStatisticsStatus",
    },
    "neptune-graph": {"ExecuteQuery": any_data_query("neptune-graph")},  # D
}
IAM_VALUES = {
    "s3control": ("s3express", "s3-outposts", "s3")
}  # other prefixes that the documentation of a service's operations may name
NO_IAM = {
    "connectparticipant",
    "codecatalyst",
}  # authorised by tokens of their own, not by IAM actions


def js_names(md):
    names = set()
    for n in (md.get("serviceAbbreviation"), md.get("serviceFullName"), md.get("serviceId")):
        if n:
            names.add(re.sub(r"^Amazon|AWS\s*|\(.*|\s+|\W+", "", n).lower())
            names.add(re.sub(r"\W+", "", n).lower())
    return names


def read_rows(path):
    try:
        lines = open(path, encoding="utf-8").read().splitlines()
    except OSError:
        return []
    return [l.split("\t") for l in lines if l and not l.startswith("#")]


class Iam:
    def __init__(self, facts, actions):
        self.s3 = {
            r[0]: r[8] for r in read_rows(os.path.join(facts, "s3_operations.tsv")) if len(r) > 8
        }
        self.old = collections.defaultdict(dict)
        for r in read_rows(os.path.join(facts, "iam_action_exceptions_2023.tsv")):
            svc, _, op = r[0].partition(".")
            self.old[svc.lower()][op] = [a for a in r[1].split(",") if a] if len(r) > 1 else []
        self.known = (
            {a.lower(): a for a in (r[0].strip() for r in read_rows(actions))} if actions else {}
        )
        self.used = set()
        self.stats = collections.Counter()
        self.notes = []
        self.doc = []

    def of(self, service, md, prefix, op, method, auth, doc):
        """Empty: the default, which is known to exist. `?`: not confirmed. `!`: no action.
        `a,b`: all; `a|b`: one of them; `+x`: the default and also x; `~`: conditional."""
        default = prefix + ":" + op
        known = default.lower() in self.known

        def count(k, v):
            self.stats[k] += 1
            return v

        if service in NO_IAM:
            return count("none", "!")
        if service == "s3" and op in self.s3:
            base = re.match(r"[\w:-]+(?:, [\w:-]+)*", self.s3[op]).group().replace(" ", "")
            more = "*" if ";" in self.s3[op] or "per key" in self.s3[op] else ""
            return count("s3 table", "" if base == default and not more else base + more)
        h = IAM_HAND.get(service, {}).get(op)
        if h:
            return count("hand", h)
        if service in ("apigateway", "apigatewayv2") and not known:
            return count("verb", "apigateway:" + method)
        for n in js_names(md) | ({JS_NAMES[service].lower()} if service in JS_NAMES else set()):
            if n in self.old:
                self.used.add(n)
                acts = self.old[n].get(op)
                if acts is None:
                    continue
                acts = [a.replace("?", "~") for a in acts]
                plain = [a.rstrip("~").lower() for a in acts]
                if default.lower() in plain:
                    extra = [a for a in acts if a.rstrip("~").lower() != default.lower()]
                    return count(
                        "2023 extra",
                        ("" if known else "?") + "".join("+" + a for a in sorted(extra)),
                    )
                if not acts:
                    return count("2023 none", "!")
                if known:  # by today's list: the 2023 mapping is out of date or partial
                    self.notes.append(
                        f'{service}.{op}: 2023 map {",".join(acts)}, list has {default}: kept'
                    )
                    return count("2023 outdated", "")
                doubt = (
                    "?" if self.known and any(a not in self.known for a in plain) else ""
                )  # names an action that no longer exists
                return count(
                    "2023 exception",
                    doubt
                    + ("|" if any(a.endswith("~") for a in acts) and len(acts) > 1 else ",").join(
                        acts
                    ),
                )
        if not known and auth == "none":
            return count("none", "!")
        if (
            not known
        ):  # the operation's own documentation names exactly one other action that exists
            text = re.sub(r"<[^>]+>", " ", doc)
            said = set()
            for sentence in re.split(r"(?<=[.;])\s", text):
                if re.search(r"(?i)permission|authoriz|\baction|\bIAM\b|polic", sentence):
                    said |= {
                        self.known[a.lower()]
                        for a in re.findall(r"\b[a-z0-9-]+:[A-Z]\w+", sentence)
                        if a.lower() in self.known
                    }
            said = {a for a in said if a.split(":")[0] in IAM_VALUES.get(service, (prefix,))}
            if len(said) == 1:
                self.doc.append(f"{service}.{op}={list(said)[0]}")
                return count("documentation", said.pop())
        return count("default known" if known else "default unconfirmed", "" if known else "?")
