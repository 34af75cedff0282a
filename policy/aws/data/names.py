"""The names that the generator gives to partitions, sets and placeholders."""

PARTITIONS = ["aws", "aws-cn", "aws-us-gov", "aws-eusc"]
BIT = {name: 1 << i for i, name in enumerate(PARTITIONS)}
ALL = 15
# The region that global services sign for (botocore partitions.json, implicitGlobalRegion).
GLOBAL_REGION = {
    "aws": "us-east-1",
    "aws-cn": "cn-northwest-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-eusc": "eusc-de-east-1",
}
API_SETS = [
    "sagemaker-api",
    "s3",
    "s3-website",
    "ecr",
    "sts",
    "cloudwatch-logs",
    "cloudwatch",
    "kms",
    "secretsmanager",
    "codeartifact",
    "bedrock",
]
STUDIO_SETS = ["sagemaker-studio", "sagemaker-studio-lab", "sagemaker-unified-studio"]
SIGN_IN_SETS = ["aws-console", "aws-sign-in", "aws-console-tenants", "iam-identity-center"]
TENANTS = {None: "none", "none": "none", "label": "label", "path": "path", "ANY": "any"}

# A placeholder of domains.yaml -> the name of its TenantKind (policy/aws/tenant_kind.h).
KINDS = {
    "account-or-alias": "account_or_alias",
    "12 digits": "account",
    "12": "account",
    "account": "account",
    "suffix": "session_suffix",
    "d-id|alias": "directory_or_alias",
    "ssoins-id": "identity_center_instance",
    "d-id": "studio_label",
    "name": "notebook",
    "mlflow": "mlflow_app",
    "dzd-id": "unified_studio_domain",
    "bucket": "bucket",
    "az": "availability_zone",
    "ap": "access_point",
    "op-id": "outpost",
    "alias": "multi_region_alias",
    "domain": "codeartifact_domain",
    "graph": "graph",
}
# `<x>` is told by the label to its right.
KINDS_OF_X = {
    "studio": "studio_label",
    "studio-fips": "studio_label",
    "notebook": "notebook",
    "notebook-fips": "notebook",
    "labeling": "labeling_portal",
}
