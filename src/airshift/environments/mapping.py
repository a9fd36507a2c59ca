"""Make green's CreateEnvironment request of blue's description, with a reason for every field."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from airshift.around.options import Options
from airshift.environments.limits import FILES, broken_limits, environment_table
from airshift.environments.model import (
    BUCKET_ARN,
    OPTIONS,
    Blue,
    Change,
    Green,
    Later,
    Outcome,
    Request,
    Source,
    Wish,
    with_texts,
)
from airshift.environments.options import HIDDEN, Translation, translate
from airshift.environments.service_model import create
from airshift.environments.validate import Violation, violations
from airshift.environments.variables import named
from airshift.errors import UsageError
from airshift.redact import is_secret
from airshift.targets import Target, parse_version

_KMS_ARN = re.compile(r"arn:[a-z-]+:kms:(?P<region>[a-z0-9-]+):(?P<account>\d+):")
_LOGS = "airflow-{}-{{DAGProcessing,Scheduler,Task,WebServer,Worker}}"


@dataclass(slots=True)
class _Draft:
    """A request in the making. It holds secrets and never leaves this module."""

    blue: Blue
    wish: Wish
    target: Target
    request: Request = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)
    later: list[Later] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def say(self, name: str, outcome: Outcome, reason: str, before: Any = "", after: Any = "") -> None:
        self.changes.append(Change(name, outcome, reason, _text(before), _text(after)))


def define(blue: Blue, wish: Wish, target: Target) -> Green:
    """Green for a blue environment; raise UsageError that names every field AWS would refuse, and the rule."""
    _own(blue, wish)
    draft = _Draft(blue, wish, target)
    _settle_identity(draft)
    for name, value in blue.description.items():
        _settle(draft, name, value)
    options = _settle_options(draft)
    _refuse(draft)
    later = named(draft.later)
    for one in later:
        if one.source is Source.SECRET:
            draft.request[one.field][one.key] = one
        else:
            draft.request[one.field] = one
    _defaults(draft, options)
    order = list(create().input_shape.members)
    request = {name: draft.request[name] for name in order if name in draft.request}
    return Green(blue, target, wish.bucket, request, tuple(draft.changes), later, tuple(draft.notes))


def _own(blue: Blue, wish: Wish) -> None:
    if wish.name == blue.name:
        raise UsageError(f"--name {wish.name}: blue has this name; green needs another one")
    if wish.bucket == blue.bucket:
        raise UsageError(f"--bucket {wish.bucket}: blue reads this bucket; green needs one of its own")
    if not 3 <= len(wish.bucket) <= 63:
        raise UsageError(f"--bucket {wish.bucket}: the name of a bucket has 3 to 63 characters")


def _settle_identity(draft: _Draft) -> None:
    blue, wish = draft.blue, draft.wish
    given = blue.description
    arn = f"arn:{blue.partition}:s3:::{wish.bucket}"
    draft.request |= {"Name": wish.name, "SourceBucketArn": arn, "AirflowVersion": draft.target.version}
    reason = (
        f"log groups become {_LOGS.format(wish.name)}; policies, alarms and dashboards that name blue follow"
    )
    draft.say("Name", Outcome.CHANGED, reason, blue.name, wish.name)
    reason = "a bucket of green's own: both sides change their files during the migration"
    draft.say("SourceBucketArn", Outcome.CHANGED, reason, given.get("SourceBucketArn", ""), arn)
    same = blue.version == draft.target.version
    reason = "the same version" if same else "the target"
    outcome = Outcome.KEPT if same else Outcome.CHANGED
    draft.say("AirflowVersion", outcome, reason, blue.version, draft.target.version)
    role = given.get("ExecutionRoleArn")
    if wish.role:
        draft.request["ExecutionRoleArn"] = wish.role
        reason = "a role of green's own; it also needs what blue's role allows DAGs to do"
        draft.say("ExecutionRoleArn", Outcome.CHANGED, reason, role, wish.role)
    elif role is not None:
        draft.request["ExecutionRoleArn"] = role
        reason = "same role; it also needs the execution-role policy for green's bucket, log groups and ARN"
        draft.say("ExecutionRoleArn", Outcome.KEPT, reason, role, role)


def _settle(draft: _Draft, name: str, value: Any) -> None:
    table = environment_table()
    if name in ("Name", "SourceBucketArn", "AirflowVersion", "ExecutionRoleArn", OPTIONS):
        return
    if name in table["drop"]:
        draft.say(name, Outcome.DROPPED, table["drop"][name])
    elif name not in create().input_shape.members:
        draft.say(name, Outcome.DECIDE, "the installed botocore does not know this field; update boto3")
    elif value is None:
        draft.say(name, Outcome.DROPPED, "blue has none")
    elif name in _SPECIAL:
        _SPECIAL[name](draft, name, value)
    elif name.endswith("S3Path"):
        _path(draft, name, value)
    elif name.endswith("S3ObjectVersion"):
        _file_version(draft, name, value)
    else:
        draft.request[name] = value
        reason = table["keep"].get(name, "copied")
        draft.say(name, Outcome.KEPT, reason, value, value)


def _path(draft: _Draft, name: str, value: Any) -> None:
    """Blue's key; a whole S3 address, which older descriptions hold, is cut down to its key."""
    key = re.sub(r"\As3://[^/]+/", "", value) if isinstance(value, str) else value
    kind = name.removesuffix("S3Path")
    if kind in FILES and not key:
        draft.say(name, Outcome.DROPPED, "blue has none")
        return
    draft.request[name] = key
    outcome = Outcome.KEPT if key == value else Outcome.CHANGED
    draft.say(name, outcome, environment_table()["keep"][name], value, key)
    if kind in FILES:
        later = Later(Source.VERSION, f"{kind}S3ObjectVersion", str(key))
        draft.request[later.field] = later
        draft.later.append(later)
        if later.field not in draft.blue.description:
            draft.say(
                later.field,
                Outcome.CHANGED,
                "read from green's bucket after the upload",
                "",
                later.placeholder,
            )


