"""Which members of an operation's input hold ARNs, accounts, buckets and the like, and where they
stand in a request: operations_members.tsv."""

import re

ARN = re.compile(r"(?:(?<![A-Za-z])arn|Arn|(?<![W])ARN)s?(?![a-z])")
ACC_NAME = re.compile(
    r"(?i)(?:account[_-]?(?:id|number)s?(?:to(?:add|remove))?|^accounts?|accountwithrestoreaccess"
    r"|accountidentifier|securitygroupownerid|principalsubscriber"
    r"|(?:issuing|master|additional|excluded?|readonlyaccess|source|target|owner|aws|member|admin"
    r"|administrator|principal|resource|consumer|customer|delegated|management|peer|shared)"
    r"[_-]?accounts?|owner[_-]?ids?|domain-?owner|(?:bucket|registry|catalog)owner|registryids?)$"
)
ACC_SHAPE = re.compile(
    r"(?i)(?:aws|^|owner|source|target)account(?:id|number)?(?:type|string)?$|accountid|domainowner"
)
ACC_PAT = re.compile(
    r"^\^?\(?(?:\[0-9\]|\\d|\[\\d\])\{12\}\)?\$?$|^\^?\(?(?:\[0-9\]|\\d)\{12\}[|)]"
)
S3_NAME = re.compile(r"(?i)s3[a-z]*(?:uri|url|path|location|folder)$|^s3prefix$")
BUCKET = re.compile(r"(?i)bucket(?:[_-]?names?)?$|^buckets$|^s3bucketfor")
BUCKET_SHAPE = re.compile(r"(?:S3Bucket(?:Name)?|BucketName|^Bucket)$")
QUEUE = re.compile(r"(?i)queue[_-]?url$")
IMAGE = re.compile(
    r"(?i)(?:image[_-]?(?:uri|identifier)|container[_-]?image|training[_-]?image"
    r"|repository[_-]?uri|ecr[a-z]*uri)$"
)
DOC_ARN = re.compile(r"\bARNs?\b|Amazon Resource Name")
DOC_ACC = re.compile(
    r"(?i)\b(?:aws|amazon web services|amazon) account\b|\baccount (?:id|number)\b|12-digit"
)
FREE = re.compile(
    r"(?i)(?:token|description|document|policy|comment|message|query|expression|statement|sql|text"
    r"|body|template|password|secretstring|code|script|reason|format|type|status|version|region"
    r"|tag(?:s|key|value)|value|content|title|url|email|pattern|filter|prefix|suffix|label|notes?"
    r"|displayname|partition|database|mode|date|time|period|host(?:name)?|endpoint|json"
    r"|config(?:uration)?|definition|schema)s?$"
)


def kinds(name, sname, shape, doc):
    pat = shape.get("pattern", "")
    k = ""
    if shape.get("enum"):
        return ""
    if ARN.search(name):
        k += "A"
    elif ARN.search(sname) or re.search(r"\barn\b|arn:|arn\\:", pat):
        k += "a"
    elif (
        DOC_ARN.search(doc)
        and not FREE.search(name)
        or re.search(r"(?i)kms_?key(?:id)?$", name)
        or sname == "DataLakePrincipalString"
    ):
        k += "a"
    if "A" not in k and not re.search(r"(?i)primaryaccountnumber|registrationnumber", name):
        if (
            ACC_PAT.search(pat)
            and "arn" not in pat
            or (
                ACC_NAME.search(name)
                and (
                    not re.search(r"(?i)owner|registry", name)
                    or DOC_ACC.search(doc)
                    or name.endswith("SecurityGroupOwnerId")
                )
            )
            or (ACC_SHAPE.search(sname) and not FREE.search(name))
            or sname == "DataLakePrincipalString"
            or (
                re.search(r"(?i)user_?ids?$|owners?$|principals?$|valuesto(?:add|remove)$", name)
                and DOC_ACC.search(doc)
            )
        ):
            k += "N"
    if not re.search(r"(?i)arns?$", name):
        if (
            S3_NAME.search(name)
            or "s3://" in doc
            or re.search(r"s3\|?:|\|s3\)|\(s3|https\|s3", pat)
            and "arn" not in pat
        ):
            if not re.search(r"(?i)(?:type|format|key|token)s?$", name):
                k += "U"
        if (BUCKET.search(name) or BUCKET_SHAPE.search(sname)) and "U" not in k:
            k += "B"
        if QUEUE.search(name):
            k += "Q"
        if (
            IMAGE.search(name)
            or sname in ("ContainerImage", "ImageUri")
            or (
                re.search(r"(?i)image(?:url)?$", name)
                and re.search(r"\bECR\b|Docker|[Cc]ontainer image|registry", doc)
            )
        ):
            k += "I"
    return k


