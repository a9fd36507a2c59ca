"""Can the environment reach what it needs: ways out of its subnets, network ACLs, security groups."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network
from typing import Any

from airshift.environments.evidence import Network
from airshift.environments.verdicts import Check, ok, problem, unknown

TOPIC = "network"
DATABASE = 5432
WEB = 443
_ALL = "-1"
_TCP = (_ALL, "6", "tcp")
_EVERYWHERE = "0.0.0.0/0"
SERVICES = (
    "airflow.api", "airflow.env", "airflow.ops", "ecr.api", "ecr.dkr", "kms", "logs", "monitoring", "s3", "sqs",
)  # fmt: skip
"""Services that an environment without a way out needs VPC endpoints for."""

Record = dict[str, Any]


def check_network(network: Network, region: str) -> Iterator[Check]:
    """Every point about the VPC."""
    yield _zones(network.subnets)
    for subnet in network.subnets:
        yield _way_out(subnet, network, region)
    for acl in network.acls:
        yield _acl(acl, network.subnets)
    yield from _groups(network.groups)


def _zones(subnets: list[Record]) -> Check:
    zones = sorted({subnet["AvailabilityZone"] for subnet in subnets})
    if len(subnets) == 2 and len(zones) == 2:
        return ok(TOPIC, "subnets", f"two, in {' and '.join(zones)}")
    return problem(
        TOPIC, "subnets", f"{len(subnets)} in {len(zones)} zones; MWAA needs two in different zones"
    )


def _way_out(subnet: Record, network: Network, region: str) -> Check:
    name = f"way out of {subnet['SubnetId']}"
    table = _table(subnet, network.route_tables)
    if table is None:
        return unknown(TOPIC, name, "no route table was found")
    routes = [route for route in table["Routes"] if route.get("DestinationCidrBlock") == _EVERYWHERE]
    if not routes:
        return _endpoints(name, table, network, region)
    route = routes[0]
    if route.get("State") == "blackhole":
        return problem(TOPIC, name, f"the default route of {table['RouteTableId']} leads nowhere (blackhole)")
    if route.get("NatGatewayId"):
        return ok(TOPIC, name, f"{route['NatGatewayId']}")
    gateway = str(route.get("GatewayId", ""))
    if gateway.startswith("igw-"):
        return problem(
            TOPIC, name, f"{gateway}: a public subnet; MWAA's containers have no public address, use a NAT"
        )
    other = next((str(route[one]) for one in _TARGETS if route.get(one)), "an unknown target")
    return unknown(TOPIC, name, f"the default route leads to {other}; what lies behind it cannot be seen")


_TARGETS = (
    "TransitGatewayId", "VpcPeeringConnectionId", "NetworkInterfaceId", "InstanceId", "GatewayId", "LocalGatewayId",
    "CarrierGatewayId", "CoreNetworkArn",
)  # fmt: skip


def _table(subnet: Record, tables: list[Record]) -> Record | None:
    """The route table of a subnet: its own, else the main one of the VPC."""
    links = [
        (link, table)
        for table in tables
        for link in table["Associations"]
        if table["VpcId"] == subnet["VpcId"]
    ]
    own = [table for link, table in links if link.get("SubnetId") == subnet["SubnetId"]]
    return next(iter([*own, *(table for link, table in links if link.get("Main"))]), None)


def _endpoints(name: str, table: Record, network: Network, region: str) -> Check:
    missing = [
        service for service in SERVICES if not _has_endpoint(service, table, network.endpoints, region)
    ]
    if missing:
        text = f"no default route, and no VPC endpoint with private DNS for {', '.join(missing)}"
        return problem(TOPIC, name, text)
    return ok(TOPIC, name, f"VPC endpoints for all {len(SERVICES)} services")


def _has_endpoint(service: str, table: Record, endpoints: list[Record], region: str) -> bool:
    for one in endpoints:
        reachable = one.get("State", "available").lower() == "available"
        if not reachable or not one["ServiceName"].endswith(f".{region}.{service}"):
            continue
        if one.get("VpcEndpointType") == "Gateway":
            if table["RouteTableId"] in one.get("RouteTableIds", ()):
                return True
        elif one.get("PrivateDnsEnabled"):
            return True
    return False


def _acl(acl: Record, subnets: list[Record]) -> Check:
    name = f"{acl['NetworkAclId']}, port {DATABASE}"
    addresses = [IPv4Network(subnet["CidrBlock"]) for subnet in subnets]
    for outgoing in (False, True):
        for address in addresses:
            said = _acl_says(acl["Entries"], address, outgoing=outgoing)
            way = "to" if outgoing else "from"
            if said is None:
                return unknown(TOPIC, name, f"rules cover parts of {address} only")
            if not said:
                return problem(TOPIC, name, f"denies traffic {way} {address}: the database cannot be reached")
    return ok(TOPIC, name, "allowed in and out between the subnets")


def _acl_says(entries: list[Record], address: IPv4Network, *, outgoing: bool) -> bool | None:
    """What the first rule about an address says; None when it is only about a part of it."""
    for entry in sorted(entries, key=lambda one: int(one["RuleNumber"])):
        if entry["Egress"] is not outgoing or entry.get("Protocol") not in _TCP or "CidrBlock" not in entry:
            continue
        if not _covers(entry.get("PortRange"), DATABASE):
            continue
        block = ip_network(entry["CidrBlock"])
        if isinstance(block, IPv4Network) and address.subnet_of(block):
            return bool(entry["RuleAction"] == "allow")
        if block.overlaps(address):
            return None
    return False


def _covers(ports: Record | None, port: int) -> bool:
    return not ports or int(ports["From"]) <= port <= int(ports["To"])


def _groups(groups: list[Record]) -> Iterator[Check]:
    own = {group["GroupId"] for group in groups}
    entries = [rule for group in groups for rule in group.get("IpPermissions", ())]
    if not entries:
        yield problem(
            TOPIC, "security groups", "no inbound rule at all; MWAA needs one that names its own group"
        )
    elif all(any(_lets_in(rule, own, port) for rule in entries) for port in (DATABASE, WEB)):
        yield ok(TOPIC, "security groups", "the environment's parts reach each other")
    elif any(_lets_in(rule, None, port) for rule in entries for port in (DATABASE, WEB)):
        yield unknown(
            TOPIC, "security groups", "inbound rules name addresses or other groups, none the own group"
        )
    else:
        yield problem(
            TOPIC, "security groups", f"no inbound rule lets the own group in at {DATABASE} and {WEB}"
        )
    if not any(group.get("IpPermissionsEgress") for group in groups):
        yield problem(TOPIC, "security groups, outbound", "no outbound rule: nothing can be reached")


def _lets_in(rule: Record, groups: set[str] | None, port: int) -> bool:
    """Whether a rule lets one of the groups, or anybody, in at a port."""
    if rule.get("IpProtocol") not in _TCP:
        return False
    ports = {"From": rule["FromPort"], "To": rule["ToPort"]} if rule.get("FromPort", -1) >= 0 else None
    if not _covers(ports, port):
        return False
    return groups is None or any(pair.get("GroupId") in groups for pair in rule.get("UserIdGroupPairs", ()))
