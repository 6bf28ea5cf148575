"""The Helm chart, rendered: valid by Kubernetes' own schemas, the custom resources by a short
schema of the fields used, and what it starts is what compose starts.
"""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from shared.auth import ADMINISTRATOR, Issuer
from shared.clock import Clock
from shared.eventlog.topics import TOPICS, grants
from tests.conftest import mandate_form, startup_form
from tests.flow.test_compose import OURS, Client, Composed, eventually, secured

yaml, kubernetes_validate = pytest.importorskip("yaml"), pytest.importorskip("kubernetes_validate")
ROOT = Path(__file__).parents[2]
HELM = next(
    (p for p in (ROOT / "deploy/tools/bin/helm", shutil.which("helm")) if p and Path(p).exists()),
    None,
)
pytestmark = pytest.mark.skipif(
    HELM is None, reason="no helm here: `make tools` builds it once from its Go module"
)
KUBERNETES = "1.34"
NAMED = {
    "apiVersion": {"type": "string"},
    "kind": {"type": "string"},
    "metadata": {"type": "object", "required": ["name"]},
}
PASSWORD = {
    "type": "object",
    "properties": {"type": {"const": "scram-sha-512"}},
    "required": ["type"],
    "additionalProperties": False,
}
__all__ = ["secured"]


def of(required: list[str], **properties) -> dict:
    """An object of these fields and no others."""
    return {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
    }


def resource(**spec) -> dict:
    return {
        "type": "object",
        "properties": NAMED | {"spec": of(list(spec), **spec)},
        "required": ["spec"],
        "additionalProperties": False,
    }


TEXT, NUMBER = {"type": "string"}, {"type": "integer", "minimum": 1}
# Not the operators' own schemas, which no package carries: the fields that the chart uses, as
# Strimzi, CloudNativePG and KEDA document them.
USED = {
    ("kafka.strimzi.io/v1", "KafkaNodePool"): resource(
        replicas=NUMBER,
        roles={"type": "array", "items": {"enum": ["controller", "broker"]}},
        storage=of(
            ["type", "size"], type={"const": "persistent-claim"}, size=TEXT, **{"class": TEXT}
        ),
    ),
    ("kafka.strimzi.io/v1", "Kafka"): resource(
        kafka=of(
            ["version", "listeners", "authorization", "config"],
            version=TEXT,
            listeners={
                "type": "array",
                "items": of(
                    ["name", "port", "type", "tls", "authentication"],
                    name=TEXT,
                    port=NUMBER,
                    type={"const": "internal"},
                    tls={"const": True},
                    authentication=PASSWORD,
                ),
            },
            authorization=of(["type"], type={"const": "simple"}),
            config={"type": "object"},
        ),
        entityOperator=of(
            ["topicOperator", "userOperator"],
            topicOperator={"type": "object"},
            userOperator={"type": "object"},
        ),
    ),
    ("kafka.strimzi.io/v1", "KafkaTopic"): resource(
        partitions=NUMBER, replicas=NUMBER, config={"type": "object", "additionalProperties": TEXT}
    ),
    ("kafka.strimzi.io/v1", "KafkaUser"): resource(
        authentication=PASSWORD,
        authorization=of(
            ["type", "acls"],
            type={"const": "simple"},
            acls={
                "type": "array",
                "items": of(
                    ["resource", "operations"],
                    resource=of(
                        ["type", "name", "patternType"],
                        type={"enum": ["topic", "group"]},
                        name=TEXT,
                        patternType={"const": "literal"},
                    ),
                    operations={"type": "array", "items": {"enum": ["Read", "Write", "Describe"]}},
                ),
            },
        ),
    ),
    ("postgresql.cnpg.io/v1", "Cluster"): resource(
        instances=NUMBER,
        imageName=TEXT,
        storage=of(["size"], size=TEXT, storageClass=TEXT),
        postgresql=of(["parameters"], parameters={"type": "object", "additionalProperties": TEXT}),
        bootstrap=of(
            ["initdb"],
            initdb=of(
                ["database", "owner"],
                database=TEXT,
                owner=TEXT,
                localeCollate=TEXT,
                localeCType=TEXT,
            ),
        ),
        managed=of(
            ["roles"],
            roles={
                "type": "array",
                "items": of(
                    ["name", "ensure", "login", "passwordSecret"],
                    name=TEXT,
                    ensure={"const": "present"},
                    login={"const": True},
                    passwordSecret=of(["name"], name=TEXT),
                ),
            },
        ),
    ),
    ("postgresql.cnpg.io/v1", "Database"): resource(
        name=TEXT, owner=TEXT, cluster=of(["name"], name=TEXT)
    ),
    ("keda.sh/v1alpha1", "TriggerAuthentication"): resource(
        secretTargetRef={
            "type": "array",
            "items": of(["parameter", "name", "key"], parameter=TEXT, name=TEXT, key=TEXT),
        }
    ),
    ("keda.sh/v1alpha1", "ScaledObject"): resource(
        scaleTargetRef=of(["name"], name=TEXT),
        minReplicaCount=NUMBER,
        maxReplicaCount=NUMBER,
        cooldownPeriod=NUMBER,
        triggers={
            "type": "array",
            "items": of(
                ["type", "metadata", "authenticationRef"],
                type={"const": "kafka"},
                metadata={"type": "object", "additionalProperties": TEXT},
                authenticationRef=of(["name"], name=TEXT),
            ),
        },
    ),
}