class Walker:
    """Walks the shapes of one model, in the names that its protocol writes."""

    def __init__(self, model, style):
        self.S = model["shapes"]
        self.style = style
        self.reach = {}

    def merged(self, ref):
        sh = dict(self.S[ref["shape"]])
        sh.update(
            {
                k: v
                for k, v in ref.items()
                if k != "shape" and not (k == "documentation" and not v)
            }
        )
        return sh

    def reaches_self(self, sname):
        if sname not in self.reach:
            seen, todo = set(), [sname]
            hit = False
            while todo and not hit:
                for r in self.refs(todo.pop()):
                    if r["shape"] == sname:
                        hit = True
                        break
                    if r["shape"] not in seen:
                        seen.add(r["shape"])
                        todo.append(r["shape"])
            self.reach[sname] = hit
        return self.reach[sname]

    def refs(self, sname):
        s = self.S[sname]
        return list(s.get("members", {}).values()) + [
            s[k] for k in ("member", "key", "value") if k in s
        ]

    def wire(self, ref, member):
        if self.style == "ec2":
            if "queryName" in ref:
                return ref["queryName"]
            n = ref.get("locationName")
            return n[0].upper() + n[1:] if n else member
        return ref.get("locationName") or self.S[ref["shape"]].get("locationName") or member

    def leaf(self, ref, path, name, out, where):
        sn = ref["shape"]
        sh = self.merged(ref)
        if sh["type"] in ("string", "character"):
            k = kinds(name, sn, self.S[sn], sh.get("documentation", ""))
            if k:
                out.add((k, where, path))

    def walk(self, ref, path, name, out, where="b", active=(), inherited_doc=""):
        sn = ref["shape"]
        sh = self.merged(ref)
        t = sh["type"]
        if t == "structure":
            if sh.get("eventstream") or sh.get("document"):
                return
            # From the first recursive shape on only the last name is written, after `**`.
            if self.reaches_self(sn):
                if sn in active:
                    return
                active = active + (sn,)
            for m, r in self.S[sn].get("members", {}).items():
                w = self.wire(r, m)
                if active:
                    p = path.split("/**")[0] + "/**/" + w
                else:
                    p = path + "/" + ("@" if r.get("xmlAttribute") else "") + w
                self.walk(r, p, m, out, where, active)
        elif t == "list":
            er = dict(sh["member"])
            er.setdefault("documentation", sh.get("documentation", ""))
            if self.reaches_self(sn) and active and sn in active:
                return
            act = active + (sn,) if self.reaches_self(sn) and active else active
            if self.style == "xml":
                p = (
                    path
                    if sh.get("flattened")
                    else path + "/" + (sh["member"].get("locationName") or "member")
                )
            elif self.style == "query":
                n = sh["member"].get("locationName")
                if sh.get("flattened"):
                    p = (path.rsplit("/", 1)[0] + "/" + n if n else path) + "/*"
                else:
                    p = path + "/" + (n or "member") + "/*"
            else:
                p = path + "/*"
            self.walk(er, p, name, out, where, act)
        elif t == "map":
            if self.reaches_self(sn) and active and sn in active:
                return
            act = active + (sn,) if self.reaches_self(sn) and active else active
            if self.style in ("query", "ec2", "xml"):
                base = path if sh.get("flattened") else path + "/entry"
                if self.style != "xml":
                    base += "/*"
                kp, vp = base + "/" + (sh["key"].get("locationName") or "key"), base + "/" + (
                    sh["value"].get("locationName") or "value"
                )
            else:
                kp, vp = path + "/@", path + "/*"
            kr = dict(sh["key"])
            self.leaf(kr, kp, name if ARN.search(name) else "", out, where)
            self.walk(dict(sh["value"]), vp, name, out, where, act)
        else:
            self.leaf(ref, path, name, out, where)

    def operation(self, op):
        out = set()
        if "input" not in op:
            return out
        top = self.S[op["input"]["shape"]]
        rest = self.style in ("rest-json", "rest-xml")
        style, self.style = self.style, {"rest-json": "json", "rest-xml": "xml"}.get(
            self.style, self.style
        )
        payload = top.get("payload")
        root = (
            "/" + op["input"]["locationName"]
            if style == "rest-xml" and op["input"].get("locationName")
            else ""
        )
        for m, r in top.get("members", {}).items():
            loc = r.get("location") if rest else None
            name = self.wire(r, m)
            if loc:
                sh = self.S[r["shape"]]
                if loc == "headers" or sh["type"] in ("structure",):
                    continue
                where = {"uri": "u", "querystring": "q", "header": "h"}.get(loc)
                if not where:
                    continue
                if sh["type"] == "list":
                    er = dict(sh["member"])
                    er.setdefault("documentation", r.get("documentation", ""))
                    self.leaf(er, name if where != "h" else name.lower(), m, out, where)
                elif sh["type"] == "map":
                    continue
                else:
                    self.leaf(r, name if where != "h" else name.lower(), m, out, where)
            elif rest and payload:
                if m != payload or self.S[r["shape"]]["type"] not in ("structure", "list", "map"):
                    continue
                self.walk(r, "/" + name if self.style == "xml" else "", m, out)
            else:
                self.walk(r, root + "/" + name, m, out)
        self.style = style
        return out
