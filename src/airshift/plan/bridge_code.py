"""Code for the bridges of a plan: one Python file for each dependency that a wave boundary cuts."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable

from airshift._data import data_folder
from airshift.plan.model import Bridge
from airshift.plan.policy import Policy
from airshift.targets import Target


def bridge_file(bridge: Bridge) -> str:
    """The name of the bridge's file: its wave, kind and DAGs, and a digest where that is not unique."""
    words = f"{bridge.kind.value}_{_word(bridge.source)}__{_word(bridge.target)}"
    digest = hashlib.sha256(f"{bridge.source}\n{bridge.target}\n{bridge.asset}".encode()).hexdigest()[:6]
    return f"wave_{bridge.wave:02}_{words[:100]}_{digest}.py"


def bridge_writer(policy: Policy, target: Target) -> Callable[[Bridge], str]:
    """Writes the code of bridges for the two environments of a policy."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(data_folder("reports")),
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters["repr"] = repr
    template = environment.get_template("plan-bridge.py.jinja")

    def write(bridge: Bridge) -> str:
        return template.render(**_values(bridge, policy, target))

    return write


def _values(bridge: Bridge, policy: Policy, target: Target) -> dict[str, object]:
    # Triggers and asset events start at the source's side, sensors look from the target's side.
    looks_back = bridge.kind.value == "sensor"
    third = bridge.source_moves_first != looks_back
    names = {True: policy.green_environment, False: policy.source_environment}
    verb = {"trigger": "trigger", "sensor": "has_finished", "asset": "repeat"}[bridge.kind.value]
    about = bridge.source if looks_back else bridge.target
    return {
        "bridge": _Shown(bridge),
        "third": third,
        "other_third": not third,
        "runs_on_name": _line(names[third]),
        "other_name": names[not third],
        "other_shown": _line(names[not third]),
        "connection": f"airshift_{'green' if not third else 'blue'}",
        "moved": _line(bridge.source if bridge.source_moves_first else bridge.target),
        "green_name": _line(policy.green_environment),
        "mwaa": target.platform == "mwaa",
        "via": _line(bridge.task),
        "function": f"{verb}_{_word(about)}",
        "dag_id": "airshift_bridge_" + bridge_file(bridge).removesuffix(".py"),
        "source_id": bridge.source,
        "target_id": bridge.target,
    }


class _Shown:
    """A bridge whose texts fit into a docstring."""

    def __init__(self, bridge: Bridge) -> None:
        self.name, self.path = _line(bridge.name), _line(bridge.path)
        self.source, self.target = _line(bridge.source), _line(bridge.target)
        self.kind, self.line = bridge.kind.value, bridge.line
        self.wave, self.until, self.asset = bridge.wave, bridge.until, bridge.asset


def _word(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "_", text).strip("_") or "dag"


def _line(text: str) -> str:
    """Text for a docstring: one line, no quotes, no backslashes, nothing that control characters do."""
    return re.sub(r"[\"\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", "_", text)