def _file_version(draft: _Draft, name: str, value: Any) -> None:
    path = draft.blue.description.get(f"{name.removesuffix('S3ObjectVersion')}S3Path")
    if path:
        reason = "versions belong to a bucket: read from green's after the upload"
        draft.say(name, Outcome.CHANGED, reason, value, f"version of {_text(path)}")
    else:
        draft.say(name, Outcome.DROPPED, "a version without a path")


def _logging(draft: _Draft, name: str, value: Any) -> None:
    if not isinstance(value, dict):
        draft.request[name] = value
        return
    kept: dict[str, Any] = {}
    for module, settings in value.items():
        if not isinstance(settings, dict):
            kept[module] = settings
            continue
        kept[module] = {key: item for key, item in settings.items() if key != "CloudWatchLogGroupArn"}
        if len(kept[module]) < len(settings):
            reason = "MWAA makes log groups with green's name"
            draft.say(f"{name}.{module}.CloudWatchLogGroupArn", Outcome.DROPPED, reason)
        level = kept[module].get("LogLevel", "")
        shown = f"{_text(level)}, {'on' if kept[module].get('Enabled') is True else 'off'}"
        draft.say(f"{name}.{module}", Outcome.KEPT, environment_table()["keep"][name], shown, shown)
    draft.request[name] = kept


def _tags(draft: _Draft, name: str, value: Any) -> None:
    if not isinstance(value, dict):
        draft.request[name] = value
        return
    kept = {}
    for key, text in value.items():
        where = f'{name}["{key}"]'
        if key.lower().startswith("aws:"):
            draft.say(where, Outcome.DROPPED, "tags of AWS itself cannot be set")
            continue
        kept[key] = text
        secret = isinstance(text, str) and is_secret(key, text, known=True)
        if secret:
            draft.later.append(Later(Source.SECRET, name, key, key))
        draft.say(where, Outcome.KEPT, environment_table()["keep"][name], *[HIDDEN if secret else text] * 2)
    if kept:
        draft.request[name] = kept
    elif not value:
        draft.say(name, Outcome.DROPPED, "blue has none, and an empty map is refused")