def render(*more: str) -> list[dict]:
    command = [
        str(HELM),
        "template",
        "nakodo",
        "deploy/helm/nakodo",
        "--namespace",
        "prod",
        "--kube-version",
        f"{KUBERNETES}.0",
        *more,
    ]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    return [document for document in yaml.safe_load_all(ran.stdout) if document]


@pytest.fixture(scope="module")
def rendered() -> list[dict]:
    return render("--set", "keda.enabled=true")


def pods(rendered: list[dict]) -> dict[str, dict]:
    """Every container of ours by the name of its Deployment or Job, with the pod around it."""
    found = {
        d["metadata"]["name"]: d["spec"]["template"]["spec"]
        for d in rendered
        if d["kind"] in ("Deployment", "Job")
    }
    return {name: pod for name, pod in found.items() if name != "door"}


def test_core_kinds_keep_kubernetes_schemas_and_custom_ones_the_fields_used(rendered):
    custom = 0
    for document in rendered:
        key = (document["apiVersion"], document["kind"])
        if key in USED:
            custom += 1
            assert [
                f"{list(e.path)}: {e.message}"
                for e in Draft202012Validator(USED[key]).iter_errors(document)
            ] == [], document["metadata"]
        else:
            kubernetes_validate.validate(document, KUBERNETES, strict=True)
    assert custom > 30 and {key for key in USED} == {
        (d["apiVersion"], d["kind"]) for d in rendered
    } & set(USED)
    wrong = next(d for d in rendered if d["kind"] == "Deployment")
    with pytest.raises(kubernetes_validate.utils.ValidationError):
        kubernetes_validate.validate(
            wrong | {"spec": wrong["spec"] | {"replica": 2}}, KUBERNETES, strict=True
        )


