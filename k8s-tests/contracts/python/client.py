"""A client that knows the contracts alone: works with pods, and prints what it saw as JSON.

Usage: client.py KUBECONFIG NAMESPACE, with the generated modules on the path.
"""

import base64
import json
import sys
import threading

import grpc
import yaml
from google.protobuf import descriptor_pb2, descriptor_pool

import health_pb2
import health_pb2_grpc
import reflection_pb2
import reflection_pb2_grpc
from typernetes.core.v1 import pod_pb2, pod_pb2_grpc
from typernetes.dynamic.v1 import dynamic_pb2, dynamic_pb2_grpc
from typernetes.meta.v1 import object_meta_pb2, options_pb2, requests_pb2

TIMEOUT_SECONDS = 90


def connect(path):
    """A channel to the gRPC door, with the client certificate of the kubeconfig."""
    with open(path) as file:
        config = yaml.safe_load(file)
    cluster = config["clusters"][0]["cluster"]
    user = config["users"][0]["user"]
    address = next(e for e in cluster["extensions"] if "address" in e["extension"])["extension"]["address"]
    credentials = grpc.ssl_channel_credentials(
        root_certificates=base64.b64decode(cluster["certificate-authority-data"]),
        private_key=base64.b64decode(user["client-key-data"]),
        certificate_chain=base64.b64decode(user["client-certificate-data"]),
    )
    return grpc.secure_channel(address, credentials)


def health(channel):
    request = health_pb2.HealthCheckRequest(service="")
    return health_pb2_grpc.HealthStub(channel).Check(request, timeout=TIMEOUT_SECONDS).status


def reflect(channel, **asked):
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)
    requests = iter([reflection_pb2.ServerReflectionRequest(**asked)])
    return next(stub.ServerReflectionInfo(requests, timeout=TIMEOUT_SECONDS))


def described_fields(channel, symbol):
    """The names of a message's fields, from what the server says of itself."""
    pool = descriptor_pool.DescriptorPool()
    files = reflect(channel, file_containing_symbol=symbol).file_descriptor_response.file_descriptor_proto
    waiting = [descriptor_pb2.FileDescriptorProto.FromString(data) for data in files]
    known = set()
    while waiting:
        ready = [file for file in waiting if known.issuperset(file.dependency)]
        if not ready:
            raise RuntimeError("files are missing: " + ", ".join(file.name for file in waiting))
        for file in ready:
            pool.Add(file)
            known.add(file.name)
            waiting.remove(file)
    return [field.name for field in pool.FindMessageTypeByName(symbol).fields]


def make_pod(name, namespace):
    container = pod_pb2.Container(name="main", image="sample", command=["sleep", "1"])
    container.resources.limits["cpu"] = "250m"
    port = container.livenessProbe.httpGet.port
    port.type, port.strVal = 1, "http"
    container.livenessProbe.httpGet.path = "/healthz"
    container.ports.add(name="http", containerPort=8080)
    return pod_pb2.Pod(
        metadata=object_meta_pb2.ObjectMeta(name=name, namespace=namespace, labels={"from": "python"}),
        spec=pod_pb2.PodSpec(containers=[container], terminationGracePeriodSeconds=0),
    )


def watch_pods(stub, namespace, version, events):
    options = options_pb2.ListOptions(resourceVersion=version, labelSelector="from=python")
    request = requests_pb2.WatchRequest(namespace=namespace, options=options)
    stream = stub.Watch(request, timeout=TIMEOUT_SECONDS)
    for batch in stream:
        for event in batch.events:
            events.append([event.type, event.object.metadata.name])
            if event.type == "DELETED":
                stream.cancel()
                return


def work_with_pods(channel, namespace):
    stub = pod_pb2_grpc.PodServiceStub(channel)
    options = options_pb2.ListOptions(labelSelector="from=python")
    listing = requests_pb2.ListRequest(namespace=namespace, options=options)
    before = stub.List(listing, timeout=TIMEOUT_SECONDS)
    events = []
    arguments = (stub, namespace, before.metadata.resourceVersion, events)
    watcher = threading.Thread(target=watch_pods, args=arguments, daemon=True)
    watcher.start()
    for name in ("first", "second"):
        request = pod_pb2.CreatePodRequest(namespace=namespace, object=make_pod(name, namespace))
        stub.Create(request, timeout=TIMEOUT_SECONDS)
    pods = stub.List(listing, timeout=TIMEOUT_SECONDS).items
    stub.Delete(requests_pb2.DeleteRequest(namespace=namespace, name="second"), timeout=TIMEOUT_SECONDS)
    watcher.join(TIMEOUT_SECONDS)
    return {
        "listed": sorted(pod.metadata.name for pod in pods),
        "phase": pods[0].status.phase,
        "port": pods[0].spec.containers[0].livenessProbe.httpGet.port.strVal,
        "events": events,
    }


def failure(channel, namespace):
    try:
        request = requests_pb2.GetRequest(namespace=namespace, name="absent")
        pod_pb2_grpc.PodServiceStub(channel).Get(request, timeout=TIMEOUT_SECONDS)
    except grpc.RpcError as error:
        return [error.code().name, error.details()]
    return None


def dynamic(channel, namespace):
    """An object of a kind that this program has no message of."""
    stub = dynamic_pb2_grpc.DynamicServiceStub(channel)
    kind = dynamic_pb2.ResourceReference(kind="ConfigMap", version="v1")
    written = {"metadata": {"name": "from-python", "namespace": namespace}, "data": {"__proto__": "a"}}
    request = dynamic_pb2.CreateRequest(type=kind, namespace=namespace)
    request.object.raw = json.dumps(written).encode()
    stub.Create(request, timeout=TIMEOUT_SECONDS)
    asked = dynamic_pb2.GetRequest(type=kind, namespace=namespace, name="from-python")
    return json.loads(stub.Get(asked, timeout=TIMEOUT_SECONDS).object.raw)


def main(kubeconfig, namespace):
    with connect(kubeconfig) as channel:
        listed = reflect(channel, list_services="*").list_services_response.service
        report = {
            "health": health(channel),
            "services": [service.name for service in listed],
            "podFields": described_fields(channel, "typernetes.core.v1.Pod"),
            "pods": work_with_pods(channel, namespace),
            "failure": failure(channel, namespace),
            "dynamic": dynamic(channel, namespace),
        }
    print(json.dumps(report))


main(*sys.argv[1:])