def _kms_key(draft: _Draft, name: str, value: Any) -> None:
    draft.request[name] = value
    match = _KMS_ARN.match(value) if isinstance(value, str) else None
    if match and (match["region"], match["account"]) != (draft.blue.region, draft.blue.account):
        reason = "a key of another region or account: MWAA needs one beside the environment"
        draft.say(name, Outcome.DECIDE, reason, value, value)
        return
    reason = "same key, and it cannot be changed later; its policy has to allow green's log groups"
    draft.say(name, Outcome.KEPT, reason, value, value)


def _schedulers(draft: _Draft, name: str, value: Any) -> None:
    old = draft.blue.version.startswith("1.") and value == 1
    micro = draft.blue.description.get("EnvironmentClass") == "mw1.micro"
    draft.request[name] = 2 if old and not micro else value
    if old and not micro:
        draft.say(name, Outcome.CHANGED, "Airflow 1 took one scheduler, later versions take 2 to 5", value, 2)
    else:
        draft.say(name, Outcome.KEPT, environment_table()["keep"][name], value, value)


def _endpoints(draft: _Draft, name: str, value: Any) -> None:
    draft.request[name] = value
    draft.say(name, Outcome.KEPT, environment_table()["keep"][name], value, value)
    if value == "CUSTOMER":
        draft.notes.append(
            "EndpointManagement is CUSTOMER: green stays PENDING until you have created its VPC endpoints, "
            "and fails after 72 hours without them"
        )


def _teams(draft: _Draft, name: str, value: Any) -> None:
    draft.request[name] = value
    if not isinstance(value, dict):
        return
    moved: dict[str, Any] = {}
    for team, place in value.items():
        where = f'{name}["{team}"]'
        bucket = (
            BUCKET_ARN.fullmatch(str(place.get("SourceBucketArn", ""))) if isinstance(place, dict) else None
        )
        if bucket and bucket["bucket"] == draft.blue.bucket:
            moved[team] = place | {"SourceBucketArn": draft.request["SourceBucketArn"]}
            draft.say(where, Outcome.CHANGED, "the same folder in green's bucket", place, moved[team])
        else:
            moved[team] = place
            reason = "a bucket of the team's own, which blue reads as well: give green another one"
            draft.say(where, Outcome.DECIDE, reason, place, place)
    draft.request[name] = moved


_SPECIAL = {
    "LoggingConfiguration": _logging,
    "Tags": _tags,
    "KmsKey": _kms_key,
    "Schedulers": _schedulers,
    "EndpointManagement": _endpoints,
    "Teams": _teams,
}


def _settle_options(draft: _Draft) -> Translation:
    given = draft.blue.description.get(OPTIONS) or {}
    if not isinstance(given, dict) or not all(isinstance(value, str) for value in given.values()):
        raise UsageError(f"{OPTIONS}: has to be a map of texts")
    done = translate(given, draft.blue.version, draft.target)
    draft.changes += done.changes
    if done.values:
        draft.request[OPTIONS] = dict(sorted(done.values.items()))
    for new, old in sorted(done.secrets.items()):
        draft.later.append(Later(Source.SECRET, OPTIONS, new, old))
    return done


def _refuse(draft: _Draft) -> None:
    """Raise for everything that AWS would refuse, all at once."""
    request = with_texts(draft.request)
    broken: list[Violation] = list(violations(create().input_shape, request))
    broken = broken or list(broken_limits(request, draft.target))
    if broken:
        raise UsageError("AWS would refuse this environment:\n  " + "\n  ".join(str(one) for one in broken))


def _defaults(draft: _Draft, options: Translation) -> None:
    """Defaults that change under green although nobody sets them."""
    source = parse_version(draft.blue.version) if draft.blue.version.count(".") in (1, 2) else None
    for row in Options.load().changed_defaults(source, draft.target):
        dotted = ".".join(row.name)
        if dotted in options.values or Options.load().managed_by_mwaa(row.name, draft.target) is not None:
            continue
        draft.notes.append(
            f"{dotted} is {row.after} by default, was {row.before}: {row.effect}; set it to {row.before} to keep it"
        )


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return ", ".join(_text(item) for item in value)
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_text(item)}" for key, item in value.items())
    return "" if value is None else str(value)