def test_it_starts_what_compose_starts_with_the_same_names_in_the_environment(rendered):
    here = pods(rendered)
    there = {name: s for name, s in OURS.items() if name not in ("keys", "grants", "backup")}
    assert here.keys() == there.keys()
    own = {
        "NAKODO_KAFKA_CA",
        "DATABASE_PASSWORD",
        "NAKODO_LOG_LEVEL",
        "NAKODO_TRACES",
        "NAKODO_OIDC_SECRET",
    }
    for name, pod in here.items():
        container = pod["containers"][0]
        assert container["command"] == there[name]["command"], name
        told = {e["name"] for e in container["env"]}
        assert told - own == set(there[name]["environment"]) - own, name
        mounts = {(m["name"], m["mountPath"]) for m in container["volumeMounts"]}
        assert ("issuer" in dict(mounts)) == any(
            v.startswith("issuer:") for v in there[name]["volumes"]
        ), "who signs holds the key"
        assert container["securityContext"]["readOnlyRootFilesystem"] and container[
            "securityContext"
        ]["capabilities"] == {"drop": ["ALL"]}
        assert (
            pod["securityContext"]["runAsNonRoot"]
            and not pod["automountServiceAccountToken"]
            and pod["terminationGracePeriodSeconds"] == 45
        )
        if not name.startswith("migrate-"):
            assert container["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "ops"}


def test_topics_and_rights_are_those_of_the_log(rendered):
    topics = {d["metadata"]["name"]: d["spec"] for d in rendered if d["kind"] == "KafkaTopic"}
    assert topics.keys() == TOPICS.keys()
    for name, topic in TOPICS.items():
        assert topics[name]["partitions"] == topic.partitions and topics[name][
            "config"
        ] == topic.config(3), name
    stated = set()
    for user in (d for d in rendered if d["kind"] == "KafkaUser"):
        for acl in user["spec"]["authorization"]["acls"]:
            if acl["resource"]["type"] == "topic":
                stated.add(
                    (
                        user["metadata"]["name"],
                        acl["resource"]["name"],
                        "Write" in acl["operations"],
                    )
                )
    assert stated == {(g.service, g.topic, g.write) for g in grants()}


def test_migrations_come_first_and_every_server_outlives_a_drained_node(rendered):
    hooks = {
        d["metadata"]["name"]
        for d in rendered
        if "pre-upgrade" in d["metadata"].get("annotations", {}).get("helm.sh/hook", "")
    }
    assert hooks == {name for name in OURS if name.startswith("migrate-")}
    budgets = {d["metadata"]["name"] for d in rendered if d["kind"] == "PodDisruptionBudget"}
    assert budgets == {d["metadata"]["name"] for d in rendered if d["kind"] == "Service"}
    scaled = next(
        d
        for d in rendered
        if d["kind"] == "Deployment" and d["metadata"]["name"] == "matching-work"
    )
    assert "replicas" not in scaled["spec"], "KEDA decides"
    assert not [d for d in render() if d["apiVersion"].startswith("keda.sh")], (
        "only where it is asked for"
    )


def test_the_door_asks_for_whole_names_and_is_compose_s_own(rendered):
    told = next(d for d in rendered if d["kind"] == "ConfigMap")["data"]
    assert told["routes.conf"] == (ROOT / "deploy/proxy/routes.conf").read_text()
    assert "startups startups.prod.svc.cluster.local:8000;" in told[
        "common.conf"
    ] and not re.search(r"\s\w+:8000;", told["common.conf"])


def as_compose(rendered: list[dict], words: dict[str, str]) -> dict[str, dict]:
    """The rendered pods in compose's words, with what secrets and the cluster would give."""
    made = {"keys": OURS["keys"]}
    for name, pod in pods(rendered).items():
        container = pod["containers"][0]
        env = {
            e["name"]: e["value"]
            if "value" in e
            else words[e["valueFrom"]["secretKeyRef"]["name"].split("-")[-1]]
            for e in container["env"]
        }
        env = {
            key: value.replace("$(DATABASE_PASSWORD)", env.get("DATABASE_PASSWORD", ""))
            for key, value in env.items()
        }
        del env["NAKODO_KAFKA_CA"]
        # this broker's
        env |= {
            "NAKODO_KAFKA_SECURITY": "SASL_PLAINTEXT",
            "NAKODO_KAFKA_SASL": "PLAIN",
            "NAKODO_PROXIES": "127.0.0.1/32",
        }
        secrets = {
            v["name"]: v.get("secret", {}).get("secretName", v["name"]).removeprefix("nakodo-")
            for v in pod["volumes"]
        }
        volumes = [
            f"{secrets[m['name']]}:{m['mountPath']}"
            for m in container["volumeMounts"]
            if m["name"] not in ("tmp", "kafka-ca")
        ]
        job = name.startswith("migrate-")
        after = (
            {"keys": {}}
            if job or name == "portal"
            else {f"migrate-{name.removesuffix('-work').removesuffix('-streams')}": {}}
        )
        made[name] = {
            "command": container["command"],
            "environment": env,
            "volumes": volumes,
            "depends_on": after,
        }
        made[name]["restart"] = "on-failure" if job else "unless-stopped"
    return made


@pytest.mark.kafka
@pytest.mark.postgres
@pytest.mark.xdist_group("kafka")
@pytest.mark.timeout(420)
@pytest.mark.skipif(
    "CI" in os.environ, reason="by command: the compose test starts the same commands in CI"
)
def test_what_the_chart_would_start_works_from_registration_to_feed(
    rendered, tmp_path, secured, databases
):
    services = as_compose(rendered, secured.users)
    running = Composed(tmp_path, secured, databases, services)
    running.hosts |= {
        "nakodo-kafka-bootstrap:9093": running.hosts["kafka:9092"],
        "@nakodo-db-rw/": running.hosts["@postgres/"],
    }
    services["grants"] = OURS["grants"]
    running.ports["grants"], running.ops["grants"] = 1, 1
    services["grants"] = {**OURS["grants"], "depends_on": {}}
    try:
        running.start()
        issuer = Issuer(tmp_path / "volumes/issuer")
        client = Client(running.door.url, lambda: issuer.token(ADMINISTRATOR, Clock().now()))
        eventually(
            lambda: client.register(
                "investors", {"id": "kari", "name": {"en": "Kari (invented)"}, "origin": "invented"}
            ),
            90,
        )
        client.register("mandates", mandate_form("kari"))
        client.register("startups", startup_form(id="rei-bio"))
        eventually(
            lambda: [m["startup"] for m in client.feed("kari", invented=True)] == ["rei-bio"], 90
        )
    finally:
        print(running.told())
        running.stop()
