"""A shell script that creates green: bucket, files, policy, environment. Secrets go from blue to green by a pipe."""

from __future__ import annotations

import json
from collections.abc import Iterator
from shlex import quote

from airshift.environments.iam import policies
from airshift.environments.layout import layout
from airshift.environments.model import Green, Source, with_texts

_FILL = """\
import json, sys
green = json.load(open(sys.argv[1]))
for pair in sys.argv[2:]:
    field, version = pair.split("=", 1)
    green[field] = version
"""
_FILL_SECRETS = """\
blue = json.load(sys.stdin)["Environment"]
for field, key, old in json.loads({rows}):
    green[field][key] = blue[field][old]
"""
_PRINT = "json.dump(green, sys.stdout)\n"


def script(green: Green) -> str:
    """The script for `sh`; it needs the AWS CLI and python3, and stops at the first failure."""
    return "\n".join(
        [*_head(green), *_bucket(green), *_files(green), *_role(green), *_create(green), *_tail(green)]
    )


def _head(green: Green) -> Iterator[str]:
    yield "#!/bin/sh"
    yield f"# Creates {green.name} (Airflow {green.target.version}) from {green.blue.name}."
    yield "# ESTATE is the folder with the fixed dags/, requirements.txt, plugins.zip and startup.sh."
    yield "set -eu"
    yield f"export AWS_REGION={quote(green.blue.region)} AWS_DEFAULT_REGION={quote(green.blue.region)}"
    yield 'ESTATE="${ESTATE:-.}"'
    yield "work=$(mktemp -d)"
    yield "trap 'rm -rf \"$work\"' EXIT"


def _bucket(green: Green) -> Iterator[str]:
    name = quote(green.bucket)
    place = f" --create-bucket-configuration LocationConstraint={green.blue.region}"
    where = "" if green.blue.region == "us-east-1" else place
    block = "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"
    yield "\n# 1. The bucket: versioned and closed, as MWAA demands"
    yield f"aws s3api head-bucket --bucket {name} 2>/dev/null || aws s3api create-bucket --bucket {name}{where}"
    yield f"aws s3api put-public-access-block --bucket {name} --public-access-block-configuration {block}"
    yield f"aws s3api put-bucket-versioning --bucket {name} --versioning-configuration Status=Enabled"


def _files(green: Green) -> Iterator[str]:
    bucket = quote(green.bucket)
    yield "\n# 2. The files; green is created with exactly these versions"
    for place in layout(green):
        target = quote(f"s3://{green.bucket}/{place.key}")
        if not place.field:
            yield f'aws s3 sync "$ESTATE/{place.local}" {target} --exclude "*__pycache__*"'
            continue
        yield f'aws s3 cp "$ESTATE/{place.local}" {target}'
        found = f"aws s3api head-object --bucket {bucket} --key {quote(place.key)} --query VersionId --output text"
        yield f"{place.field}=$({found})"


def _role(green: Green) -> Iterator[str]:
    arn = green.request["ExecutionRoleArn"]
    role, documents = quote(arn.rpartition("/")[2]), policies(green)
    yield "\n# 3. What the execution role needs for green; its other policies stay"
    yield from _file("execution-role.json", documents["execution-role"])
    if arn != green.blue.description.get("ExecutionRoleArn"):
        yield from _file("trust.json", documents["execution-role-trust"])
        yield f"aws iam get-role --role-name {role} >/dev/null 2>&1 || aws iam create-role --role-name {role} \\"
        yield '  --assume-role-policy-document "file://$work/trust.json"'
    policy = quote(f"airshift-{green.name}")
    yield f"aws iam put-role-policy --role-name {role} --policy-name {policy} \\"
    yield '  --policy-document "file://$work/execution-role.json"'


def _create(green: Green) -> Iterator[str]:
    secrets = [[one.field, one.key, one.blue_key] for one in green.later if one.source is Source.SECRET]
    fields = [one.field for one in green.later if one.source is Source.VERSION]
    yield "\n# 4. The environment" + ("; secrets pass through the pipe and touch no file" if secrets else "")
    yield from _file("green.json", with_texts(green.request))
    program = _FILL
    if secrets:
        blue = f"aws mwaa get-environment --name {quote(green.blue.name)} --output json"
        program += _FILL_SECRETS.format(rows=json.dumps(json.dumps(secrets)))
        yield f"{blue} |"
    versions = "".join(f' {field}="${field}"' for field in fields)
    yield f'python3 -c {quote(program + _PRINT)} "$work/green.json"{versions} |'
    yield "aws mwaa create-environment --cli-input-json file:///dev/stdin"


def _tail(green: Green) -> Iterator[str]:
    yield "\n# 5. Creating it takes a while; this says how far it is"
    yield f"aws mwaa get-environment --name {quote(green.name)} --query Environment.Status --output text\n"


def _file(name: str, content: object) -> Iterator[str]:
    yield f"cat > \"$work/{name}\" <<'JSON'"
    yield json.dumps(content, indent=2)
    yield "JSON"
